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
import dev.sifter.model.Json;
import dev.sifter.model.config.ModelConfig;
import dev.sifter.model.config.ModelConfigReader;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.ParameterStore;
import dev.sifter.model.weights.WeightFolder;
import dev.sifter.tests.Closeness;
import dev.sifter.tests.DerivedFolder;
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
 * Logits, loss and gradients of tiny models of every family against transformers in fp32: each
 * {@code case*.safetensors} of each model folder among the reference results. Tolerances are those
 * of the reference results' own README: five to ten times what transformers' fp32 itself is off its
 * fp64.
 */
class ModelGoldensTest {
  private static final double LOGITS = 2e-5;
  private static final double LOSS = 1e-5;
  private static final double GRADIENTS = 5e-5;
  private static final double GRADIENT_FLOOR = 1e-6;

  static Stream<Arguments> cases() {
    return TestBackends.withGpu().stream()
        .flatMap(
            backend ->
                Goldens.folders("models", "config.json").stream()
                    .filter(family -> !family.endsWith("_bf16"))
                    .flatMap(
                        family ->
                            Goldens.files("models/" + family, "case*.safetensors").stream()
                                .map(file -> Arguments.of(backend, family, file))));
  }

  @ParameterizedTest(name = "{0} {1} {2}")
  @MethodSource("cases")
  void agreesWithTransformers(String backendName, String family, String caseFile) {
    Path folder = Goldens.golden("models/" + family);
    Path file = folder.resolve(caseFile);
    try (Backend backend = TestBackends.open(backendName);
        GoldenTensors expected = GoldenTensors.open(file);
        Decoder model = load(folder, backend);
        TensorArena arena = backend.newStepArena("step")) {
      GoldenBatch batch = GoldenBatch.read(expected);
      Tape tape = Tape.recording(backend, arena, 0, 0);
      Variable hidden = model.hidden(tape, batch.tokens(), null);
      batch.assertLogits(expected, "logits", model.logits(tape, hidden, batch.allRows()), LOGITS);
      LinearCrossEntropy.Loss loss =
          model.loss(tape, hidden, batch.labelRows(), batch.targets(), 1f / batch.targets().length);
      assertThat(loss.sum() / batch.targets().length)
          .isCloseTo(expected.floats("loss")[0], within(LOSS));
      tape.backward(loss.total());
      checkGradients(backend, expected, model);
    }
  }

  private static Decoder load(Path folder, Backend backend) {
    ModelConfig config = ModelConfigReader.read(DerivedFolder.configWithoutDropout(folder));
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
    long compared = 0;
    for (Parameter parameter : model.parameters().trainable()) {
      String key = "grad." + parameter.name();
      if (expected.names().contains(key)) {
        float[] actual = new float[(int) parameter.value().elements()];
        backend.download(parameter.gradientTensor(), MemorySegment.ofArray(actual));
        assertClose(key, actual, expected.floats(key), GRADIENTS, GRADIENT_FLOOR * largest);
        compared++;
      }
    }
    assertThat(expected.names().stream().filter(name -> name.startsWith("grad.")))
        .hasSize((int) compared);
  }

  /** Both spellings of a configuration describe the same model. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("olderSpellings")
  void readsTheOlderSpelling(String family) {
    Path folder = Goldens.golden("models/" + family);
    Path file = folder.resolve("config_v4.json");
    ModelConfig older = ModelConfigReader.read(Json.readObject(file));
    ModelConfig now = ModelConfigReader.read(folder);
    assertThat(older)
        .usingRecursiveComparison()
        .ignoringFields("json")
        .withStrictTypeChecking()
        .isEqualTo(now);
  }

  static List<String> olderSpellings() {
    return Goldens.folders("models", "config_v4.json");
  }
}
