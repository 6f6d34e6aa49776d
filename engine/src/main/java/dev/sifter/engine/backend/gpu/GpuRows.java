package dev.sifter.engine.backend.gpu;

import dev.sifter.engine.backend.Checks;
import dev.sifter.engine.backend.RowKernels;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.library.Gather;
import dev.sifter.kernels.library.Scatter;
import dev.sifter.kernels.library.ScatterAdd;

/** Rows by number. */
final class GpuRows implements RowKernels {
  private final GpuContext context;
  private final RowOrders orders;

  GpuRows(GpuContext context) {
    this.context = context;
    this.orders = new RowOrders(context);
  }

  @Override
  public void gather(Tensor table, Tensor rows, float scale, Tensor y) {
    Checks.floats("table", table);
    Checks.floats("y", y);
    int width = table.width();
    int count = Math.toIntExact(rows.elements());
    Checks.matrix("y", y, count, width);
    DeviceSlice numbers = context.indices("row numbers", rows, count, table.rows());
    context.run(
        Gather.launches(context.array(table), numbers, scale, context.array(y), count, width));
  }

  @Override
  public void scatter(Tensor x, Tensor rows, Tensor y) {
    Checks.floats("x", x);
    Checks.floats("y", y);
    int width = y.width();
    int count = Math.toIntExact(rows.elements());
    Checks.matrix("x", x, count, width);
    DeviceSlice numbers = context.indices("row numbers", rows, count, y.rows());
    context.run(
        Scatter.launches(context.rows(x), x.rowStride(), numbers, context.array(y), count, width));
  }

  @Override
  public void scatterAdd(Tensor dy, Tensor rows, float scale, Tensor dTable) {
    Checks.floats("dy", dy);
    Checks.floats("dTable", dTable);
    int width = dTable.width();
    int count = Math.toIntExact(rows.elements());
    Checks.matrix("dy", dy, count, width);
    UploadedIntegers.View numbers =
        context.checkedNumbers("row numbers", rows, count, dTable.rows());
    if (count == 0) {
      return;
    }
    context.run(
        ScatterAdd.launches(
            context.array(dy),
            context.slice(rows),
            orders.of(numbers),
            scale,
            context.array(dTable),
            count,
            width));
  }
}
