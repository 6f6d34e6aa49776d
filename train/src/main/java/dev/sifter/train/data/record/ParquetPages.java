package dev.sifter.train.data.record;

import dev.hardwood.metadata.ColumnChunk;
import dev.hardwood.metadata.FileMetaData;
import dev.hardwood.metadata.RowGroup;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * Walks the pages of a Parquet file by their headers before it is read: every page must lie inside
 * its column chunk, and every chunk inside the file. The reader looks for the bytes of a page
 * beyond its chunk without end, and takes memory for as many bytes as a header says.
 *
 * <p>A header is a Thrift struct in compact notation, whose fields 2 and 3 are the page's bytes
 * before and after packing (parquet-format, {@code PageHeader}).
 */
final class ParquetPages {
  private static final int MAX_HEADER_BYTES = 1 << 20;
  private static final int FIRST_READ_BYTES = 1 << 10;
  private static final int MAX_PAGE_BYTES = 1 << 29;
  private static final int MAX_DEPTH = 16;

  private final FileChannel channel;
  private final String column;

  private ParquetPages(FileChannel channel, String column) {
    this.channel = channel;
    this.column = column;
  }

  /**
   * Checks a whole file.
   *
   * @throws IllegalArgumentException if a page or chunk does not fit
   */
  static void requireInside(Path file, FileMetaData metadata) throws IOException {
    try (FileChannel channel = FileChannel.open(file)) {
      for (RowGroup group : metadata.rowGroups()) {
        for (ColumnChunk chunk : group.columns()) {
          String column = chunk.metaData().pathInSchema().toString();
          new ParquetPages(channel, column).requireInside(chunk);
        }
      }
    }
  }

  private void requireInside(ColumnChunk chunk) throws IOException {
    long at = chunk.chunkStartOffset();
    long bytes = chunk.metaData().totalCompressedSize();
    if (at < 0 || bytes < 0 || at > channel.size() - bytes) {
      throw damaged("says it has %d bytes from %d on, of a file of %d", bytes, at, channel.size());
    }
    long end = at + bytes;
    while (at < end) {
      int limit = (int) Math.min(end - at, MAX_HEADER_BYTES);
      PageHeader header = header(at, Math.min(limit, FIRST_READ_BYTES), limit);
      at += header.length + header.packedBytes;
      if (header.plainBytes < 0
          || header.plainBytes > MAX_PAGE_BYTES
          || header.packedBytes < 0
          || at > end) {
        throw damaged(
            "has a page of %d bytes, %d unpacked, that goes beyond its end",
            header.packedBytes, header.plainBytes);
      }
    }
  }

  private PageHeader header(long at, int bytes, int limit) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(bytes);
    while (buffer.hasRemaining() && channel.read(buffer, at + buffer.position()) >= 0) {
      continue;
    }
    try {
      return new PageHeader(buffer.flip());
    } catch (BufferUnderflowException cut) {
      if (bytes < limit) {
        return header(at, limit, limit);
      }
      throw damaged("has a page header without end at byte %d", at);
    }
  }

  private IllegalArgumentException damaged(String what, Object... values) {
    return new IllegalArgumentException("column " + column + " " + what.formatted(values));
  }

  /** The two sizes that a header tells, and its own. */
  static final class PageHeader {
    private final ByteBuffer in;
    private final int length;
    private long plainBytes = -1;
    private long packedBytes = -1;

    /**
     * Reads a header.
     *
     * @throws BufferUnderflowException if it does not end where the buffer does, or is no header
     */
    PageHeader(ByteBuffer in) {
      this.in = in;
      struct(0);
      this.length = in.position();
    }

    private void struct(int depth) {
      int field = 0;
      for (int b = in.get() & 0xff; b != 0; b = in.get() & 0xff) {
        field = b >>> 4 == 0 ? (int) zigzag() : field + (b >>> 4);
        int type = b & 0xf;
        if (depth == 0 && type == 5 && field == 2) {
          plainBytes = zigzag();
        } else if (depth == 0 && type == 5 && field == 3) {
          packedBytes = zigzag();
        } else {
          skip(type, depth, false);
        }
      }
    }

    private void skip(int type, int depth, boolean element) {
      if (depth > MAX_DEPTH) {
        throw new BufferUnderflowException();
      }
      switch (type) {
        // A field's type tells a boolean's value; an element of a list has a byte.
        case 1, 2 -> advance(element ? 1 : 0);
        case 3 -> advance(1);
        case 4, 5, 6 -> varint();
        case 7 -> advance(Double.BYTES);
        case 8 -> advance(varint());
        case 9, 10 -> list(depth);
        case 12 -> struct(depth + 1);
        // Maps (11) are in no page header.
        default -> throw new BufferUnderflowException();
      }
    }

    private void list(int depth) {
      int b = in.get() & 0xff;
      long size = b >>> 4 == 15 ? varint() : b >>> 4;
      for (long i = 0; i < size; i++) {
        skip(b & 0xf, depth + 1, true);
      }
    }

    private void advance(long bytes) {
      if (bytes < 0 || bytes > in.remaining()) {
        throw new BufferUnderflowException();
      }
      in.position(in.position() + (int) bytes);
    }

    private long zigzag() {
      long raw = varint();
      return raw >>> 1 ^ -(raw & 1);
    }

    private long varint() {
      long value = 0;
      for (int shift = 0; shift < Long.SIZE; shift += 7) {
        byte b = in.get();
        value |= (long) (b & 0x7f) << shift;
        if (b >= 0) {
          return value;
        }
      }
      throw new BufferUnderflowException();
    }
  }
}
