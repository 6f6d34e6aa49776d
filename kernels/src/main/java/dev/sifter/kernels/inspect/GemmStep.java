package dev.sifter.kernels.inspect;

import dev.sifter.kernels.library.Array;
import dev.sifter.kernels.library.GemmBlocked;
import dev.sifter.kernels.library.GemmNaive;
import dev.sifter.kernels.library.GemmShape;
import dev.sifter.kernels.library.GemmTensorCore;
import dev.sifter.kernels.library.GemmTiled;
import dev.sifter.kernels.library.Launch;
import dev.sifter.kernels.library.catalog.KernelTrial;
import dev.sifter.kernels.library.catalog.Trial;
import dev.sifter.kernels.ptx.ElementType;
import java.util.List;

/** The steps from a naive matrix product to tensor cores, all on one shape: C = A·Bᵀ. */
public enum GemmStep {
  /** A thread an element of C. */
  NAIVE(ElementType.F32),
  /** Tiles in shared memory. */
  TILED(ElementType.F32),
  /** Blocks of C in registers. */
  BLOCKED(ElementType.F32),
  /** Tensor cores. */
  TENSOR_CORE(ElementType.BF16);

  /** Rows and columns of C that a block of the last two steps does. */
  private static final int TILE = 128;

  private final ElementType type;

  GemmStep(ElementType type) {
    this.type = type;
  }

  /** Of the operands; C is fp32. */
  public ElementType type() {
    return type;
  }

  /** Its class's name. */
  public String kernel() {
    return switch (this) {
      case NAIVE -> GemmNaive.class.getSimpleName();
      case TILED -> GemmTiled.class.getSimpleName();
      case BLOCKED -> GemmBlocked.class.getSimpleName();
      case TENSOR_CORE -> GemmTensorCore.class.getSimpleName();
    };
  }

  /** A product of square matrices, to be counted or timed; nothing is compared. */
  public KernelTrial trial(int size) {
    GemmShape shape = GemmShape.dense(size, size, size, false, true);
    long elements = (long) size * size;
    return new KernelTrial(
        "%s, %d×%d×%d".formatted(type, size, size, size),
        memory -> {
          Array a = memory.normal(type, elements).array();
          Array b = memory.normal(type, elements).array();
          Array c = memory.output(ElementType.F32, elements).array();
          return new Trial(launches(shape, a, b, c))
              .work(elements * (2L * type.bytes() + Float.BYTES), 2.0 * elements * size);
        });
  }

  private List<Launch> launches(GemmShape shape, Array a, Array b, Array c) {
    return switch (this) {
      case NAIVE -> GemmNaive.launches(shape, a, b, 1, 0, c);
      case TILED -> GemmTiled.launches(shape, a, b, 1, 0, c);
      case BLOCKED -> GemmBlocked.launches(shape, TILE, a, b, 1, 0, c);
      case TENSOR_CORE -> GemmTensorCore.launches(shape, TILE, a, b, 1, 0, c);
    };
  }
}
