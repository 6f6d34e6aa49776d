package dev.sifter.engine.backend.reference;

import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Tensor;

/** Checks of a kernel's arguments, made before anything is written. A null tensor fits always. */
final class Checks {
  private Checks() {}

  /** As many elements as another tensor. */
  static void same(String kernel, Tensor expected, Tensor... others) {
    for (Tensor other : others) {
      require(other == null || other.elements() == expected.elements(), kernel, expected, other);
    }
  }

  /** The same rows and width as another tensor. */
  static void sameRows(String kernel, Tensor expected, Tensor... others) {
    for (Tensor other : others) {
      boolean fits =
          other == null
              || other.shape().rows() == expected.shape().rows()
                  && other.shape().width() == expected.shape().width();
      require(fits, kernel, expected, other);
    }
  }

  /** One element for each row of a matrix. */
  static void perRow(String kernel, Tensor matrix, Tensor... vectors) {
    for (Tensor vector : vectors) {
      require(vector == null || vector.elements() == matrix.shape().rows(), kernel, matrix, vector);
    }
  }

  /** One element for each column of a matrix. */
  static void perColumn(String kernel, Tensor matrix, Tensor... vectors) {
    for (Tensor vector : vectors) {
      require(
          vector == null || vector.elements() == matrix.shape().width(), kernel, matrix, vector);
    }
  }

  /** A width that is given by a number. */
  static void width(String kernel, long width, Tensor... tensors) {
    for (Tensor tensor : tensors) {
      if (tensor.shape().width() != width) {
        throw new IllegalArgumentException(
            "%s: rows of %d elements expected, got %s".formatted(kernel, width, tensor));
      }
    }
  }

  /** Row numbers, labels, positions. */
  static void integers(String kernel, Tensor tensor) {
    if (tensor != null && tensor.dtype() != DType.I32) {
      throw new IllegalArgumentException("%s: I32 expected, got %s".formatted(kernel, tensor));
    }
  }

  /** Codes of 4 or 8 bits, with their book and the scales of their blocks. */
  static void quantized(
      String kernel,
      Tensor codes,
      int bits,
      Tensor codeBook,
      Tensor scales,
      int blockSize,
      Tensor out) {
    require(bits == 4 || bits == 8, kernel, codes, out);
    require(codeBook.elements() == 1L << bits, kernel, codes, codeBook);
    require(codes.elements() == Math.ceilDiv(out.elements() * bits, 8L), kernel, codes, out);
    require(
        scales.elements() == Math.ceilDiv(out.elements(), (long) blockSize), kernel, out, scales);
  }

  /** Two tensors that must fit together in a way of their own. */
  static void require(boolean fits, String kernel, Tensor a, Tensor b) {
    if (!fits) {
      throw new IllegalArgumentException("%s: %s does not fit %s".formatted(kernel, b, a));
    }
  }
}
