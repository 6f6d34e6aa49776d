package dev.sifter.kernels.gpu;

/** There is no usable GPU: no device, no driver, or one that is too old. */
public final class GpuUnavailableException extends GpuException {
  private static final long serialVersionUID = 1;

  /** With what is missing and what helps. */
  public GpuUnavailableException(String message) {
    super(message);
  }

  /** With what is missing, what helps, and what it comes from. */
  public GpuUnavailableException(String message, Throwable cause) {
    super(message, cause);
  }
}
