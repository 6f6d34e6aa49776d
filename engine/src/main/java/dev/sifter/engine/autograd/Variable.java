package dev.sifter.engine.autograd;

import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;

/**
 * A value in a computation, and whether a gradient flows to it.
 *
 * <p>{@link #close()} says that the forward computation needs the value no more. The bytes are
 * freed then, or, where a backward rule has saved the value, after that rule has run. Values that
 * nobody closes end with their arena.
 */
public class Variable implements AutoCloseable {
  private final SharedTensor value;
  private final boolean requiresGradient;
  private boolean closed;
  private SharedTensor gradient;

  Variable(SharedTensor value, boolean requiresGradient) {
    this.value = value;
    this.requiresGradient = requiresGradient;
  }

  /** A value that no gradient flows to, owned by the caller: inputs, frozen weights, tables. */
  public static Variable constant(Tensor value) {
    return new Variable(new SharedTensor(value, null), false);
  }

  /** The value. */
  public Tensor value() {
    return value.tensor();
  }

  /** Extents of the value. */
  public Shape shape() {
    return value.tensor().shape();
  }

  /** Whether a gradient flows to this value. */
  public boolean requiresGradient() {
    return requiresGradient;
  }

  SharedTensor shared() {
    return value;
  }

  SharedTensor gradient() {
    return gradient;
  }

  void gradient(SharedTensor newGradient) {
    gradient = newGradient;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      value.release();
    }
  }
}
