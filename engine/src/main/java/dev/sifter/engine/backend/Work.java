package dev.sifter.engine.backend;

/**
 * What a kernel must do at least: floating-point operations, and bytes read and written once.
 *
 * @param flops floating-point operations; a multiply-add counts as two
 * @param bytes least traffic with memory
 */
public record Work(double flops, double bytes) {
  /** No work. */
  public static final Work NONE = new Work(0, 0);

  /** The work of both. */
  public Work plus(Work other) {
    return new Work(flops + other.flops, bytes + other.bytes);
  }
}
