package dev.sifter.tests.parity;

import static dev.sifter.tests.Closeness.assertClose;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sifter.engine.autograd.Parameter;
import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.ops.LinearCrossEntropy;
import dev.sifter.engine.tensor.DType;
import dev.sifter.model.config.ModelConfig;
import dev.sifter.model.config.ModelConfigReader;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.ParameterStore;
import dev.sifter.model.weights.WeightFolder;
import dev.sifter.tests.Closeness;
import dev.sifter.tests.GoldenTensors;
import dev.sifter.tests.Goldens;
import dev.sifter.tests.TestBackends;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Logits, loss and gradients of tiny models against transformers in fp32. Tolerances are those of
 * the reference results' own README: five to ten times what transformers' fp32 itself is off its
 * fp64.
 */
class ModelGoldensTest {
  private static final double LOGITS = 2e-5;
  private static final double LOSS = 1e-5;
  private static final double GRADIENTS = 5e-5;
  private static final double GRADIENT_FLOOR = 1e-6;

  private static final List<String> FAMILIES =
      List.of(
          "llama_mha",
          "llama_gqa_tied",
          "llama_bias",
          "llama_linear_rope",
          "llama_llama3_rope",
          "llama_yarn_rope",
          "llama_yarn_mscale_rope",
          "mistral_swa",
          "qwen2_tied",
          "qwen2_swa",
          "qwen3");

  static Stream<Arguments> cases() {
    return TestBackends.withEmulator().stream()
        .flatMap(
            backend ->
                FAMILIES.stream()
                    .flatMap(
                        family ->
                            casesOf(family).map(file -> Arguments.of(backend, family, file))));
  }

  /** Some families have a packed case; where nothing is there, the test itself says so. */
  private static Stream<String> casesOf(String family) {
    return Goldens.exists("models/" + family + "/case_packed.safetensors")
        ? Stream.of("case", "case_packed")
        : Stream.of("case");
  }

  @ParameterizedTest(name = "{0} {1} {2}")
  @MethodSource("cases")
  void agreesWithTransformers(String backendName, String family, String caseName) {
    Path folder = Goldens.golden("models/" + family);
    Path file = folder.resolve(caseName + ".safetensors");
    try (Backend backend = TestBackends.open(backendName);
        GoldenTensors expected = GoldenTensors.open(file);
        Decoder model = load(folder, backend);
        TensorArena arena = backend.newStepArena("step")) {
      GoldenBatch batch = GoldenBatch.read(expected);
      Tape tape = Tape.recording(backend, arena, 0, 0);
      Variable hidden = model.hidden(tape, batch.tokens(), null);
      batch.assertLogits(expected, "logits", model.logits(tape, hidden, batch.allRows()), LOGITS);
      LinearCrossEntropy.Loss loss =
          LinearCrossEntropy.apply(
              tape,
              hidden,
              model.headWeight(),
              model.head(),
              batch.labelRows(),
              batch.targets(),
              1f / batch.targets().length);
      assertThat(loss.sum() / batch.targets().length)
          .isCloseTo(expected.floats("loss")[0], within(LOSS));
      tape.backward(loss.total());
      checkGradients(backend, expected, model);
    }
  }

  private static Decoder load(Path folder, Backend backend) {
    ModelConfig config = ModelConfigReader.read(folder);
    return Decoder.over(
        config, new ParameterStore(backend, WeightFolder.open(folder), name -> true, DType.F32));
  }

  private static void checkGradients(Backend backend, GoldenTensors expected, Decoder model) {
    double largest = 0;
    for (String name : expected.names()) {
      if (name.startsWith("grad.")) {
        largest = Math.max(largest, Closeness.maxMagnitude(expected.floats(name)));
      }
    }
    for (Parameter parameter : model.parameters().trainable()) {
      String key = "grad." + parameter.name();
      if (expected.names().contains(key)) {
        float[] actual = new float[(int) parameter.value().elements()];
        backend.download(parameter.gradientTensor(), MemorySegment.ofArray(actual));
        assertClose(key, actual, expected.floats(key), GRADIENTS, GRADIENT_FLOOR * largest);
      }
    }
  }
}
