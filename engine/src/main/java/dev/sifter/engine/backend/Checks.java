package dev.sifter.engine.backend;

import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Tensor;

/** Checks of kernel arguments, made before anything is written. */
public final class Checks {
  private Checks() {}

  /** A tensor that must be fp32. */
  public static void f32(String name, Tensor tensor) {
    if (tensor.dtype() != DType.F32) {
      throw new IllegalArgumentException("%s is %s; F32 is needed here".formatted(name, tensor));
    }
  }

  /** A tensor that may be fp32, bf16 or fp16. */
  public static void floats(String name, Tensor tensor) {
    switch (tensor.dtype()) {
      case F32, BF16, F16 -> {}
      case F64, I32, U8 ->
          throw new IllegalArgumentException(
              "%s is %s; F32, BF16 or F16 is needed here".formatted(name, tensor));
    }
  }

  /** A tensor that may be fp32, bf16 or fp16, of this many elements. */
  public static void floats(String name, Tensor tensor, long elements) {
    floats(name, tensor);
    elements(name, tensor, elements);
  }

  /** Row numbers and positions are I32. */
  public static void i32(String name, Tensor tensor, long elements) {
    if (tensor.dtype() != DType.I32) {
      throw new IllegalArgumentException("%s is %s, not I32".formatted(name, tensor));
    }
    elements(name, tensor, elements);
  }

  /** An fp32 tensor of this many elements. */
  public static void f32(String name, Tensor tensor, long elements) {
    f32(name, tensor);
    elements(name, tensor, elements);
  }

  /** A number of elements. */
  public static void elements(String name, Tensor tensor, long elements) {
    if (tensor.elements() != elements) {
      throw new IllegalArgumentException(
          "%s is %s, but %d elements are needed".formatted(name, tensor, elements));
    }
  }

  /** Two fp32 tensors with the same number of elements. */
  public static void same(String nameA, Tensor a, String nameB, Tensor b) {
    f32(nameA, a);
    f32(nameB, b);
    if (a.elements() != b.elements()) {
      throw new IllegalArgumentException("%s is %s, but %s is %s".formatted(nameA, a, nameB, b));
    }
  }

  /** Rows and width of a matrix. */
  public static void matrix(String name, Tensor tensor, long rows, long width) {
    if (tensor.shape().rows() != rows || tensor.shape().width() != width) {
      throw new IllegalArgumentException(
          "%s is %s, but [%d, %d] is needed".formatted(name, tensor, rows, width));
    }
  }

  /** Quantised codes, with all that turns them into {@code out}. */
  public static void codes(
      Tensor codes, int bits, Tensor codeBook, Tensor scales, int blockSize, Tensor out) {
    if (bits != 4 && bits != 8 || blockSize < 1) {
      throw new IllegalArgumentException(
          "codes of %d bits in blocks of %d".formatted(bits, blockSize));
    }
    f32("codeBook", codeBook, 1L << bits);
    elements("codes", codes, Math.ceilDiv(out.elements() * bits, 8L));
    f32("scales", scales, Math.ceilDiv(out.elements(), (long) blockSize));
  }

  /** op(A) · op(B) has C's shape. */
  public static void product(Tensor a, boolean transposeA, Tensor b, boolean transposeB, Tensor c) {
    int m = transposeA ? a.width() : a.rows();
    int k = transposeA ? a.rows() : a.width();
    int n = transposeB ? b.rows() : b.width();
    if (k != (transposeB ? b.width() : b.rows()) || m != c.rows() || n != c.width()) {
      throw new IllegalArgumentException(
          "cannot multiply A %s%s by B %s%s into C %s"
              .formatted(
                  a, transposeA ? " transposed" : "", b, transposeB ? " transposed" : "", c));
    }
  }

  /** A number above 0, and not NaN. */
  public static void positive(String name, float number) {
    if (!(number > 0)) {
      throw new IllegalArgumentException("%s %s is not positive".formatted(name, number));
    }
  }
}
