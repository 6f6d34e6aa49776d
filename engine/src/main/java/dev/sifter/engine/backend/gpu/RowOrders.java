package dev.sifter.engine.backend.gpu;

import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.library.RowOrder;
import java.lang.foreign.MemorySegment;

/**
 * The orders in which rows are added up, on the device: in one place, so that as many other rows in
 * another step make the same launches.
 */
final class RowOrders {
  private final GpuContext context;
  private final LastingPlace place;

  RowOrders(GpuContext context) {
    this.context = context;
    place = new LastingPlace(context, DType.I32);
  }

  /** Uploads the order of these row numbers; it stays until the next one. */
  DeviceSlice of(UploadedIntegers.View rows) {
    int[] order = RowOrder.of(rows.toArray());
    Tensor there = place.first(order.length);
    context.upload(MemorySegment.ofArray(order), there);
    return context.slice(there);
  }
}
