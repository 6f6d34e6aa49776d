package dev.sifter.kernels.ptx;

/** The register files of PTX that kernels use. */
enum RegisterClass {
  PRED("%p", ".pred"),
  B32("%r", ".b32"),
  F32("%f", ".f32"),
  B64("%d", ".b64");

  private final String prefix;
  private final String ptxName;

  RegisterClass(String prefix, String ptxName) {
    this.prefix = prefix;
    this.ptxName = ptxName;
  }

  String prefix() {
    return prefix;
  }

  String ptxName() {
    return ptxName;
  }
}
