package dev.sifter.kernels.gpu;

/** Something went wrong on a GPU, or there is none. The message says what helps. */
public class GpuException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** With a whole sentence. */
  public GpuException(String message) {
    super(message);
  }

  /** With a whole sentence and what it comes from. */
  public GpuException(String message, Throwable cause) {
    super(message, cause);
  }
}
