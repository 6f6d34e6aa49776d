package dev.sifter.tests.ops;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sifter.engine.backend.ActivationKind;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.tests.TestBackends;
import java.lang.foreign.MemorySegment;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Values and slopes where a choice is made: at the bounds, at infinity, of NaN. The numbers are
 * what PyTorch 2.13 gives for {@code relu}, {@code relu ** 2} and {@code clamp(-1, 1)}.
 */
class ActivationEdgesTest {
  private static final float NAN = Float.NaN;
  private static final float INFINITY = Float.POSITIVE_INFINITY;
  private static final float[] X = {NAN, -INFINITY, -2, -1, -0.5f, 0, 0.5f, 1, 2, INFINITY};

  static Stream<String> backends() {
    return TestBackends.withGpu().stream();
  }

  @ParameterizedTest
  @MethodSource("backends")
  void areThoseOfPyTorch(String name) {
    try (Backend backend = TestBackends.open(name);
        TensorArena arena = backend.newArena("activations")) {
      check(
          backend,
          arena,
          ActivationKind.RELU,
          new float[] {NAN, 0, 0, 0, 0, 0, 0.5f, 1, 2, INFINITY},
          new float[] {1, 0, 0, 0, 0, 0, 1, 1, 1, 1});
      check(
          backend,
          arena,
          ActivationKind.RELU_SQUARED,
          new float[] {NAN, 0, 0, 0, 0, 0, 0.25f, 1, 4, INFINITY},
          new float[] {NAN, 0, 0, 0, 0, 0, 1, 2, 4, INFINITY});
      check(
          backend,
          arena,
          ActivationKind.HARD_TANH,
          new float[] {NAN, -1, -1, -1, -0.5f, 0, 0.5f, 1, 1, 1},
          new float[] {0, 0, 0, 1, 1, 1, 1, 1, 0, 0});
    }
  }

  private static void check(
      Backend backend, TensorArena arena, ActivationKind kind, float[] values, float[] slopes) {
    Tensor x = arena.allocate(DType.F32, Shape.of(X.length));
    Tensor y = arena.allocate(DType.F32, Shape.of(X.length));
    backend.upload(MemorySegment.ofArray(X), x);
    backend.pointwise().activation(kind, x, y);
    assertThat(read(backend, y)).as("values of " + kind).containsExactly(values);
    backend.pointwise().fill(y, 1);
    backend.pointwise().activationBackward(kind, y, x, false, y);
    assertThat(read(backend, y)).as("slopes of " + kind).containsExactly(slopes);
  }

  private static float[] read(Backend backend, Tensor tensor) {
    float[] values = new float[X.length];
    backend.download(tensor, MemorySegment.ofArray(values));
    return values;
  }
}
