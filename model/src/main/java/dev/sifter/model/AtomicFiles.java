package dev.sifter.model;

import java.io.BufferedOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Replaces files whole: written beside, forced to the disk, then renamed over the old one. */
public final class AtomicFiles {
  /** As many as Linux follows. */
  private static final int MAX_LINKS = 40;

  private AtomicFiles() {}

  /** Writes a file's contents. */
  @FunctionalInterface
  public interface Content {
    /** Writes to {@code out}; closing it does no harm. */
    void writeTo(OutputStream out) throws IOException;
  }

  /**
   * Creates or replaces {@code file}. A failure at any moment leaves the old file whole and removes
   * what was written beside it. Of a link, the file that it leads to is replaced; a device or a
   * pipe is written to as it is.
   *
   * @throws UncheckedIOException naming the file, and why it cannot be written
   */
  public static void write(Path file, Content content) {
    try {
      if (Files.exists(file) && !Files.isRegularFile(file)) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
          write(channel, content);
        }
      } else {
        replace(target(file), content);
      }
    } catch (IOException e) {
      throw FileErrors.because("cannot write " + file, e);
    }
  }

  private static void replace(Path file, Content content) throws IOException {
    Path parent = file.getParent();
    Files.createDirectories(parent);
    Path temporary = parent.resolve("." + file.getFileName() + ".partial");
    try {
      try (FileChannel channel =
          FileChannel.open(
              temporary,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE)) {
        write(channel, content);
        channel.force(true);
      }
      Files.move(
          temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  /** Where links lead, also to a file that is not there yet. */
  private static Path target(Path file) throws IOException {
    Path target = file.toAbsolutePath();
    for (int links = 0; Files.isSymbolicLink(target); links++) {
      if (links == MAX_LINKS) {
        throw new FileSystemLoopException(file.toString());
      }
      target = target.resolveSibling(Files.readSymbolicLink(target));
    }
    return target;
  }

  private static void write(FileChannel channel, Content content) throws IOException {
    OutputStream out = new BufferedOutputStream(unclosable(channel), 1 << 16);
    content.writeTo(out);
    out.flush();
  }

  private static OutputStream unclosable(FileChannel channel) {
    return new FilterOutputStream(Channels.newOutputStream(channel)) {
      @Override
      public void write(byte[] bytes, int offset, int length) throws IOException {
        out.write(bytes, offset, length);
      }

      @Override
      public void close() throws IOException {
        flush();
      }
    };
  }
}
