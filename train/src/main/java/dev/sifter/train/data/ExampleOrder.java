package dev.sifter.train.data;

/** In which order an epoch takes the examples. */
public enum ExampleOrder {
  /** As they stand, in every epoch. */
  SEQUENTIAL,
  /**
   * In an order of its own in each epoch: {@code torch.randperm} on a generator seeded with seed +
   * epoch, as accelerate's {@code SeedableRandomSampler}, so that a reference run can be repeated.
   */
  RANDOM;

  /**
   * The examples' numbers in the order of an epoch.
   *
   * @param examples how many there are
   * @param seed {@code data_seed}, or else {@code seed}
   * @param epoch from 0
   */
  public int[] indices(int examples, long seed, int epoch) {
    if (this == RANDOM) {
      return new TorchGenerator(seed + epoch).permutation(examples);
    }
    int[] indices = new int[examples];
    for (int i = 0; i < examples; i++) {
      indices[i] = i;
    }
    return indices;
  }
}
