package dev.sifter.engine.autograd;

import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.tensor.Tensor;

/** A tensor of an arena with a count of its holders; the last one to let go releases it. */
final class SharedTensor {
  private final Tensor tensor;
  private final TensorArena arena;
  private int holders = 1;

  /** A tensor with one holder; without an arena it is somebody else's and is never released. */
  SharedTensor(Tensor tensor, TensorArena arena) {
    this.tensor = tensor;
    this.arena = arena;
  }

  Tensor tensor() {
    return tensor;
  }

  boolean isShared() {
    return holders > 1;
  }

  SharedTensor retain() {
    holders++;
    return this;
  }

  void release() {
    holders--;
    if (holders == 0 && arena != null) {
      arena.release(tensor);
    }
    if (holders < 0) {
      throw new IllegalStateException("tensor " + tensor + " released more often than held");
    }
  }
}
