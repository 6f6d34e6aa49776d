package dev.sifter.kernels.gpu.emulator;

import dev.sifter.kernels.gpu.GpuException;

/** PTX text that the emulator does not take, with the line of the text. */
public final class PtxSyntaxException extends GpuException {
  private static final long serialVersionUID = 1;

  private final int line;

  PtxSyntaxException(int line, String message) {
    super("PTX line %d: %s".formatted(line, message));
    this.line = line;
  }

  /** Line of the PTX text, from 1. */
  public int line() {
    return line;
  }
}
