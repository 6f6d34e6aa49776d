package dev.sifter.engine.backend.reference;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sifter.engine.backend.NormKernels;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

/** Sums over many rows are rounded once, as all that the other backends are measured against. */
class ReferenceNormTest {
  private static final int ROWS = 10_000;
  private static final int WIDTH = 2;
  private static final float DY = 0.1f;
  private static final float SCALE = 0.3f;

  private final ReferenceBackend backend = new ReferenceBackend();
  private final NormKernels norm = backend.norm();

  @Test
  void theGradientOfAnRmsNormsWeightIsRoundedOnce() {
    try (TensorArena arena = backend.newArena("test")) {
      Tensor dWeight = filled(arena, 0.7f, WIDTH);
      norm.rmsNormBackward(
          filled(arena, DY, ROWS, WIDTH),
          filled(arena, 1, ROWS, WIDTH),
          filled(arena, 1, WIDTH),
          0,
          filled(arena, SCALE, ROWS),
          false,
          filled(arena, 0, ROWS, WIDTH),
          dWeight);
      assertThat(floats(dWeight)).containsOnly(sum(0.7f, (double) DY * SCALE));
    }
  }

  @Test
  void theGradientsOfALayerNormAreRoundedOnce() {
    try (TensorArena arena = backend.newArena("test")) {
      Tensor dWeight = filled(arena, 0, WIDTH);
      Tensor dBias = filled(arena, 0.7f, WIDTH);
      norm.layerNormBackward(
          filled(arena, DY, ROWS, WIDTH),
          filled(arena, 3, ROWS, WIDTH),
          filled(arena, 1, WIDTH),
          0,
          filled(arena, 2, ROWS),
          filled(arena, SCALE, ROWS),
          false,
          filled(arena, 0, ROWS, WIDTH),
          dWeight,
          dBias);
      assertThat(floats(dWeight)).containsOnly(sum(0, (double) DY * SCALE));
      assertThat(floats(dBias)).containsOnly(sum(0.7f, DY));
    }
  }

  private static float sum(float before, double term) {
    double sum = 0;
    for (int row = 0; row < ROWS; row++) {
      sum += term;
    }
    return (float) (before + sum);
  }

  private Tensor filled(TensorArena arena, float value, long... dims) {
    Tensor tensor = arena.allocate(DType.F32, Shape.of(dims));
    backend.pointwise().fill(tensor, value);
    return tensor;
  }

  private float[] floats(Tensor tensor) {
    float[] values = new float[(int) tensor.elements()];
    backend.download(tensor, MemorySegment.ofArray(values));
    return values;
  }
}
