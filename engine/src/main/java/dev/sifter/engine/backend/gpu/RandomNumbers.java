package dev.sifter.engine.backend.gpu;

import dev.sifter.engine.random.RandomStream;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.library.Dropout;
import java.lang.foreign.MemorySegment;

/**
 * Seed and first random stream of the pass that is being computed, in device memory: uploaded once
 * a pass, so that a launch that draws random numbers is the same in every step.
 */
final class RandomNumbers {
  private final GpuContext context;
  private Tensor place;
  private long seed;
  private long first;

  RandomNumbers(GpuContext context) {
    this.context = context;
  }

  /** Where a kernel finds the seed and the first stream of this stream's pass. */
  DeviceSlice of(RandomStream stream) {
    if (place == null || seed != stream.seed() || first != stream.first()) {
      seed = stream.seed();
      first = stream.first();
      if (place == null) {
        place = context.place(DType.I32, Shape.of(Dropout.RANDOM_BYTES / Integer.BYTES));
      }
      context.upload(MemorySegment.ofArray(new long[] {seed, first}), place);
    }
    return context.slice(place);
  }
}
