package dev.sifter.model.generate;

import dev.sifter.model.generate.BeamSearch.Beam;
import java.util.Arrays;
import java.util.List;

/**
 * Gives the beams of a search their slots. A beam that goes on stays where it is; where it goes on
 * in several ways, the others get copies in the slots of beams that do not. Beams are mostly alike
 * but for their last tokens, and no more is copied.
 */
final class BeamSlots {
  private final SequenceReader reader;
  private final int first;
  private final int[][] held;

  /**
   * Slots that hold nothing yet.
   *
   * @param first number of the first one
   */
  BeamSlots(SequenceReader reader, int first, int count) {
    this.reader = reader;
    this.first = first;
    this.held = new int[count][0];
  }

  /**
   * Slots for beams that go on from others.
   *
   * @param parents what each goes on from, all of it read; a beam may be there several times
   * @return for each its slot, in which its parent's tokens are read
   */
  int[] place(List<Beam> parents) {
    int[] slots = new int[parents.size()];
    boolean[] taken = new boolean[held.length];
    for (int i = 0; i < slots.length; i++) {
      int own = parents.get(i).slot() - first;
      slots[i] = taken[own] ? -1 : own;
      if (!taken[own]) {
        take(own, parents.get(i), taken);
      }
    }
    int free = 0;
    for (int i = 0; i < slots.length; i++) {
      if (slots[i] < 0) {
        while (taken[free]) {
          free++;
        }
        Beam parent = parents.get(i);
        reader.copy(parent.slot(), first + free, common(held[free], parent.tokens()));
        take(free, parent, taken);
        slots[i] = free;
      }
      slots[i] += first;
    }
    forget(taken);
    return slots;
  }

  private void take(int slot, Beam parent, boolean[] taken) {
    held[slot] = parent.tokens();
    taken[slot] = true;
  }

  private static int common(int[] tokens, int[] longer) {
    int at = Arrays.mismatch(tokens, longer);
    return at < 0 ? tokens.length : at;
  }

  /** What no beam goes on with is not read again where the angles of positions change. */
  private void forget(boolean[] taken) {
    for (int slot = 0; slot < taken.length; slot++) {
      if (!taken[slot]) {
        held[slot] = new int[0];
      }
    }
  }
}
