package dev.sifter.kernels.gpu;

/**
 * The number of blocks of a launch in each dimension.
 *
 * @param x 1 to 2³¹−1
 * @param y 1 to 65 535
 * @param z 1 to 65 535
 */
public record Grid(int x, int y, int z) {
  private static final int MAX_YZ = 65_535;

  /** Refuses what no device takes; an empty grid too, which CUDA rejects. */
  public Grid {
    if (x < 1 || y < 1 || z < 1 || y > MAX_YZ || z > MAX_YZ) {
      throw new IllegalArgumentException(
          "a grid of %d×%d×%d blocks; x is 1 to 2³¹−1, y and z are 1 to 65 535".formatted(x, y, z));
    }
  }

  /** {@code x} blocks. */
  public static Grid of(int x) {
    return new Grid(x, 1, 1);
  }

  /** {@code x} times {@code y} blocks. */
  public static Grid of(int x, int y) {
    return new Grid(x, y, 1);
  }

  /** As many blocks of {@code perBlock} as {@code items} take. */
  public static Grid covering(long items, int perBlock) {
    return of(Math.toIntExact(Math.ceilDiv(items, perBlock)));
  }

  /** Blocks altogether. */
  public long blocks() {
    return (long) x * y * z;
  }
}
