package dev.sifter.engine.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sifter.engine.autograd.Parameter;
import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.backend.reference.ReferenceBackend;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.ops.contract.HostValues;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

class UniformNoiseTest {
  private static final int ROWS = 300;
  private static final int WIDTH = 100;
  private static final float MAGNITUDE = 0.5f;

  /** The mean of n uniforms in [−m, m] has deviation m/√(3n); their square has mean m²/3. */
  @Test
  void theNoiseIsUniformAndTheGradientPassesThrough() {
    try (ReferenceBackend backend = new ReferenceBackend();
        TensorArena arena = backend.newArena("test")) {
      double[] noise = noise(backend, arena, Tape.recording(backend, arena, 1, 5));
      double sigma = MAGNITUDE / Math.sqrt(3.0 * noise.length);
      assertThat(DoubleStream.of(noise).average().orElseThrow()).isEqualTo(0, within(4 * sigma));
      assertThat(DoubleStream.of(noise).map(u -> u * u).average().orElseThrow())
          .isEqualTo(MAGNITUDE * MAGNITUDE / 3, within(4 * sigma * MAGNITUDE));
      assertThat(DoubleStream.of(noise).map(Math::abs).max().orElseThrow())
          .isBetween(0.999 * MAGNITUDE, (double) MAGNITUDE);
    }
  }

  @Test
  void theStreamDecidesTheNoise() {
    try (ReferenceBackend backend = new ReferenceBackend();
        TensorArena arena = backend.newArena("test")) {
      double[] first = noise(backend, arena, Tape.recording(backend, arena, 1, 5));
      assertThat(noise(backend, arena, Tape.recording(backend, arena, 1, 5))).isEqualTo(first);
      assertThat(noise(backend, arena, Tape.recording(backend, arena, 1, 6))).isNotEqualTo(first);
    }
  }

  @Test
  void thereIsNoneOutsideTraining() {
    try (ReferenceBackend backend = new ReferenceBackend();
        TensorArena arena = backend.newArena("test")) {
      Tape tape = Tape.inference(backend, arena);
      Variable x = Variable.constant(tape.allocate(DType.F32, Shape.of(2, 2)));
      assertThat(UniformNoise.apply(tape, x, MAGNITUDE)).isSameAs(x);
    }
  }

  /** Noise over zeros, after checking that a gradient of ones comes back as ones. */
  private static double[] noise(ReferenceBackend backend, TensorArena arena, Tape tape) {
    Tensor zeros = tape.allocate(DType.F32, Shape.of(ROWS, WIDTH));
    backend.pointwise().fill(zeros, 0);
    Tensor gradient = tape.allocate(DType.F32, zeros.shape());
    Parameter x = Parameter.trainable("x", zeros, gradient);
    try (Variable noisy = UniformNoise.apply(tape, x, MAGNITUDE)) {
      double[] values = HostValues.download(backend, noisy.value());
      tape.backward(noisy);
      assertThat(HostValues.download(backend, gradient)).containsOnly(1);
      return values;
    }
  }
}
