package dev.sifter.kernels.gpu;

/** A kernel did what it must not. */
public class KernelFaultException extends GpuException {
  private static final long serialVersionUID = 1;

  /** With kernel and place, as far as they are known. */
  public KernelFaultException(String message) {
    super(message);
  }
}
