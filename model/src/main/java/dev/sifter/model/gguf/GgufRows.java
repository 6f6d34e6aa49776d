package dev.sifter.model.gguf;

import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Storage;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.model.weights.HostFloats;
import java.lang.foreign.MemorySegment;
import java.util.function.IntUnaryOperator;

/** Tensors of checkpoints in the order in which llama.cpp has their rows; copies in fp32. */
final class GgufRows {
  private GgufRows() {}

  /** Rows of a head from (first half, second half) to pairs of one of each. */
  static Tensor neighbours(Tensor tensor, int heads) {
    int headDim = (int) tensor.shape().dim(0) / heads;
    int half = headDim / 2;
    return ordered(
        tensor,
        row -> {
          int within = row % headDim;
          return row - within + within % 2 * half + within / 2;
        });
  }

  /**
   * Rows of a fused projection from query, key and value of one head after the other to all
   * queries, all keys, all values.
   */
  static Tensor byKind(Tensor tensor, int heads) {
    int headDim = (int) tensor.shape().dim(0) / heads / 3;
    return ordered(
        tensor,
        row -> {
          int kind = row / (heads * headDim);
          int head = row / headDim % heads;
          return (head * 3 + kind) * headDim + row % headDim;
        });
  }

  /** [in, out] as [out, in]. */
  static Tensor transposed(Tensor tensor) {
    float[] values = HostFloats.of(tensor);
    int rows = (int) tensor.shape().dim(0);
    int columns = (int) tensor.shape().dim(1);
    float[] result = new float[values.length];
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        result[column * rows + row] = values[row * columns + column];
      }
    }
    return host(result, Shape.of(columns, rows));
  }

  /** A number added to every element. */
  static Tensor plus(Tensor tensor, double offset) {
    float[] values = HostFloats.of(tensor);
    for (int i = 0; i < values.length; i++) {
      values[i] += (float) offset;
    }
    return host(values, tensor.shape());
  }

  /** Every element times a number. */
  static Tensor times(Tensor tensor, double factor) {
    float[] values = HostFloats.of(tensor);
    for (int i = 0; i < values.length; i++) {
      values[i] *= (float) factor;
    }
    return host(values, tensor.shape());
  }

  static Tensor host(float[] values, Shape shape) {
    return new Tensor(DType.F32, shape, new Storage.Host(MemorySegment.ofArray(values)), 0);
  }

  private static Tensor ordered(Tensor tensor, IntUnaryOperator source) {
    float[] values = HostFloats.of(tensor);
    int rows = (int) tensor.shape().dim(0);
    int width = values.length / rows;
    float[] result = new float[values.length];
    for (int row = 0; row < rows; row++) {
      System.arraycopy(values, source.applyAsInt(row) * width, result, row * width, width);
    }
    return host(result, tensor.shape());
  }
}
