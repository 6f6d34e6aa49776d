package dev.sifter.engine.backend.gpu;

import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.library.RowOrder;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;

/**
 * The orders in which rows are added up, on the device: one place for all lists of a length, so
 * that other rows in another step make the same launches.
 */
final class RowOrders {
  private final GpuContext context;
  private final Map<Integer, Tensor> places = new HashMap<>();

  RowOrders(GpuContext context) {
    this.context = context;
  }

  /** Uploads the order of these row numbers; it stays until the next list of as many. */
  DeviceSlice of(UploadedIntegers.View rows) {
    int[] order = RowOrder.of(rows.toArray());
    Tensor place =
        places.computeIfAbsent(order.length, length -> context.place(DType.I32, Shape.of(length)));
    context.upload(MemorySegment.ofArray(order), place);
    return context.slice(place);
  }
}
