package dev.sifter.train.data.record;

import dev.hardwood.InputFile;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * A file for the Parquet reader that is read, not mapped: a mapped file that somebody shortens
 * meanwhile ends the whole process.
 */
final class ChannelInputFile implements InputFile {
  private final Path file;
  private volatile FileChannel channel;

  ChannelInputFile(Path file) {
    this.file = file;
  }

  @Override
  public void open() throws IOException {
    channel = FileChannel.open(file);
  }

  @Override
  public ByteBuffer readRange(long offset, int length) throws IOException {
    if (offset < 0 || length < 0 || offset > length() - length) {
      throw new EOFException(
          "%d bytes from %d on, but %s has %d".formatted(length, offset, file, length()));
    }
    ByteBuffer bytes = ByteBuffer.allocateDirect(length);
    while (bytes.hasRemaining()) {
      if (channel.read(bytes, offset + bytes.position()) < 0) {
        throw new EOFException(file + " has become shorter while it was read");
      }
    }
    return bytes.flip();
  }

  @Override
  public long length() throws IOException {
    return channel.size();
  }

  @Override
  public String name() {
    return file.toString();
  }

  @Override
  public void close() throws IOException {
    if (channel != null) {
      channel.close();
    }
  }
}
