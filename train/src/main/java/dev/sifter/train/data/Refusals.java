package dev.sifter.train.data;

import dev.sifter.train.data.record.DataException;
import java.util.ArrayList;
import java.util.List;

/** What becomes of reasons not to train: thrown at once, or collected to be told all together. */
final class Refusals {
  private static final int MAX_TOLD = 100;

  private final boolean collected;
  private final List<String> reasons = new ArrayList<>();
  private int untold;

  /**
   * None yet.
   *
   * @param collected whether to go on after one
   */
  Refusals(boolean collected) {
    this.collected = collected;
  }

  /** Takes a reason; throws it unless reasons are collected. */
  void add(DataException reason) {
    if (!collected) {
      throw reason;
    }
    if (reasons.size() < MAX_TOLD) {
      reasons.add(reason.getMessage());
    } else {
      untold++;
    }
  }

  boolean isEmpty() {
    return reasons.isEmpty();
  }

  /** The reasons, in order. */
  List<String> all() {
    List<String> all = new ArrayList<>(reasons);
    if (untold > 0) {
      all.add("and %d records more are refused".formatted(untold));
    }
    return all;
  }
}
