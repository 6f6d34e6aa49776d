package dev.sifter.kernels.library.catalog;

import java.util.List;

/**
 * A kernel of the catalog.
 *
 * @param name as in {@code sifter kernels show NAME}
 * @param description one line
 * @param trials small ones, on which it is proven; the first is the one that is shown and traced
 * @param benchmark a shape of practice
 */
public record KernelEntry(
    String name, String description, List<KernelTrial> trials, KernelTrial benchmark) {

  /** Refuses an entry that proves nothing. */
  public KernelEntry {
    trials = List.copyOf(trials);
    if (trials.isEmpty()) {
      throw new IllegalArgumentException("kernel %s has no trial".formatted(name));
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
