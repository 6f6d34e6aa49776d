package dev.sifter.engine.ops;

import dev.sifter.engine.tensor.Tensor;

/** Checks that tensors fit together; a mismatch names the op and both shapes. */
final class Shapes {
  private Shapes() {}

  static void requireSame(String op, Tensor a, Tensor b) {
    require(a.shape().equals(b.shape()), op, "different shapes", a, b);
  }

  static void requireWidth(String op, Tensor x, long width) {
    if (x.shape().width() != width) {
      throw new IllegalArgumentException(
          "%s: rows of %d elements expected, got %s".formatted(op, width, x));
    }
  }

  /** For an op that is told apart by its factor; the text is made only where it is needed. */
  static void requireWidth(String op, Object factor, Tensor x, long width) {
    if (x.shape().width() != width) {
      requireWidth(op + " " + factor, x, width);
    }
  }

  /**
   * The rows of a normalisation: groups as wide as its weight, whole rows or each head of them.
   *
   * @param x [T, n · H]
   * @param weight [H]
   * @return x as [T · n, H]
   */
  static Tensor groups(String op, Tensor x, Tensor weight) {
    long width = weight.elements();
    require(width > 0 && x.shape().width() % width == 0, op, "weight does not fit", x, weight);
    return x.reshape(x.elements() / width, width);
  }

  static void require(boolean condition, String op, String complaint, Tensor a, Tensor b) {
    if (!condition) {
      throw new IllegalArgumentException("%s: %s: %s and %s".formatted(op, complaint, a, b));
    }
  }
}
