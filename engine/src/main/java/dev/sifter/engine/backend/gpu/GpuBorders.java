package dev.sifter.engine.backend.gpu;

import dev.sifter.engine.backend.BorderKernels;
import dev.sifter.engine.backend.Checks;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.kernels.library.PasteAll;
import dev.sifter.kernels.library.PasteRows;
import java.util.List;

/** Matrices with borders: copies between them and dense ones. */
final class GpuBorders implements BorderKernels {
  /** Fewer are a launch each: a table takes an upload. */
  private static final int WORTH_A_TABLE = 4;

  private final GpuContext context;
  private final DeviceTable table;

  GpuBorders(GpuContext context) {
    this.context = context;
    table = new DeviceTable(context);
  }

  @Override
  public void paste(List<Paste> pastes) {
    List<PasteRows.Paste> all = pastes.stream().map(this::checked).toList();
    if (all.size() < WORTH_A_TABLE) {
      all.forEach(paste -> context.run(PasteRows.launches(paste)));
    } else {
      context.run(PasteAll.launches(all, table));
    }
  }

  private PasteRows.Paste checked(Paste paste) {
    Checks.floats("x", paste.x());
    Checks.floats("out", paste.out());
    return new PasteRows.Paste(
        rows(paste.x()), paste.factor(), paste.firstColumn(), rows(paste.out()));
  }

  /** A copy between matrices with and without borders, in each one's type. */
  void copy(Tensor x, Tensor out) {
    paste(List.of(new Paste(x, 1, 0, out)));
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
          copy(dense, whole.rows(0, rows));
        });
    return whole;
  }
}
