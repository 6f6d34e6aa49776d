package dev.sifter.tests.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sifter.engine.backend.AdamWStep;
import dev.sifter.engine.backend.AdamWUpdate;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.backend.GradientScale;
import dev.sifter.engine.backend.TokenLoss;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.ops.contract.HostValues;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.tests.Goldens;
import dev.sifter.tests.TestBackends;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Small cases that other projects test their ops with, to the digits that those print. */
class OpGoldensTest {
  static Stream<String> backends() {
    return TestBackends.withGpu().stream();
  }

  /** What a case needs: a backend, and tensors filled from JSON. */
  private record Bench(Backend backend, TensorArena arena, JsonNode golden) {
    JsonNode input(String key) {
      return golden.get("inputs").get(key);
    }

    Tensor tensor(double[] values, long... dims) {
      Tensor tensor = arena.allocate(DType.F32, Shape.of(dims));
      HostValues.upload(backend, values, tensor);
      return tensor;
    }

    Tensor empty(long... dims) {
      return arena.allocate(DType.F32, Shape.of(dims));
    }

    Tensor ids(double... values) {
      Tensor tensor = arena.allocate(DType.I32, Shape.of(values.length));
      HostValues.upload(backend, values, tensor);
      return tensor;
    }

    void check(Tensor actual) {
      check(HostValues.download(backend, actual));
    }

    void check(double[] actual) {
      double tolerance = golden.get("tol").asDouble();
      assertThat(actual).containsExactly(flat(golden.get("expected")), within(tolerance));
    }
  }

  @FunctionalInterface
  private interface Check {
    void run(Bench bench);
  }

  private static void on(String backendName, String golden, Check check) throws IOException {
    JsonNode cases =
        new ObjectMapper().readTree(Goldens.golden("others/op-goldens.json").toFile()).get("cases");
    JsonNode found =
        StreamSupport.stream(cases.spliterator(), false)
            .filter(node -> node.get("name").asText().equals(golden))
            .findFirst()
            .orElseThrow();
    try (Backend backend = TestBackends.open(backendName);
        TensorArena arena = backend.newArena("golden")) {
      check.run(new Bench(backend, arena, found));
    }
  }

  private static double[] flat(JsonNode node) {
    List<Double> values = new ArrayList<>();
    collect(node, values);
    return values.stream().mapToDouble(Double::doubleValue).toArray();
  }

  private static void collect(JsonNode node, List<Double> into) {
    if (node.isArray()) {
      node.forEach(child -> collect(child, into));
    } else {
      into.add(node.asDouble());
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void meanCrossEntropy(String name) throws IOException {
    on(
        name,
        "cross_entropy_mean",
        bench -> {
          Tensor logits = bench.tensor(flat(bench.input("logits")), 3, 5);
          Tensor loss = bench.empty(3);
          Tensor targets = bench.ids(flat(bench.input("targets")));
          bench.backend().loss().crossEntropy(TokenLoss.NLL, logits, targets, 0, loss, null, null);
          double[] losses = HostValues.download(bench.backend(), loss);
          bench.check(new double[] {(losses[0] + losses[1] + losses[2]) / 3});
        });
  }

  @ParameterizedTest
  @MethodSource("backends")
  void equalLogitsOfAnyMagnitudeLoseLogOfTwo(String name) throws IOException {
    on(
        name,
        "cross_entropy_equal_logits_any_magnitude",
        bench -> {
          for (double value : new double[] {1, 1e4, 1e8, 1e20}) {
            Tensor logits = bench.tensor(new double[] {value, value}, 1, 2);
            Tensor loss = bench.empty(1);
            bench
                .backend()
                .loss()
                .crossEntropy(TokenLoss.NLL, logits, bench.ids(0), 0, loss, null, null);
            bench.check(loss);
          }
        });
  }

  /** dlogits = softmax − onehot, so with 1 added at the label they are the probabilities. */
  @ParameterizedTest
  @MethodSource("backends")
  void softmaxIsWhatTheLossGradientHolds(String name) throws IOException {
    on(
        name,
        "softmax_of_log_axis2",
        bench -> {
          double[] x = flat(bench.input("x_before_log"));
          double[] logs = Arrays.stream(x).map(Math::log).toArray();
          Tensor logits = bench.tensor(logs, 4, 3);
          Tensor loss = bench.empty(4);
          bench
              .backend()
              .loss()
              .crossEntropy(TokenLoss.NLL, logits, bench.ids(0, 1, 2, 0), 1, loss, null, null);
          double[] softmax = HostValues.download(bench.backend(), logits);
          int[] labels = {0, 1, 2, 0};
          for (int r = 0; r < 4; r++) {
            softmax[r * 3 + labels[r]] += 1;
          }
          bench.check(softmax);
        });
  }

  @ParameterizedTest
  @MethodSource("backends")
  void rmsNorm(String name) throws IOException {
    on(
        name,
        "rms_norm",
        bench -> {
          Tensor x = bench.tensor(flat(bench.input("x")), 4, 3);
          Tensor weight = bench.tensor(flat(bench.input("weight")), 3);
          Tensor y = bench.empty(4, 3);
          float epsilon = bench.input("eps").floatValue();
          bench.backend().norm().rmsNorm(x, weight, epsilon, 0, y, bench.empty(4));
          bench.check(y);
        });
  }

  @ParameterizedTest
  @MethodSource("backends")
  void layerNorm(String name) throws IOException {
    on(
        name,
        "layer_norm",
        bench -> {
          Tensor x = bench.tensor(flat(bench.input("x")), 3, 3);
          Tensor weight = bench.tensor(flat(bench.input("weight")), 3);
          Tensor bias = bench.tensor(flat(bench.input("bias")), 3);
          Tensor y = bench.empty(3, 3);
          float epsilon = bench.input("eps").floatValue();
          bench
              .backend()
              .norm()
              .layerNorm(x, weight, bias, epsilon, 0, y, bench.empty(3), bench.empty(3));
          bench.check(y);
        });
  }

  /** w0·x0 + w1·x1 + b by squared error, from zeros; the loss is the mean over the points. */
  @ParameterizedTest
  @MethodSource("backends")
  void adamWOnALinearRegression(String name) throws IOException {
    on(
        name,
        "adamw_linear_regression_100_steps",
        bench -> {
          double[] xs = flat(bench.input("xs"));
          double[] ys = flat(bench.input("ys"));
          Tensor parameter = bench.tensor(new double[3], 3);
          Tensor moment1 = bench.tensor(new double[3], 3);
          Tensor moment2 = bench.tensor(new double[3], 3);
          for (int step = 1; step <= 100; step++) {
            double[] gradient = gradient(HostValues.download(bench.backend(), parameter), xs, ys);
            bench
                .backend()
                .optimizer()
                .adamW(
                    List.of(
                        new AdamWUpdate(
                            adamW(bench, step),
                            bench.tensor(gradient, 3),
                            parameter,
                            moment1,
                            moment2)),
                    new GradientScale.Known(1, 1));
          }
          bench.check(parameter);
        });
  }

  private static AdamWStep adamW(Bench bench, int step) {
    return new AdamWStep(
        bench.input("lr").asDouble(),
        bench.input("betas").get(0).asDouble(),
        bench.input("betas").get(1).asDouble(),
        bench.input("eps").asDouble(),
        bench.input("weight_decay").asDouble(),
        step);
  }

  private static double[] gradient(double[] w, double[] xs, double[] ys) {
    double[] gradient = new double[3];
    for (int i = 0; i < ys.length; i++) {
      double error = w[0] * xs[2 * i] + w[1] * xs[2 * i + 1] + w[2] - ys[i];
      gradient[0] += 2 * error * xs[2 * i];
      gradient[1] += 2 * error * xs[2 * i + 1];
      gradient[2] += 2 * error;
    }
    return gradient;
  }
}
