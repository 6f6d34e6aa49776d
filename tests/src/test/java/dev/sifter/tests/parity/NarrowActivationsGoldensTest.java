package dev.sifter.tests.parity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sifter.engine.Backends;
import dev.sifter.engine.autograd.Parameter;
import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.ops.LinearCrossEntropy;
import dev.sifter.engine.tensor.DType;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.ModelFolder;
import dev.sifter.model.lora.AdaptedModel;
import dev.sifter.tests.DerivedFolder;
import dev.sifter.tests.GoldenTensors;
import dev.sifter.tests.Goldens;
import dev.sifter.tests.TestBackends;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Models with bf16 activations, on the gpu backend over the emulator, against transformers in bf16.
 * Both round, in different places, so errors are compared, not values: against the same weights in
 * fp64, ours may be 1.5 times transformers' (the reference results' README).
 */
class NarrowActivationsGoldensTest {
  private static final double OF_THEIR_ERROR = 1.5;
  private static final double LOSS = 0.02;

  @ParameterizedTest(name = "{0} {1}")
  @CsvSource({
    "llama_bf16, pure",
    "llama_bf16, autocast",
    "qwen2_bf16, pure",
    "qwen2_bf16, autocast"
  })
  void isAsExactAsTransformersInBf16(String family, String variant, @TempDir Path temporary) {
    Path golden = Goldens.golden("models/" + family);
    try (Backend backend = open();
        GoldenTensors expected = GoldenTensors.open(golden.resolve("case.safetensors"));
        // The weights of the pure variant are those of the folder, rounded.
        Decoder model =
            ModelFolder.load(
                variant.equals("pure")
                    ? DerivedFolder.narrowed(golden, temporary, DType.BF16, backend)
                    : golden,
                backend,
                name -> true);
        TensorArena arena = backend.newStepArena("step")) {
      GoldenBatch batch = GoldenBatch.read(expected);
      Tape tape = Tape.recording(backend, arena, 0, 0);
      Variable hidden = model.hidden(tape, batch.tokens(), null);
      assertThat(hidden.value().dtype()).isEqualTo(DType.BF16);
      float[][] logits = model.logits(tape, hidden, batch.allRows());
      LinearCrossEntropy.Loss loss =
          model.loss(tape, hidden, batch.labelRows(), batch.targets(), 1f / batch.targets().length);
      assertThat(loss.sum() / batch.targets().length)
          .isCloseTo(expected.floats(variant + ".loss")[0], within(LOSS));
      tape.backward(loss.total());

      Errors ofLogits = logitErrors(expected, variant, batch, logits);
      assertThat(ofLogits.ours).isPositive().isLessThan(OF_THEIR_ERROR * ofLogits.theirs);
      Errors ofGradients = gradientErrors(expected, variant, backend, model);
      assertThat(ofGradients.ours).isPositive().isLessThan(OF_THEIR_ERROR * ofGradients.theirs);
    }
  }

  /** PEFT adds fp32 adapters to what bf16 products of a bf16 base gave. */
  @Test
  void adaptsABaseInBf16(@TempDir Path temporary) {
    Path adapter = Goldens.golden("lora/llama/bf16_base");
    Path base = adapter.resolveSibling("base");
    try (Backend backend = open();
        GoldenTensors inputs = GoldenTensors.open(base.resolve("inputs.safetensors"));
        GoldenTensors expected = GoldenTensors.open(adapter.resolve("case.safetensors"));
        Decoder model =
            AdaptedModel.load(
                DerivedFolder.narrowed(base, temporary, DType.BF16, backend),
                adapter,
                backend,
                true);
        TensorArena arena = backend.newStepArena("step")) {
      GoldenBatch batch = GoldenBatch.read(inputs);
      Tape tape = Tape.recording(backend, arena, 0, 0);
      Variable hidden = model.hidden(tape, batch.tokens(), null);
      batch.assertLogits(expected, "logits", model.logits(tape, hidden, batch.allRows()), 0.05);
      LinearCrossEntropy.Loss loss =
          model.loss(tape, hidden, batch.labelRows(), batch.targets(), 1f / batch.targets().length);
      assertThat(loss.sum() / batch.targets().length)
          .isCloseTo(expected.floats("loss")[0], within(LOSS));
      tape.backward(loss.total());
      for (Parameter factor : model.parameters().trainable()) {
        // A gradient of each, in fp32; two bf16 gradients of one value are 2 to 5 % apart.
        assertThat(factor.gradientTensor().dtype()).isEqualTo(DType.F32);
        float[] wanted = expected.floats("grad." + factor.name());
        double difference = distance(floats(backend, factor), wanted);
        assertThat(difference).as(factor.name()).isLessThan(2 * 0.05 * norm(wanted));
      }
    }
  }

  private static Backend open() {
    return Backends.choose(TestBackends.gpu(), 2, DType.BF16).backend();
  }

  /** Norms of two errors. */
  private record Errors(double ours, double theirs) {}

  private static Errors logitErrors(
      GoldenTensors expected, String variant, GoldenBatch batch, float[][] logits) {
    float[] exact = expected.floats(variant + ".logits_f64");
    float[] theirs = expected.floats(variant + ".logits");
    double ourSquares = 0;
    double theirSquares = 0;
    for (int row = 0; row < logits.length; row++) {
      int from = batch.paddedRows()[row] * logits[row].length;
      for (int i = 0; i < logits[row].length; i++) {
        ourSquares += square(logits[row][i] - exact[from + i]);
        theirSquares += square(theirs[from + i] - exact[from + i]);
      }
    }
    return new Errors(Math.sqrt(ourSquares), Math.sqrt(theirSquares));
  }

  private static Errors gradientErrors(
      GoldenTensors expected, String variant, Backend backend, Decoder model) {
    double ourSquares = 0;
    double theirSquares = 0;
    long compared = 0;
    for (Parameter parameter : model.parameters().trainable()) {
      if (expected.names().contains(variant + ".grad." + parameter.name())) {
        float[] exact = expected.floats(variant + ".grad_f32." + parameter.name());
        float[] theirs = expected.floats(variant + ".grad." + parameter.name());
        ourSquares += square(distance(floats(backend, parameter), exact));
        theirSquares += square(distance(theirs, exact));
        compared++;
      }
    }
    assertThat(expected.names().stream().filter(name -> name.startsWith(variant + ".grad.")))
        .hasSize((int) compared);
    return new Errors(Math.sqrt(ourSquares), Math.sqrt(theirSquares));
  }

  private static float[] floats(Backend backend, Parameter parameter) {
    float[] values = new float[(int) parameter.value().elements()];
    backend.download(parameter.gradientTensor(), MemorySegment.ofArray(values));
    return values;
  }

  private static double norm(float[] values) {
    return distance(values, new float[values.length]);
  }

  private static double distance(float[] a, float[] b) {
    assertThat(a).hasSameSizeAs(b);
    double squares = 0;
    for (int i = 0; i < a.length; i++) {
      squares += square((double) a[i] - b[i]);
    }
    return Math.sqrt(squares);
  }

  private static double square(double x) {
    return x * x;
  }
}
