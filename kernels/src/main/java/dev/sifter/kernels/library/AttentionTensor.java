package dev.sifter.kernels.library;

import dev.sifter.kernels.gpu.DeviceSlice;
import java.util.List;

/**
 * Queries, keys, values or outputs of an attention: rows of heads, which may be part of wider rows.
 *
 * @param array begins at the first row's first head
 * @param stride elements from one row to the next
 */
public record AttentionTensor(Array array, int stride) {

  DeviceSlice slice() {
    return array.slice();
  }

  /** {@code vector} if all heads allow accesses of so many elements, 1 otherwise. */
  static int vector(int vector, int headDim, AttentionTensor... tensors) {
    boolean fits = headDim % vector == 0;
    for (AttentionTensor tensor : tensors) {
      fits &= tensor.array.isAlignedTo(vector) && tensor.stride % vector == 0;
    }
    return fits ? vector : 1;
  }

  /** Refuses tensors that do not allow accesses of {@code vector} elements. */
  static void requireVector(int vector, int headDim, AttentionTensor... tensors) {
    if (vector(vector, headDim, tensors) != vector) {
      throw new IllegalArgumentException(
          "rows of heads of %d must begin at multiples of %d elements: %s"
              .formatted(headDim, vector, List.of(tensors)));
    }
  }
}
