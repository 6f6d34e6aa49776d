package dev.sifter.train.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Locale;
import java.util.Optional;

/** Standard output, which keeps in mind whether all that was printed arrived. */
final class StandardOutput extends OutputStream {
  /** A write to standard output, or its flush. */
  @FunctionalInterface
  private interface Step {
    void run() throws IOException;
  }

  private final OutputStream out;
  private IOException failure;

  StandardOutput(OutputStream out) {
    this.out = out;
  }

  @Override
  public void write(int value) throws IOException {
    attempt(() -> out.write(value));
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    attempt(() -> out.write(bytes, offset, length));
  }

  @Override
  public void flush() throws IOException {
    attempt(out::flush);
  }

  /**
   * Writers of text hide what went wrong and tell no more than {@link
   * java.io.PrintWriter#checkError()}, so it is kept here; nothing is written after it.
   */
  private void attempt(Step step) throws IOException {
    if (failure == null) {
      try {
        step.run();
      } catch (IOException e) {
        failure = e;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  /**
   * Why something that was printed is lost; empty where nothing is, or nobody wants to read it, as
   * when {@code head} has its lines and closes the pipe.
   */
  Optional<IOException> loss() {
    return Optional.ofNullable(failure).filter(cause -> !isClosedPipe(cause));
  }

  /** Java has no type for it, so the system's words must do: Broken pipe, the pipe was closed. */
  private static boolean isClosedPipe(IOException failure) {
    return failure.getMessage() != null
        && failure.getMessage().toLowerCase(Locale.ROOT).contains("pipe");
  }
}
