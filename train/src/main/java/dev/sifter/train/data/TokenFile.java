package dev.sifter.train.data;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sifter.model.Json;
import dev.sifter.train.data.record.Origin;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Prepared rows in a file that is mapped into memory, so that rows cost heap only while they are
 * looked at.
 *
 * <p>All numbers are little-endian. After eight bytes of {@link #MAGIC} come the rows, each as
 * 32-bit integers: number of tokens n, number of stretches with labels s, n token ids, and from and
 * to of each stretch; or where labels are others than their tokens, n, −1, n ids, n labels. Then
 * the numbers of integers of each row, the columns of the {@link RecordTable}, its hashes, a JSON
 * object with counts and names, its length, and the magic again.
 *
 * @param rows the rows
 * @param summary what else is remembered of them
 */
record TokenFile(ExampleRows rows, PreparationSummary summary) {
  static final long MAGIC = 0x314b4f5452544653L; // "SFTRTOK1"

  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /**
   * Opens a file; empty if it is not there, or not whole.
   *
   * @param lifetime how long its rows can be read
   */
  static Optional<TokenFile> open(Path file, Arena lifetime) throws IOException {
    try (FileChannel channel = FileChannel.open(file)) {
      Optional<Layout> layout;
      // A file that is not whole will be written anew: Windows replaces none that is mapped.
      try (Arena trial = Arena.ofConfined()) {
        layout = Layout.of(map(channel, trial));
      }
      return layout.isPresent()
          ? Optional.of(read(map(channel, lifetime), layout.get()))
          : Optional.empty();
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  private static MemorySegment map(FileChannel channel, Arena arena) throws IOException {
    return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
  }

  /**
   * Where the parts of a file lie.
   *
   * @param starts of each row, and after the last one
   * @param columnsAt place of the table's columns
   * @param hashesAt place of its hashes
   * @param footer counts and names
   */
  private record Layout(long[] starts, long columnsAt, long hashesAt, JsonNode footer) {
    static Optional<Layout> of(MemorySegment bytes) throws IOException {
      long size = bytes.byteSize();
      int ends = Long.BYTES + Integer.BYTES;
      if (size < Long.BYTES + ends
          || bytes.get(LONG, 0) != MAGIC
          || bytes.get(LONG, size - Long.BYTES) != MAGIC) {
        return Optional.empty();
      }
      int footerBytes = bytes.get(INT, size - ends);
      if (footerBytes < 0 || footerBytes > size - ends - Long.BYTES) {
        return Optional.empty();
      }
      long at = size - ends - footerBytes;
      byte[] json = bytes.asSlice(at, footerBytes).toArray(ValueLayout.JAVA_BYTE);
      JsonNode footer = Json.mapper().readTree(json);
      int rows = footer.get("rows").intValue();
      long entries = footer.get("entries").longValue();
      long hashesAt = at - entries * Long.BYTES;
      long columnsAt = hashesAt - new RecordTable().columns().size() * entries * Integer.BYTES;
      long rowIntsAt = columnsAt - (long) rows * Integer.BYTES;
      long[] starts = new long[rows + 1];
      starts[0] = Long.BYTES;
      for (int row = 0; row < rows; row++) {
        int ints = bytes.get(INT, rowIntsAt + (long) row * Integer.BYTES);
        starts[row + 1] = starts[row] + (long) ints * Integer.BYTES;
      }
      return starts[rows] == rowIntsAt
          ? Optional.of(new Layout(starts, columnsAt, hashesAt, footer))
          : Optional.empty();
    }
  }

  private static TokenFile read(MemorySegment bytes, Layout layout) {
    JsonNode footer = layout.footer;
    int entries = footer.get("entries").intValue();
    List<String> files = new ArrayList<>();
    footer.get("files").forEach(name -> files.add(name.asText()));
    RecordTable table = new RecordTable();
    int[] values = new int[table.columns().size()];
    for (int entry = 0; entry < entries; entry++) {
      for (int column = 0; column < values.length; column++) {
        long at = layout.columnsAt + ((long) column * entries + entry) * Integer.BYTES;
        values[column] = bytes.get(INT, at);
      }
      table.add(
          new Origin(files.get(values[0]), values[1], values[2]),
          values[3],
          values[4],
          values[5],
          bytes.get(LONG, layout.hashesAt + (long) entry * Long.BYTES));
    }
    PreparationSummary summary = new PreparationSummary(table);
    footer
        .get("formats")
        .properties()
        .forEach(f -> summary.addFormat(f.getKey(), f.getValue().intValue()));
    footer
        .get("unread_fields")
        .properties()
        .forEach(f -> summary.addUnreadField(f.getKey(), f.getValue().intValue()));
    summary.addUnalignedPrompts(footer.get("unaligned_prompts").intValue());
    return new TokenFile(new Rows(bytes, layout.starts), summary);
  }

  private static final class Rows extends ExampleRows {
    private final MemorySegment bytes;
    private final long[] starts;

    Rows(MemorySegment bytes, long[] starts) {
      this.bytes = bytes;
      this.starts = starts;
    }

    @Override
    public int length(int index) {
      return bytes.get(INT, starts[index]);
    }

    @Override
    public Example get(int index) {
      return slice(index, 0, length(index));
    }

    /** Reads no more of the row than the piece: a whole book may be one row. */
    @Override
    Example slice(int index, int from, int to) {
      int spans = bytes.get(INT, starts[index] + Integer.BYTES);
      long idsAt = starts[index] + 2 * Integer.BYTES;
      long behindIds = idsAt + (long) length(index) * Integer.BYTES;
      int[] ids = ints(idsAt, from, to);
      if (spans < 0) {
        return Example.of(ids, ints(behindIds, from, to));
      }
      int[] labels = new int[ids.length];
      Arrays.fill(labels, Example.IGNORED);
      int[] bounds = ints(behindIds, 0, 2 * spans);
      for (int i = 0; i < bounds.length; i += 2) {
        int begin = Math.max(bounds[i], from) - from;
        int count = Math.min(bounds[i + 1], to) - from - begin;
        if (count > 0) {
          System.arraycopy(ids, begin, labels, begin, count);
        }
      }
      return Example.of(ids, labels);
    }

    private int[] ints(long at, int from, int to) {
      long bytesBefore = (long) from * Integer.BYTES;
      return bytes.asSlice(at + bytesBefore, (long) (to - from) * Integer.BYTES).toArray(INT);
    }

    @Override
    public int size() {
      return starts.length - 1;
    }
  }
}
