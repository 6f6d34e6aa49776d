package dev.sifter.engine.backend.gpu;

import dev.sifter.engine.backend.PackedMatrix;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.kernels.library.Array;
import dev.sifter.kernels.library.QuantizedGemv;
import dev.sifter.kernels.library.QuantizedMatrix;

/**
 * The product of a decoding step with a weight in 4 bits: read as it is, half a byte an element.
 */
final class PackedProduct {
  private PackedProduct() {}

  /** C = α · A · Wᵀ + β · C, if there is a kernel for it: whether there is. */
  static boolean multiply(
      GpuContext context, Tensor a, PackedMatrix w, float alpha, float beta, Tensor c) {
    Array rows = context.rows(a);
    QuantizedMatrix matrix = matrix(context, w);
    if (!QuantizedGemv.takes(a.rows(), rows, a.rowStride(), matrix)) {
      return false;
    }
    DType rounded = Products.isRounded(a, w.unpackedAs(), c) ? a.dtype() : w.unpackedAs();
    context.run(
        QuantizedGemv.launches(
            a.rows(),
            rows,
            a.rowStride(),
            matrix,
            GpuContext.elementType(rounded),
            alpha,
            beta,
            context.array(c),
            c.width()));
    return true;
  }

  private static QuantizedMatrix matrix(GpuContext context, PackedMatrix w) {
    PackedMatrix.NestedScales nested = w.nested();
    return new QuantizedMatrix(
        w.rows(),
        w.width(),
        context.slice(w.codes()),
        context.array(w.codeBook()),
        w.blockSize(),
        context.arrayOrNull(w.scales()),
        nested == null
            ? null
            : new QuantizedMatrix.NestedScales(
                context.slice(nested.codes()),
                context.array(nested.codeBook()),
                context.array(nested.scales()),
                nested.blockSize(),
                nested.offset()));
  }
}
