package dev.sifter.tests.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sifter.engine.backend.ActivationKind;
import dev.sifter.engine.backend.AdamWStep;
import dev.sifter.engine.backend.AdamWUpdate;
import dev.sifter.engine.backend.AttentionSpec;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.backend.GradientScale;
import dev.sifter.engine.backend.Segments;
import dev.sifter.engine.backend.TokenLoss;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.ops.contract.HostValues;
import dev.sifter.engine.random.RandomStream;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.tests.TestBackends;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Kernels refuse arguments that do not fit, with their shapes, before they write anything. */
class KernelArgumentsTest {
  private static final double UNTOUCHED = 42;
  private static final AttentionSpec SPEC = new AttentionSpec(2, 1, 4, 0.5f, 0, 0);
  private static final AdamWStep STEP = new AdamWStep(1e-3, 0.9, 0.999, 1e-8, 0, 1);

  /** Tensors of 42s, all of which must still be 42 afterwards. */
  private static final class Operands {
    private final Backend backend;
    private final TensorArena arena;
    private final List<Tensor> tensors = new ArrayList<>();

    Operands(Backend backend, TensorArena arena) {
      this.backend = backend;
      this.arena = arena;
    }

    Tensor f(long... dims) {
      return tensor(DType.F32, UNTOUCHED, dims);
    }

    Tensor ids(int value, long... dims) {
      return tensor(DType.I32, value, dims);
    }

    private Tensor tensor(DType dtype, double value, long... dims) {
      Tensor tensor = arena.allocate(dtype, Shape.of(dims));
      double[] values = new double[Math.toIntExact(tensor.elements())];
      Arrays.fill(values, value);
      HostValues.upload(backend, values, tensor);
      if (dtype == DType.F32) {
        tensors.add(tensor);
      }
      return tensor;
    }

    void assertUntouched(String call) {
      for (Tensor tensor : tensors) {
        assertThat(HostValues.download(backend, tensor)).as(call).containsOnly(UNTOUCHED);
      }
    }
  }

  @FunctionalInterface
  private interface Call {
    void run(Backend b, Operands in);
  }

  static Stream<String> backends() {
    return TestBackends.withGpu().stream();
  }

  @ParameterizedTest
  @MethodSource("backends")
  void shapesThatDoNotFitAreNamed(String name) {
    wrongShapes()
        .forEach((what, call) -> refuses(name, what, call, IllegalArgumentException.class, "3"));
  }

  @ParameterizedTest
  @MethodSource("backends")
  void numbersOutOfRangeAreNamed(String name) {
    outOfRange()
        .forEach((what, call) -> refuses(name, what, call, IndexOutOfBoundsException.class, "7"));
  }

  /** Every wrong operand has an extent of 3 where no right one does. */
  private static void refuses(
      String name, String what, Call call, Class<? extends Throwable> type, String named) {
    try (Backend backend = TestBackends.open(name);
        TensorArena arena = backend.newArena("operands")) {
      Operands operands = new Operands(backend, arena);
      assertThatThrownBy(() -> call.run(backend, operands))
          .as(what)
          .isInstanceOf(type)
          .hasMessageContaining(named);
      operands.assertUntouched(what);
    }
  }

  private static Map<String, Call> wrongShapes() {
    Map<String, Call> calls = new LinkedHashMap<>();
    calls.put(
        "matmul terms",
        (b, in) -> b.linear().matmul(in.f(2, 4), false, in.f(5, 3), true, 1, 0, in.f(2, 5)));
    calls.put(
        "matmul result",
        (b, in) -> b.linear().matmul(in.f(2, 4), false, in.f(5, 4), true, 1, 0, in.f(2, 3)));
    calls.put("bias", (b, in) -> b.linear().addBias(in.f(2, 4), in.f(3)));
    calls.put("bias gradient", (b, in) -> b.linear().biasBackward(in.f(2, 4), false, in.f(3)));
    calls.put("add", (b, in) -> b.pointwise().add(in.f(4), in.f(4), in.f(3)));
    calls.put("scale", (b, in) -> b.pointwise().scale(in.f(4), 2, in.f(3)));
    calls.put("cast", (b, in) -> b.pointwise().cast(in.f(4), in.f(3)));
    calls.put(
        "activation", (b, in) -> b.pointwise().activation(ActivationKind.SILU, in.f(4), in.f(3)));
    calls.put(
        "gated", (b, in) -> b.pointwise().gated(ActivationKind.SILU, in.f(4), in.f(3), in.f(4)));
    calls.put(
        "dropout",
        (b, in) -> b.pointwise().dropout(in.f(4), 0.5f, new RandomStream(1, 1), false, in.f(3)));
    calls.put(
        "RMSNorm weight",
        (b, in) -> b.norm().rmsNorm(in.f(2, 4), in.f(3), 1e-5f, 0, in.f(2, 4), in.f(2)));
    calls.put(
        "RMSNorm statistics",
        (b, in) -> b.norm().rmsNorm(in.f(2, 4), in.f(4), 1e-5f, 0, in.f(2, 4), in.f(3)));
    calls.put(
        "LayerNorm bias",
        (b, in) ->
            b.norm()
                .layerNorm(in.f(2, 4), in.f(4), in.f(3), 1e-5f, 0, in.f(2, 4), in.f(2), in.f(2)));
    calls.put("gather", (b, in) -> b.rows().gather(in.f(5, 4), in.ids(0, 2), 1, in.f(3, 4)));
    calls.put("scatter", (b, in) -> b.rows().scatter(in.f(2, 3), in.ids(0, 2), in.f(5, 4)));
    calls.put(
        "scatter-add", (b, in) -> b.rows().scatterAdd(in.f(2, 3), in.ids(0, 2), 1, in.f(5, 4)));
    calls.put(
        "cross-entropy",
        (b, in) ->
            b.loss()
                .crossEntropy(
                    TokenLoss.NLL, in.f(2, 4), in.ids(0, 3), 1, in.f(2), in.f(2), in.ids(0, 2)));
    calls.put(
        "AdamW",
        (b, in) ->
            b.optimizer()
                .adamW(
                    List.of(new AdamWUpdate(STEP, in.f(4), in.f(4), in.f(3), in.f(4))),
                    new GradientScale.Known(1, 1)));
    calls.put(
        "RoPE table",
        (b, in) ->
            b.attention()
                .rope(
                    in.f(2, 4),
                    4,
                    false,
                    in.f(9, 3),
                    in.f(9, 3),
                    in.ids(0, 2),
                    false,
                    false,
                    in.f(2, 4)));
    calls.put(
        "attention keys",
        (b, in) ->
            b.attention()
                .attention(
                    SPEC,
                    Segments.packed(2),
                    null,
                    in.f(2, 8),
                    in.f(2, 3),
                    in.f(2, 3),
                    in.f(2, 8),
                    in.f(2, 2)));
    calls.put(
        "attention rows",
        (b, in) ->
            b.attention()
                .attention(
                    SPEC,
                    Segments.packed(3),
                    null,
                    in.f(2, 8),
                    in.f(2, 4),
                    in.f(2, 4),
                    in.f(2, 8),
                    in.f(2, 2)));
    return calls;
  }

  private static Map<String, Call> outOfRange() {
    Map<String, Call> calls = new LinkedHashMap<>();
    calls.put(
        "row behind the table",
        (b, in) -> b.rows().gather(in.f(7, 4), in.ids(7, 2), 1, in.f(2, 4)));
    calls.put(
        "negative row", (b, in) -> b.rows().scatterAdd(in.f(2, 4), in.ids(-7, 2), 1, in.f(5, 4)));
    calls.put(
        "row behind the cache", (b, in) -> b.rows().scatter(in.f(2, 4), in.ids(7, 2), in.f(7, 4)));
    calls.put(
        "label behind the vocabulary",
        (b, in) ->
            b.loss()
                .crossEntropy(
                    TokenLoss.NLL, in.f(2, 7), in.ids(7, 2), 1, in.f(2), in.f(2), in.ids(0, 2)));
    calls.put(
        "position behind the table",
        (b, in) ->
            b.attention()
                .rope(
                    in.f(2, 4),
                    4,
                    false,
                    in.f(7, 2),
                    in.f(7, 2),
                    in.ids(7, 2),
                    false,
                    false,
                    in.f(2, 4)));
    return calls;
  }
}
