package dev.sifter.engine.backend.cpu;

import java.util.Arrays;

/**
 * Arrays that kernels write intermediate values to: grown when a shape needs more, and kept, so
 * that from the second step on a training loop allocates none.
 *
 * <p>Each worker has one of its own; one more is shared by all. Every array is a whole number of
 * the widest vectors longer than asked for, so that a loop may run past the end of its data.
 */
final class Scratch {
  private static final int SLACK = 32;

  private float[][] floats = new float[0][];
  private double[] doubles = new double[0];

  /** The floats of a slot: at least {@code length}, contents left from earlier uses. */
  float[] floats(int slot, long length) {
    if (length > Integer.MAX_VALUE - 64) {
      throw new IllegalArgumentException(
          ("a kernel needs %d floats of scratch memory, more than an array holds: lower"
                  + " per_device_train_batch_size or max_length")
              .formatted(length));
    }
    if (slot >= floats.length) {
      floats = Arrays.copyOf(floats, slot + 1);
    }
    float[] held = floats[slot];
    if (held == null || held.length < length + SLACK) {
      held = new float[Math.ceilDiv((int) length + SLACK, SLACK) * SLACK];
      floats[slot] = held;
    }
    return held;
  }

  /** At least this many doubles, contents left from earlier uses. */
  double[] doubles(int length) {
    if (doubles.length < length) {
      doubles = new double[length];
    }
    return doubles;
  }
}
