package dev.sifter.kernels.ptx;

/** The type of a kernel's parameter. */
public enum ParameterType {
  /** A 32-bit integer: sizes, counts, indices. */
  U32(".u32", 4),
  /** A 64-bit integer that is no address: strides, seeds. */
  U64(".u64", 8),
  /** A number. */
  F32(".f32", 4),
  /** An address in device memory. */
  POINTER(".u64", 8);

  private final String ptxName;
  private final int bytes;

  ParameterType(String ptxName, int bytes) {
    this.ptxName = ptxName;
    this.bytes = bytes;
  }

  /** As in the directive {@code .param}. */
  public String ptxName() {
    return ptxName;
  }

  /** Size and alignment in the parameter space. */
  public int bytes() {
    return bytes;
  }
}
