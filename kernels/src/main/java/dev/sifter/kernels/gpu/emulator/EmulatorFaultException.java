package dev.sifter.kernels.gpu.emulator;

import dev.sifter.kernels.gpu.KernelFaultException;

/** A kernel failed a check. */
public final class EmulatorFaultException extends KernelFaultException {
  private static final long serialVersionUID = 1;

  private final Check check;

  EmulatorFaultException(Check check, String message) {
    super(message);
    this.check = check;
  }

  /** Which check. */
  public Check check() {
    return check;
  }
}
