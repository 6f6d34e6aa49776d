package dev.sifter.engine.backend.cpu;

import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Tensor;

/** Checks of kernel arguments, made before anything is written. */
final class Checks {
  private Checks() {}

  /** A tensor that this backend computes in must be fp32. */
  static void f32(String name, Tensor tensor) {
    if (tensor.dtype() != DType.F32) {
      throw new IllegalArgumentException(
          "%s is %s; the cpu backend needs F32 here".formatted(name, tensor));
    }
  }

  /** A weight may be fp32, bf16 or fp16. */
  static void weight(String name, Tensor tensor) {
    switch (tensor.dtype()) {
      case F32, BF16, F16 -> {}
      case F64, I32, U8 ->
          throw new IllegalArgumentException(
              "%s is %s; the cpu backend needs F32, BF16 or F16 here".formatted(name, tensor));
    }
  }

  /** Row numbers and positions are I32. */
  static void i32(String name, Tensor tensor, long elements) {
    if (tensor.dtype() != DType.I32) {
      throw new IllegalArgumentException("%s is %s, not I32".formatted(name, tensor));
    }
    elements(name, tensor, elements);
  }

  /** An fp32 tensor of this many elements. */
  static void f32(String name, Tensor tensor, long elements) {
    f32(name, tensor);
    elements(name, tensor, elements);
  }

  /** A number of elements. */
  static void elements(String name, Tensor tensor, long elements) {
    if (tensor.elements() != elements) {
      throw new IllegalArgumentException(
          "%s is %s, but %d elements are needed".formatted(name, tensor, elements));
    }
  }

  /** Two fp32 tensors with the same number of elements. */
  static void same(String nameA, Tensor a, String nameB, Tensor b) {
    f32(nameA, a);
    f32(nameB, b);
    if (a.elements() != b.elements()) {
      throw new IllegalArgumentException("%s is %s, but %s is %s".formatted(nameA, a, nameB, b));
    }
  }

  /** Rows and width of a matrix. */
  static void matrix(String name, Tensor tensor, long rows, long width) {
    if (tensor.shape().rows() != rows || tensor.shape().width() != width) {
      throw new IllegalArgumentException(
          "%s is %s, but [%d, %d] is needed".formatted(name, tensor, rows, width));
    }
  }
}
