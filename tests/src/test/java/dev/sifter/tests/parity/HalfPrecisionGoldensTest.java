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
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.ModelFolder;
import dev.sifter.tests.Closeness;
import dev.sifter.tests.DerivedFolder;
import dev.sifter.tests.GoldenTensors;
import dev.sifter.tests.Goldens;
import dev.sifter.tests.TestBackends;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What transformers computes in bf16, against the same weights here. Sifter stores weights in bf16
 * but computes in fp32, so it owes nothing to bf16's error: it must be as near to fp64 as fp32 is,
 * and within the reference results' 0.02 of transformers' own loss.
 */
class HalfPrecisionGoldensTest {
  private static final double LOGITS = 2e-5;
  private static final double GRADIENTS = 5e-5;
  private static final double GRADIENT_FLOOR = 1e-6;
  private static final double HALF_PRECISION_LOSS = 0.02;

  static Stream<Arguments> cases() {
    return TestBackends.withGpu().stream()
        .flatMap(
            backend ->
                Stream.of("llama_bf16", "qwen2_bf16")
                    .flatMap(
                        family ->
                            Stream.of("pure", "autocast")
                                .map(variant -> Arguments.of(backend, family, variant))));
  }

  @ParameterizedTest(name = "{0} {1} {2}")
  @MethodSource("cases")
  void isAsExactAsFp32(String backendName, String family, String variant, @TempDir Path narrowed) {
    Path folder = Goldens.golden("models/" + family);
    try (Backend backend = TestBackends.open(backendName);
        GoldenTensors expected = GoldenTensors.open(folder.resolve("case.safetensors"))) {
      // The weights of the pure variant are those of the folder, rounded.
      boolean rounded = variant.equals("pure");
      Path weights =
          rounded ? DerivedFolder.narrowed(folder, narrowed, DType.BF16, backend) : folder;
      check(weights, backend, expected, variant);
      if (rounded) {
        checkFrozen(weights, backend, expected);
      }
    }
  }

  private static void check(Path folder, Backend backend, GoldenTensors expected, String variant) {
    try (Decoder model = ModelFolder.load(folder, backend, name -> true);
        TensorArena arena = backend.newStepArena("step")) {
      GoldenBatch batch = GoldenBatch.read(expected);
      Tape tape = Tape.recording(backend, arena, 0, 0);
      Variable hidden = model.hidden(tape, batch.tokens(), null);
      float[][] logits = model.logits(tape, hidden, batch.allRows());
      batch.assertLogits(expected, variant + ".logits_f64", logits, LOGITS);
      LinearCrossEntropy.Loss loss =
          model.loss(tape, hidden, batch.labelRows(), batch.targets(), 1f / batch.targets().length);
      assertThat(loss.sum() / batch.targets().length)
          .isCloseTo(expected.floats(variant + ".loss")[0], within(HALF_PRECISION_LOSS));
      tape.backward(loss.total());
      checkGradients(backend, expected, model, variant + ".grad_f32.");
    }
  }

  /** Frozen weights are read in bf16 by the kernels; trained ones were widened before. */
  private static void checkFrozen(Path folder, Backend backend, GoldenTensors expected) {
    try (Decoder model = ModelFolder.load(folder, backend);
        TensorArena arena = backend.newStepArena("step")) {
      assertThat(model.headLayer().weight().value().dtype()).isEqualTo(DType.BF16);
      GoldenBatch batch = GoldenBatch.read(expected);
      Tape tape = Tape.inference(backend, arena);
      Variable hidden = model.hidden(tape, batch.tokens(), null);
      float[][] logits = model.logits(tape, hidden, batch.allRows());
      batch.assertLogits(expected, "pure.logits_f64", logits, LOGITS);
    }
  }

  private static void checkGradients(
      Backend backend, GoldenTensors expected, Decoder model, String prefix) {
    double largest =
        expected.names().stream()
            .filter(name -> name.startsWith(prefix))
            .mapToDouble(name -> Closeness.maxMagnitude(expected.floats(name)))
            .max()
            .orElseThrow();
    for (Parameter parameter : model.parameters().trainable()) {
      String key = prefix + parameter.name();
      if (expected.names().contains(key)) {
        float[] actual = new float[(int) parameter.value().elements()];
        backend.download(parameter.gradientTensor(), MemorySegment.ofArray(actual));
        assertClose(key, actual, expected.floats(key), GRADIENTS, GRADIENT_FLOOR * largest);
      }
    }
  }
}
