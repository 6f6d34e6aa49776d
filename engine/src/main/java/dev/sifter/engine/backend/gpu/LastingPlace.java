package dev.sifter.engine.backend.gpu;

import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;

/**
 * A place on the device for numbers whose count changes from step to step: the same memory as long
 * as it is large enough, so that launches of equal counts are equal. It grows at least twofold, so
 * that all that it gave up is no larger than what it has.
 */
final class LastingPlace {
  private final GpuContext context;
  private final DType dtype;
  private Tensor all;

  LastingPlace(GpuContext context, DType dtype) {
    this.context = context;
    this.dtype = dtype;
  }

  /** Whether so many elements come where the last ones were. */
  boolean fits(int elements) {
    return all != null && all.elements() >= elements;
  }

  /** Its first elements. */
  Tensor first(int elements) {
    if (!fits(elements)) {
      long before = all == null ? 0 : all.elements();
      all = context.place(dtype, Shape.of(Math.max(elements, 2 * before)));
    }
    return GpuContext.part(all, 0, elements);
  }
}
