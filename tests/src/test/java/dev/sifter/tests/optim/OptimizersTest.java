package dev.sifter.tests.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sifter.engine.autograd.Parameter;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.backend.GradientScale;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.ops.contract.HostValues;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.model.Json;
import dev.sifter.tests.TestBackends;
import dev.sifter.train.optim.AdamWConfig;
import dev.sifter.train.optim.GradientClipping;
import dev.sifter.train.optim.Optimizer;
import dev.sifter.train.optim.Optimizers;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Update rules beside AdamW: against PyTorch's and transformers', and against AdamW in fp32. */
class OptimizersTest {
  private static final GradientScale UNCLIPPED = new GradientScale.Known(1, 1);
  private static final GradientScale HALF = new GradientScale.Known(1, 0.5);

  /** Six steps of fp32 arithmetic on numbers of order 1, up to five products of matrices each. */
  private static final double TOLERANCE = 2e-5;

  /** Options that the script gave each rule. */
  private static final Map<String, Double> RATES =
      Map.of("sgd", 0.05, "sgd_momentum", 0.05, "adafactor", 0.01, "muon", 0.02);

  static Stream<Arguments> cases() throws IOException {
    JsonNode cases;
    try (InputStream in = OptimizersTest.class.getResourceAsStream("/optim/optimizers.json")) {
      cases = Json.mapper().readTree(in);
    }
    return TestBackends.names().stream()
        .flatMap(
            backend ->
                StreamSupport.stream(cases.spliterator(), false)
                    .map(golden -> Arguments.of(backend, golden.get("name").asText(), golden)));
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("cases")
  void everyStepIsTheReferences(String backendName, String name, JsonNode golden) {
    try (Backend backend = TestBackends.open(backendName);
        TensorArena arena = backend.newArena("parameters")) {
      List<Parameter> parameters = new ArrayList<>();
      golden
          .get("parameters")
          .properties()
          .forEach(entry -> parameters.add(parameter(backend, arena, entry)));
      AdamWConfig config = new AdamWConfig(0.9, 0.999, 1e-8, 0.1);
      double momentum = name.equals("sgd_momentum") ? 0.9 : 0;
      String rule = name.equals("sgd_momentum") ? "sgd" : name;
      try (Optimizer optimizer = Optimizers.open(rule, backend, parameters, config, momentum)) {
        for (JsonNode step : golden.get("steps")) {
          for (Parameter parameter : parameters) {
            double[] gradient = doubles(step.get("gradients").get(parameter.name()));
            HostValues.upload(backend, gradient, parameter.gradientSlot().tensor());
          }
          optimizer.step(RATES.get(name), UNCLIPPED);
          optimizer.zeroGradients();
          for (Parameter parameter : parameters) {
            assertThat(HostValues.download(backend, parameter.value()))
                .as(parameter.name())
                .containsExactly(
                    doubles(step.get("values").get(parameter.name())), within(TOLERANCE));
          }
        }
      }
    }
  }

  /**
   * 8-bit moments change the way that the parameters go in ten steps by less than a hundredth of
   * it. Fewer than 4,096 elements keep fp32 moments, which leaves the decay after the step instead
   * of before it, up to lr · wd of the way. Gradients are clipped by other factors at each step, as
   * in a run.
   */
  @ParameterizedTest
  @CsvSource({
    "adamw_torch, adamw_8bit, 5000, 1e-2", // 19.5 blocks
    "paged_adamw_32bit, paged_adamw_8bit, 5000, 1e-2",
    "adamw_torch, adamw_8bit, 4095, 6e-4"
  })
  void eightBitMomentsFollowAdamW(
      String wideRule, String narrowRule, int elements, double tolerance) {
    try (Backend backend = TestBackends.open(TestBackends.fastest());
        TensorArena arena = backend.newArena("parameters")) {
      Random random = new Random(1);
      Parameter wide = fresh(backend, arena, "w.weight", elements, new Random(2));
      Parameter narrow = fresh(backend, arena, "w.weight", elements, new Random(2));
      double[] start = HostValues.download(backend, wide.value());
      AdamWConfig config = new AdamWConfig(0.9, 0.999, 1e-2, 0.5);
      try (Optimizer exact = Optimizers.open(wideRule, backend, List.of(wide), config, 0);
          Optimizer rounded = Optimizers.open(narrowRule, backend, List.of(narrow), config, 0)) {
        for (int step = 0; step < 10; step++) {
          double[] gradient = random.doubles(elements, -1, 1).toArray();
          for (Parameter parameter : List.of(wide, narrow)) {
            HostValues.upload(backend, gradient, parameter.gradientSlot().tensor());
          }
          GradientScale scale = new GradientScale.Known(1, 1.0 / (1 + step % 3));
          exact.step(1e-3, scale);
          rounded.step(1e-3, scale);
        }
        if (elements > 4096) {
          assertThat(bytes(rounded)).isLessThan(bytes(exact) * 27 / 100);
        }
      }
      double[] expected = HostValues.download(backend, wide.value());
      double[] actual = HostValues.download(backend, narrow.value());
      double difference = 0;
      double way = 0;
      for (int i = 0; i < elements; i++) {
        difference += (actual[i] - expected[i]) * (actual[i] - expected[i]);
        way += (expected[i] - start[i]) * (expected[i] - start[i]);
      }
      assertThat(Math.sqrt(difference / way)).isPositive().isLessThan(tolerance);
    }
  }

  static Stream<Arguments> rulesOnDevices() {
    return TestBackends.withGpu().stream()
        .flatMap(device -> Optimizers.NAMES.stream().map(rule -> Arguments.of(device, rule)));
  }

  /** A device does not know of the infinity when it is told to update. */
  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("rulesOnDevices")
  void aGradientThatIsNotFiniteChangesNothing(String device, String rule) {
    try (Backend backend = TestBackends.open(device);
        TensorArena arena = backend.newArena("parameters")) {
      Parameter good = fresh(backend, arena, "good.weight", 5000, new Random(1));
      Parameter bad = fresh(backend, arena, "bad.weight", 3, new Random(2));
      List<Parameter> both = List.of(good, bad);
      HostValues.upload(backend, new double[5000], good.gradientSlot().tensor());
      double[] infinite = {1, Double.POSITIVE_INFINITY, 1};
      HostValues.upload(backend, infinite, bad.gradientSlot().tensor());
      double[] before = HostValues.download(backend, good.value());
      try (Optimizer optimizer = Optimizers.open(rule, backend, both, AdamWConfig.DEFAULT, 0.9)) {
        GradientScale scale = GradientClipping.measure(backend, both, 1);
        optimizer.step(0.1, scale);
        assertThat(scale.isFinite()).isFalse();
        assertThat(HostValues.download(backend, good.value())).containsExactly(before);
        optimizer.state().stream()
            .flatMap(state -> state.tensors().values().stream())
            .filter(tensor -> tensor.dtype() == DType.F32)
            .forEach(tensor -> assertThat(HostValues.download(backend, tensor)).containsOnly(0));
      }
    }
  }

  static List<String> rules() {
    return Optimizers.NAMES;
  }

  @ParameterizedTest
  @MethodSource("rules")
  void aParameterCanHaveARateOfItsOwn(String rule) {
    try (Backend backend = TestBackends.open(TestBackends.fastest());
        TensorArena arena = backend.newArena("parameters")) {
      Parameter slow = fresh(backend, arena, "lora_A", 3, new Random(1));
      Parameter fast = fresh(backend, arena, "lora_B", 3, new Random(1));
      AdamWConfig config = AdamWConfig.DEFAULT;
      List<Parameter> both = List.of(slow, fast);
      double[] before = HostValues.download(backend, slow.value());
      try (Optimizer optimizer = Optimizers.open(rule, backend, both, config, 0)) {
        optimizer.rateFactors(parameter -> parameter == fast ? 4 : 1);
        for (Parameter parameter : both) {
          HostValues.upload(backend, new double[] {1, 2, -1}, parameter.gradientSlot().tensor());
        }
        optimizer.step(0.25, UNCLIPPED);
      }
      double[] a = HostValues.download(backend, slow.value());
      double[] b = HostValues.download(backend, fast.value());
      for (int i = 0; i < before.length; i++) {
        assertThat(before[i] - b[i]).isCloseTo(4 * (before[i] - a[i]), within(1e-6));
      }
    }
  }

  private static long bytes(Optimizer optimizer) {
    return optimizer.state().stream()
        .flatMap(state -> state.tensors().values().stream())
        .mapToLong(Tensor::byteSize)
        .sum();
  }

  private static Parameter fresh(
      Backend backend, TensorArena arena, String name, int elements, Random random) {
    double[] values = random.doubles(elements, -1, 1).toArray();
    return parameter(backend, arena, name, Shape.of(elements), values);
  }

  private static Parameter parameter(
      Backend backend, TensorArena arena, Map.Entry<String, JsonNode> entry) {
    long[] dims =
        StreamSupport.stream(entry.getValue().get("shape").spliterator(), false)
            .mapToLong(JsonNode::asLong)
            .toArray();
    double[] values = doubles(entry.getValue().get("values"));
    return parameter(backend, arena, entry.getKey(), Shape.of(dims), values);
  }

  private static Parameter parameter(
      Backend backend, TensorArena arena, String name, Shape shape, double[] values) {
    Tensor value = arena.allocate(DType.F32, shape);
    HostValues.upload(backend, values, value);
    return Parameter.trainable(name, value, arena.allocate(DType.F32, shape));
  }

  private static double[] doubles(JsonNode array) {
    double[] values = new double[array.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = array.get(i).asDouble();
    }
    return values;
  }
}
