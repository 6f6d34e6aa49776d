package dev.sifter.engine.backend.gpu;

import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.library.TablePlace;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * A table in device memory of the tensors that launches work on. It stays as long as they are the
 * same, so that from the second step on nothing is uploaded; other tensors' comes to the same
 * place.
 */
final class DeviceTable implements TablePlace {
  private final GpuContext context;
  private final LastingPlace place;
  private byte[] there;

  DeviceTable(GpuContext context) {
    this.context = context;
    place = new LastingPlace(context, DType.U8);
  }

  @Override
  public DeviceSlice put(byte[] table) {
    boolean isThere = place.fits(table.length) && Arrays.equals(table, there);
    Tensor inUse = place.first(table.length);
    if (!isThere) {
      context.upload(MemorySegment.ofArray(table), inUse);
      there = table;
    }
    return context.slice(inUse);
  }
}
