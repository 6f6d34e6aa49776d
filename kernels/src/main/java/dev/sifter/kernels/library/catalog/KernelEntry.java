package dev.sifter.kernels.library.catalog;

import java.util.List;

/**
 * A kernel of the catalog.
 *
 * @param name as in {@code sifter kernels show NAME}
 * @param description one line
 * @param trials small ones, on which it is proven; the first is the one that is shown and traced
 * @param benchmark a shape of practice
 * @param streams whether it claims to move no more than its inputs and outputs, in full sectors
 */
public record KernelEntry(
    String name,
    String description,
    List<KernelTrial> trials,
    KernelTrial benchmark,
    boolean streams) {

  /** A kernel that claims nothing about what it moves. */
  KernelEntry(String name, String description, List<KernelTrial> trials, KernelTrial benchmark) {
    this(name, description, trials, benchmark, false);
  }

  /** The same, which streams. */
  KernelEntry streaming() {
    return new KernelEntry(name, description, trials, benchmark, true);
  }

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
