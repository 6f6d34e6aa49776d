package dev.sifter.train.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.sifter.engine.autograd.Parameter;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.backend.GradientScale;
import dev.sifter.engine.backend.reference.ReferenceBackend;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AdamWTest {
  private final Backend backend = new ReferenceBackend();
  private final TensorArena arena = backend.newArena("parameters");

  @AfterEach
  void nothingIsLeft() {
    arena.close();
    backend.ledger().assertEmpty();
    backend.close();
  }

  private Parameter parameter(String name, double... values) {
    Shape shape = Shape.of(values.length);
    Parameter parameter =
        Parameter.trainable(
            name, arena.allocate(DType.F64, shape), arena.allocate(DType.F64, shape));
    backend.upload(MemorySegment.ofArray(values), parameter.value());
    return parameter;
  }

  private void setGradient(Parameter parameter, double... values) {
    parameter.zeroGradient();
    backend.upload(MemorySegment.ofArray(values), parameter.gradientSlot().tensor());
  }

  private static double[] values(Parameter parameter) {
    return parameter.value().segment().toArray(ValueLayout.JAVA_DOUBLE_UNALIGNED);
  }

  @Test
  void theFirstStepMovesByTheLearningRate() {
    Parameter weight = parameter("w.weight", 1, -2);
    setGradient(weight, 0.5, -3);
    try (AdamW adamW = new AdamW(backend, List.of(weight), new AdamWConfig(0.9, 0.999, 0, 0.1))) {
      adamW.step(0.01, scale(1));
    }

    // m/(1−β₁) = g and √(v/(1−β₂)) = |g|, so the step is lr·sign(g) after the decay by lr·wd.
    assertThat(values(weight)[0]).isCloseTo(1 - 0.001 - 0.01, within(1e-15));
    assertThat(values(weight)[1]).isCloseTo(-2 + 0.002 + 0.01, within(1e-15));
  }

  @Test
  void biasesDoNotDecayAndAbsentGradientsChangeNothing() {
    Parameter bias = parameter("q_proj.bias", 5);
    Parameter idle = parameter("idle.weight", 7);
    setGradient(bias, 0);
    try (AdamW adamW =
        new AdamW(backend, List.of(bias, idle), new AdamWConfig(0.9, 0.999, 1e-8, 0.5))) {
      adamW.step(0.1, scale(1));

      assertThat(values(bias)).containsExactly(5);
      assertThat(values(idle)).containsExactly(7);
      assertThat(adamW.state()).extracting(Optimizer.State::step).containsExactly(1L, 0L);
      adamW.zeroGradients();
      assertThat(bias.gradientIsZero()).isTrue();
    }
  }

  /** Steps are counted for each parameter, and so a late one begins as the first did. */
  @Test
  void aParameterThatBeginsLaterMovesByTheLearningRate() {
    Parameter early = parameter("early", 0);
    Parameter late = parameter("late", 0);
    AdamWConfig config = new AdamWConfig(0.9, 0.999, 0, 0);
    try (AdamW adamW = new AdamW(backend, List.of(early, late), config)) {
      setGradient(early, 3);
      adamW.step(0.01, scale(1));
      setGradient(late, -2);
      adamW.step(0.01, scale(1));
    }

    assertThat(values(late)[0]).isCloseTo(0.01, within(1e-15));
  }

  @Test
  void aRestoredOptimizerContinuesToTheSameBits() {
    Parameter whole = parameter("w", 1, 2, 3);
    Parameter resumed = parameter("w", 0, 0, 0);
    try (AdamW first = new AdamW(backend, List.of(whole), AdamWConfig.DEFAULT);
        AdamW second = new AdamW(backend, List.of(resumed), AdamWConfig.DEFAULT)) {
      setGradient(whole, 0.3, -0.1, 0.7);
      first.step(0.05, scale(0.5));
      second.restore(first.state());
      backend.upload(whole.value().segment(), resumed.value());
      for (Parameter parameter : List.of(whole, resumed)) {
        setGradient(parameter, -0.2, 0.4, 0.1);
      }
      first.step(0.04, scale(1));
      second.step(0.04, scale(1));
    }

    assertThat(values(resumed)).containsExactly(values(whole));
  }

  @Test
  void refusesTheStateOfAnotherRun() {
    try (AdamW narrow = new AdamW(backend, List.of(parameter("w", 1)), AdamWConfig.DEFAULT);
        AdamW wide = new AdamW(backend, List.of(parameter("w", 1, 2)), AdamWConfig.DEFAULT);
        AdamW other = new AdamW(backend, List.of(parameter("u", 1)), AdamWConfig.DEFAULT)) {
      assertThatThrownBy(() -> narrow.restore(wide.state())).hasMessageContaining("w is F64 [2]");
      assertThatThrownBy(() -> narrow.restore(other.state())).hasMessageContaining("w is not in");
      assertThatThrownBy(
              () -> {
                List<Optimizer.State> more = List.of(narrow.state().get(0), other.state().get(0));
                narrow.restore(more);
              })
          .hasMessageContaining("u is not trained in this run");
    }
  }

  @Test
  void clippingShortensToTheLargestNorm() {
    Parameter a = parameter("a", 0, 0);
    Parameter b = parameter("b", 0);
    Parameter idle = parameter("idle", 0);
    setGradient(a, 3, 0);
    setGradient(b, -4);
    List<Parameter> all = List.of(a, b, idle);

    assertThat(GradientClipping.measure(backend, all, 0)).isEqualTo(new GradientScale.Known(5, 1));
    assertThat(GradientClipping.measure(backend, all, 6).coefficient()).isEqualTo(1);
    assertThat(GradientClipping.measure(backend, all, 1).coefficient())
        .isCloseTo(1 / 5.000001, within(1e-16));
  }

  /** What is measured beside the gradients changes the norm only by being no number. */
  @Test
  void aGuardThatIsNoNumberMakesTheNormNone() {
    Parameter w = parameter("w", 0, 0);
    setGradient(w, 3, -4);
    Tensor zero = parameter("zero", 0).value();
    Tensor none = parameter("none", Double.NaN).value();
    List<Parameter> all = List.of(w);

    assertThat(GradientClipping.measure(backend, all, zero, 1))
        .isEqualTo(GradientClipping.measure(backend, all, 1));
    assertThat(GradientClipping.measure(backend, all, none, 1).isFinite()).isFalse();
  }

  @Test
  void namesGradientsThatAreNoNumbers() {
    Parameter good = parameter("good", 0);
    Parameter bad = parameter("bad", 0);
    setGradient(good, 1);
    setGradient(bad, Double.NaN);
    List<Parameter> all = List.of(good, bad);

    assertThat(GradientClipping.measure(backend, all, 1).isFinite()).isFalse();
    assertThat(GradientClipping.notFinite(backend, all)).containsExactly("bad");
  }

  /** Of gradients whose norm is not finite, nothing is changed. */
  @Test
  void leavesAllAsItIsIfTheNormIsNoNumber() {
    Parameter w = parameter("w", 1, -2);
    setGradient(w, 1, Double.POSITIVE_INFINITY);
    try (AdamW adamW = new AdamW(backend, List.of(w), AdamWConfig.DEFAULT)) {
      adamW.step(0.1, GradientClipping.measure(backend, List.of(w), 1));
      assertThat(values(w)).containsExactly(1, -2);
    }
  }

  private static GradientScale scale(double coefficient) {
    return new GradientScale.Known(1, coefficient);
  }
}
