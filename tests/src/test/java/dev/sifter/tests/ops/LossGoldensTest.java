package dev.sifter.tests.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sifter.engine.autograd.Parameter;
import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.backend.TokenLoss;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.ops.LinearCrossEntropy;
import dev.sifter.engine.ops.LinearCrossEntropy.Loss;
import dev.sifter.engine.ops.LogitSum;
import dev.sifter.engine.ops.LogitSum.Term;
import dev.sifter.engine.ops.contract.HostValues;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.tests.Closeness;
import dev.sifter.tests.GoldenTensors;
import dev.sifter.tests.Goldens;
import dev.sifter.tests.TestBackends;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The loss, its entropy and its gradients against TRL's, of the same hidden states and head. */
class LossGoldensTest {
  private static final int IGNORED = -100;

  /** Loss of the reference in fp32: 5e-7 from double; the gradients are of order 1e-1. */
  private static final double LOSS_TOLERANCE = 2e-6;

  private static final double GRADIENT_TOLERANCE = 2e-6;

  static Stream<Arguments> cases() {
    return TestBackends.withGpu().stream()
        .flatMap(
            name ->
                Stream.of(
                    Arguments.of(name, "chunked", 11),
                    Arguments.of(name, "chunked_num_items_40", 40)));
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("cases")
  void lossEntropyAndGradientsAreTrls(String name, String golden, int items) throws IOException {
    JsonNode expected = expected(golden);
    try (GoldenTensors tensors =
            GoldenTensors.open(Goldens.golden("train/units/losses.safetensors"));
        Backend backend = TestBackends.open(name);
        TensorArena arena = backend.newArena("golden")) {
      Parameter hidden = parameter(backend, arena, tensors, "hidden");
      Parameter head = parameter(backend, arena, tensors, "lm_head");
      int[] labels = tensors.ints("labels");
      int length = (int) tensors.shape("labels")[1];
      int[] rows = labelled(labels, length);
      int[] targets = Arrays.stream(rows).map(t -> labels[t + 1]).toArray();
      Tape tape = Tape.recording(backend, arena, 0, 0);
      Loss loss =
          LinearCrossEntropy.apply(
              tape,
              new LogitSum(List.of(new Term(hidden, head, 1)), 0),
              TokenLoss.NLL,
              rows,
              targets,
              1f / items);
      assertThat(rows).hasSize(expected.get("valid").asInt());
      assertThat(loss.sum() / items)
          .isEqualTo(expected.get("own_f64").asDouble(), within(LOSS_TOLERANCE));
      assertThat(DoubleStream.of(loss.rowEntropy()).sum())
          .isEqualTo(expected.get("entropy_sum").asDouble(), within(1e-5));
      tape.backward(loss.total());
      check(backend, tensors, golden + ".grad_hidden", hidden);
      check(backend, tensors, golden + ".grad_lm_head", head);
    }
  }

  static Stream<Arguments> forms() {
    return TestBackends.names().stream()
        .flatMap(
            name ->
                Stream.of(
                    Arguments.of(name, "nll_mean", TokenLoss.NLL, 11),
                    Arguments.of(name, "nll_num_items_40", TokenLoss.NLL, 40),
                    Arguments.of(name, "label_smoothing_0.1", new TokenLoss(0.1f, false), 11),
                    Arguments.of(
                        name, "label_smoothing_0.1_num_items_40", new TokenLoss(0.1f, false), 40),
                    Arguments.of(name, "label_smoothing_0.3", new TokenLoss(0.3f, false), 11),
                    Arguments.of(
                        name, "label_smoothing_0.3_num_items_40", new TokenLoss(0.3f, false), 40),
                    Arguments.of(name, "dft", new TokenLoss(0, true), 11),
                    Arguments.of(name, "dft_num_items_40", new TokenLoss(0, true), 40)));
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("forms")
  void otherLossesAreTransformersAndTrls(String name, String golden, TokenLoss form, int items)
      throws IOException {
    try (GoldenTensors tensors =
            GoldenTensors.open(Goldens.golden("train/units/losses.safetensors"));
        Backend backend = TestBackends.open(name);
        TensorArena arena = backend.newArena("golden")) {
      int[] labels = tensors.ints("labels");
      int length = (int) tensors.shape("labels")[1];
      int[] rows = labelled(labels, length);
      Tape tape = Tape.recording(backend, arena, 0, 0);
      Tensor logits = parameter(backend, arena, tensors, "logits").value();
      Tensor chosen = tape.allocate(DType.F32, Shape.of(rows.length, logits.width()));
      Tensor rowIds = tape.upload(rows);
      backend.rows().gather(logits, rowIds, 1, chosen);
      Tensor losses = tape.allocate(DType.F32, Shape.of(rows.length));
      Tensor targets = tape.upload(Arrays.stream(rows).map(t -> labels[t + 1]).toArray());
      backend.loss().crossEntropy(form, chosen, targets, 1f / items, losses, null, null);
      assertThat(DoubleStream.of(HostValues.download(backend, losses)).sum() / items)
          .isEqualTo(expected(golden).get("own_f64").asDouble(), within(LOSS_TOLERANCE));
      backend.pointwise().fill(logits, 0);
      backend.rows().scatterAdd(chosen, rowIds, 1, logits);
      Closeness.assertClose(
          golden,
          floats(HostValues.download(backend, logits)),
          tensors.floats(golden + ".grad_logits"),
          GRADIENT_TOLERANCE,
          0);
    }
  }

  /** Row t predicts the label of t + 1, in its own sequence. */
  private static int[] labelled(int[] labels, int length) {
    return IntStream.range(0, labels.length)
        .filter(t -> t % length < length - 1 && labels[t + 1] != IGNORED)
        .toArray();
  }

  private static float[] floats(double[] wide) {
    float[] narrow = new float[wide.length];
    for (int i = 0; i < wide.length; i++) {
      narrow[i] = (float) wide[i];
    }
    return narrow;
  }

  private static JsonNode expected(String name) throws IOException {
    JsonNode cases =
        new ObjectMapper()
            .readTree(Goldens.golden("train/units/losses.json").toFile())
            .get("cases");
    for (JsonNode node : cases) {
      if (node.get("name").asText().equals(name)) {
        return node;
      }
    }
    throw new IllegalStateException("no case " + name);
  }

  private static Parameter parameter(
      Backend backend, TensorArena arena, GoldenTensors tensors, String name) {
    long[] dims = tensors.shape(name);
    float[] values = tensors.floats(name);
    Shape shape = Shape.of(values.length / dims[dims.length - 1], dims[dims.length - 1]);
    Tensor value = arena.allocate(DType.F32, shape);
    double[] wide = new double[values.length];
    Arrays.setAll(wide, i -> values[i]);
    HostValues.upload(backend, wide, value);
    return Parameter.trainable(name, value, arena.allocate(DType.F32, shape));
  }

  private static void check(
      Backend backend, GoldenTensors tensors, String name, Parameter parameter) {
    float[] actual = floats(HostValues.download(backend, parameter.gradientTensor()));
    Closeness.assertClose(name, actual, tensors.floats(name), GRADIENT_TOLERANCE, 0);
  }
}
