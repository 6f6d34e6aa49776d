package dev.sifter.train.optim;

import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/**
 * Elements of fp32 tensors on the host, a range at a time, for update rules that no kernel
 * computes: they are bound by memory, and over adapters they are small.
 */
final class HostFloats {
  /** Elements of a range: a multiple of every block size. */
  static final int CHUNK = 1 << 18;

  private HostFloats() {}

  /** Elements {@code from} to {@code from + count} into {@code target}. */
  static void read(Backend backend, Tensor source, long from, int count, float[] target) {
    backend.download(range(source, from, count), bytes(target, count));
  }

  /** The first {@code count} of {@code source} into elements from {@code from} on. */
  static void write(Backend backend, float[] source, int count, Tensor target, long from) {
    backend.upload(bytes(source, count), range(target, from, count));
  }

  private static Tensor range(Tensor tensor, long from, int count) {
    return tensor.reshape(tensor.elements(), 1).rows(from, from + count);
  }

  private static MemorySegment bytes(float[] floats, int count) {
    return MemorySegment.ofArray(floats).asSlice(0, (long) count * Float.BYTES);
  }
}
