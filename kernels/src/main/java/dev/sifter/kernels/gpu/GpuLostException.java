package dev.sifter.kernels.gpu;

/** The device or its context is gone in mid-run; nothing on it can be read any more. */
public final class GpuLostException extends GpuException {
  private static final long serialVersionUID = 1;

  /** With the driver's word for it. */
  public GpuLostException(String message) {
    super(message);
  }
}
