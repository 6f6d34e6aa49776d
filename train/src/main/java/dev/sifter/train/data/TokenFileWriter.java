package dev.sifter.train.data;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.Json;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * Writes a {@link TokenFile}: beside its place under another name, which is locked meanwhile;
 * forced to the disk and renamed when it is whole. A process that is killed leaves nothing under
 * the name.
 */
final class TokenFileWriter implements RowSink {
  /** The end of the names of files that are being written. */
  static final String PARTIAL = ".partial";

  private final Path target;
  private final Arena lifetime;
  private final Path partial;
  private final FileChannel channel;
  private final ByteBuffer buffer =
      ByteBuffer.allocateDirect(1 << 20).order(ByteOrder.LITTLE_ENDIAN);
  private final IntList rowInts = new IntList();

  /**
   * Begins a file.
   *
   * @param lifetime how long its rows can be read once it is finished
   */
  TokenFileWriter(Path target, Arena lifetime) throws IOException {
    this.target = target;
    this.lifetime = lifetime;
    this.partial = Files.createTempFile(target.getParent(), target.getFileName() + ".", PARTIAL);
    this.channel = FileChannel.open(partial, StandardOpenOption.WRITE);
    channel.lock();
    putLong(TokenFile.MAGIC);
  }

  @Override
  public void add(Example row) throws IOException {
    int before = spans(row);
    rowInts.add(2 + row.length() + (before < 0 ? row.length() : 2 * before));
    putInt(row.length());
    putInt(before);
    putInts(row.inputIds());
    if (before < 0) {
      putInts(row.labels());
      return;
    }
    int[] labels = row.labels();
    for (int i = 0; i < labels.length; i++) {
      boolean trained = labels[i] != Example.IGNORED;
      if (trained && (i == 0 || labels[i - 1] == Example.IGNORED)) {
        putInt(i);
      }
      if (trained && (i + 1 == labels.length || labels[i + 1] == Example.IGNORED)) {
        putInt(i + 1);
      }
    }
  }

  /** Number of stretches with labels; −1 where some label is another than its token. */
  private static int spans(Example row) {
    int spans = 0;
    int[] labels = row.labels();
    for (int i = 0; i < labels.length; i++) {
      boolean trained = labels[i] != Example.IGNORED;
      if (trained && labels[i] != row.inputIds()[i]) {
        return -1;
      }
      spans += trained && (i == 0 || labels[i - 1] == Example.IGNORED) ? 1 : 0;
    }
    return spans;
  }

  @Override
  public ExampleRows finish(PreparationSummary summary, boolean isKept) throws IOException {
    putInts(rowInts.toArray());
    RecordTable table = summary.table();
    for (IntList column : table.columns()) {
      putInts(column.toArray());
    }
    for (int row = 0; row < table.size(); row++) {
      putLong(table.hash(row));
    }
    byte[] footer = Json.mapper().writeValueAsBytes(footer(summary));
    for (byte b : footer) {
      room(1);
      buffer.put(b);
    }
    putInt(footer.length);
    putLong(TokenFile.MAGIC);
    flush();
    channel.force(true);
    if (isKept) {
      channel.close();
      Files.move(
          partial, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
    Path written = isKept ? target : partial;
    return TokenFile.open(written, lifetime)
        .orElseThrow(() -> new IOException(written + " cannot be read back"))
        .rows();
  }

  private ObjectNode footer(PreparationSummary summary) {
    ObjectNode footer = Json.mapper().createObjectNode();
    footer.put("rows", rowInts.size()).put("entries", summary.table().size());
    footer.put("unaligned_prompts", summary.unalignedPrompts());
    summary.table().files().forEach(footer.putArray("files")::add);
    summary.formats().forEach(footer.putObject("formats")::put);
    summary.unreadFields().forEach(footer.putObject("unread_fields")::put);
    return footer;
  }

  private void putInts(int[] values) throws IOException {
    for (int value : values) {
      putInt(value);
    }
  }

  private void putInt(int value) throws IOException {
    room(Integer.BYTES);
    buffer.putInt(value);
  }

  private void putLong(long value) throws IOException {
    room(Long.BYTES);
    buffer.putLong(value);
  }

  private void room(int bytes) throws IOException {
    if (buffer.remaining() < bytes) {
      flush();
    }
  }

  private void flush() throws IOException {
    buffer.flip();
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
    buffer.clear();
  }

  /**
   * Rows that are not kept stay readable: the mapping holds the file without its name. Windows lets
   * no mapped file go; there {@link TokenCache} deletes it some other time.
   */
  @Override
  public void close() throws IOException {
    channel.close();
    deleteIfFree(partial);
  }

  /** Deletes a file unless the system holds it. */
  static void deleteIfFree(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      System.getLogger(TokenFileWriter.class.getName())
          .log(System.Logger.Level.DEBUG, file + " stays for now", e);
    }
  }
}
