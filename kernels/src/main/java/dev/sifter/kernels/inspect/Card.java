package dev.sifter.kernels.inspect;

/**
 * The rates that NVIDIA's data sheets state for a card: no kernel is faster, few come near. Tensor
 * rates are dense, bfloat16 with sums in fp32.
 */
public enum Card {
  /** A100 SXM 80 GB. */
  A100("A100 SXM 80 GB", 80e9, 2039e9, 19.5e12, 312e12),
  /** H100 SXM. */
  H100("H100 SXM", 80e9, 3350e9, 67e12, 989e12),
  /** H200 SXM. */
  H200("H200 SXM", 141e9, 4800e9, 67e12, 989e12),
  /** GeForce RTX 4090. */
  RTX4090("GeForce RTX 4090", 24e9, 1008e9, 82.6e12, 165e12);

  private final String label;
  private final double memoryBytes;
  private final double bytesPerSecond;
  private final double floatFlopsPerSecond;
  private final double tensorFlopsPerSecond;

  Card(
      String label,
      double memoryBytes,
      double bytesPerSecond,
      double floatFlopsPerSecond,
      double tensorFlopsPerSecond) {
    this.label = label;
    this.memoryBytes = memoryBytes;
    this.bytesPerSecond = bytesPerSecond;
    this.floatFlopsPerSecond = floatFlopsPerSecond;
    this.tensorFlopsPerSecond = tensorFlopsPerSecond;
  }

  /** Its name in the data sheet. */
  public String label() {
    return label;
  }

  /** Size of its memory. */
  public long memoryBytes() {
    return (long) memoryBytes;
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
