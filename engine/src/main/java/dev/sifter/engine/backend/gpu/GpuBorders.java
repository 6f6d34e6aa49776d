package dev.sifter.engine.backend.gpu;

import dev.sifter.engine.backend.BorderKernels;
import dev.sifter.engine.backend.Checks;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.kernels.library.PasteRows;

/** Matrices with borders: copies between them and dense ones. */
final class GpuBorders implements BorderKernels {
  private final GpuContext context;

  GpuBorders(GpuContext context) {
    this.context = context;
  }

  @Override
  public void paste(Tensor x, float factor, int firstColumn, Tensor out) {
    Checks.floats("x", x);
    Checks.floats("out", out);
    context.run(PasteRows.launches(rows(x), factor, firstColumn, rows(out)));
  }

  private PasteRows.Rows rows(Tensor tensor) {
    return new PasteRows.Rows(
        context.rows(tensor), tensor.rows(), tensor.width(), tensor.rowStride());
  }

  /**
   * By way of scratch memory, so that a weight lies on the device twice only while it is copied.
   */
  @Override
  public Tensor adopt(Tensor hostTensor, int border, int below, TensorArena arena) {
    long rows = hostTensor.shape().rows();
    long width = hostTensor.shape().width();
    Tensor whole = arena.allocate(hostTensor.dtype(), Shape.of(rows + below, width), border);
    context.withTemporary(
        hostTensor.dtype(),
        hostTensor.shape(),
        dense -> {
          context.upload(hostTensor.segment(), dense);
          paste(dense, 1, 0, whole.rows(0, rows));
        });
    return whole;
  }
}
