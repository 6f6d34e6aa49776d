package dev.sifter.kernels.inspect;

import dev.sifter.kernels.gpu.GpuProperties;

/**
 * What NVIDIA's data sheets and programming guide state for a card. Of the rates: no kernel is
 * faster, few come near. Tensor rates are dense, bfloat16 with sums in fp32.
 */
public enum Card {
  /** A100 SXM 80 GB. */
  A100("A100 SXM 80 GB", 8, 0, 108, 163, 40, 80e9, 2039e9, 19.5e12, 312e12),
  /** H100 SXM. */
  H100("H100 SXM", 9, 0, 132, 227, 50, 80e9, 3350e9, 67e12, 989e12),
  /** H200 SXM. */
  H200("H200 SXM", 9, 0, 132, 227, 50, 141e9, 4800e9, 67e12, 989e12),
  /** GeForce RTX 4090. */
  RTX4090("GeForce RTX 4090", 8, 9, 128, 99, 72, 24e9, 1008e9, 82.6e12, 165e12);

  private static final int KIB = 1 << 10;
  private static final int MIB = 1 << 20;

  private final GpuProperties properties;
  private final double bytesPerSecond;
  private final double floatFlopsPerSecond;
  private final double tensorFlopsPerSecond;

  Card(
      String label,
      int computeMajor,
      int computeMinor,
      int multiprocessors,
      int sharedKib,
      int l2Mib,
      double memoryBytes,
      double bytesPerSecond,
      double floatFlopsPerSecond,
      double tensorFlopsPerSecond) {
    properties =
        new GpuProperties(
            label,
            computeMajor,
            computeMinor,
            multiprocessors,
            (long) memoryBytes,
            sharedKib * KIB,
            l2Mib * MIB);
    this.bytesPerSecond = bytesPerSecond;
    this.floatFlopsPerSecond = floatFlopsPerSecond;
    this.tensorFlopsPerSecond = tensorFlopsPerSecond;
  }

  /** Its name in the data sheet. */
  public String label() {
    return properties.name();
  }

  /** What a device of this kind says of itself. */
  public GpuProperties properties() {
    return properties;
  }

  /** Of device memory. */
  public double bytesPerSecond() {
    return bytesPerSecond;
  }

  /** Of tensor cores, or of ordinary fp32 arithmetic. */
  public double flopsPerSecond(boolean tensorCores) {
    return tensorCores ? tensorFlopsPerSecond : floatFlopsPerSecond;
  }

  /** The least time of so much work. */
  public Bound bound(TrialShape shape, boolean tensorCores) {
    return new Bound(
        shape.leastBytes() / bytesPerSecond, shape.flops() / flopsPerSecond(tensorCores));
  }

  /**
   * A bound by the data sheet, not a measurement.
   *
   * @param memorySeconds in which memory can move the bytes
   * @param arithmeticSeconds in which the arithmetic can be done
   */
  public record Bound(double memorySeconds, double arithmeticSeconds) {
    /** The time that no run can be below. */
    public double seconds() {
      return Math.max(memorySeconds, arithmeticSeconds);
    }

    /** Whether moving takes longer than computing. */
    public boolean isByMemory() {
      return memorySeconds >= arithmeticSeconds;
    }
  }
}
