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
  private int gradientBorder;
  private int takenBorder;

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

  /** Columns of border that whoever makes this value's gradient may give it. */
  public int gradientBorder() {
    return gradientBorder;
  }

  /** Wishes for a border of the gradient, which the rule behind this value will write to. */
  public void gradientBorder(int columns) {
    gradientBorder = columns;
  }

  /**
   * Takes the next columns of the value's border, for as long as the value lives. Whoever takes
   * columns must write them, since readers of later ones read them too.
   *
   * @param limit columns of the border that can be used
   * @return the first of them, counted from the border's beginning; -1, and none is taken, if there
   *     are not so many
   */
  public int takeBorder(int columns, int limit) {
    if (Math.min(value().border(), limit) - takenBorder < columns) {
      return -1;
    }
    int first = takenBorder;
    takenBorder += columns;
    return first;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      value.release();
    }
  }
}
