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
import dev.sifter.engine.tensor.Bfloat16;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.model.Json;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.lora.AdaptedModel;
import dev.sifter.model.lora.AdapterFolder;
import dev.sifter.model.lora.LoraMerge;
import dev.sifter.model.lora.MergeProof;
import dev.sifter.tests.Closeness;
import dev.sifter.tests.DerivedFolder;
import dev.sifter.tests.GoldenTensors;
import dev.sifter.tests.Goldens;
import dev.sifter.tests.TestBackends;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Adapted models against PEFT: logits, loss, gradients of the adapters, merged weights, and the
 * adapter files. Tolerances as the reference results' README gives them.
 */
class LoraGoldensTest {
  private static final double LOGITS = 2e-5;
  private static final double LOSS = 1e-5;
  private static final double GRADIENTS = 1e-4;
  private static final double GRADIENT_FLOOR = 1e-6;
  private static final double MERGED_WEIGHTS = 2e-6;

  static Stream<Arguments> cases() {
    return TestBackends.withGpu().stream()
        .flatMap(
            backend ->
                Stream.of("llama", "qwen2", "gpt2", "gemma2")
                    .flatMap(
                        base ->
                            Goldens.folders("lora/" + base, "adapter_config.json").stream()
                                .filter(name -> !name.equals("bf16_base"))
                                .map(name -> Arguments.of(backend, base + "/" + name))));
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("cases")
  void agreesWithPeft(String backendName, String name, @TempDir Path temporary) {
    Path adapter = Goldens.golden("lora/" + name);
    Path golden = Goldens.golden("lora/" + name.substring(0, name.indexOf('/')) + "/base");
    Path base = DerivedFolder.withoutDropout(golden, temporary.resolve("base"));
    try (Backend backend = TestBackends.open(backendName);
        GoldenTensors inputs = GoldenTensors.open(golden.resolve("inputs.safetensors"));
        GoldenTensors expected = GoldenTensors.open(adapter.resolve("case.safetensors"));
        Decoder model = AdaptedModel.load(base, adapter, backend, true);
        TensorArena arena = backend.newStepArena("step")) {
      GoldenBatch batch = GoldenBatch.read(inputs);
      Tape tape = Tape.recording(backend, arena, 0, 0);
      Variable hidden = model.hidden(tape, batch.tokens(), null);
      batch.assertLogits(expected, "logits", model.logits(tape, hidden, batch.allRows()), LOGITS);
      LinearCrossEntropy.Loss loss =
          model.loss(tape, hidden, batch.labelRows(), batch.targets(), 1f / batch.targets().length);
      assertThat(loss.sum() / batch.targets().length)
          .isCloseTo(expected.floats("loss")[0], within(LOSS));
      tape.backward(loss.total());
      checkGradients(backend, expected, model);
      arena.clear();
      checkMerge(expected, batch, model, arena);
      checkSavedFiles(adapter, model, temporary.resolve("saved"));
    }
  }

  private static void checkGradients(Backend backend, GoldenTensors expected, Decoder model) {
    double largest = 0;
    for (String name : expected.names()) {
      if (name.startsWith("grad.")) {
        largest = Math.max(largest, Closeness.maxMagnitude(expected.floats(name)));
      }
    }
    int compared = 0;
    for (Parameter parameter : model.parameters().trainable()) {
      String key = goldenKey(expected, parameter.name());
      float[] actual = new float[(int) parameter.value().elements()];
      backend.download(parameter.gradientTensor(), MemorySegment.ofArray(actual));
      if (key.endsWith(".lora_embedding_A")) {
        actual = transposed(actual, parameter.value().width());
      }
      assertClose(key, actual, expected.floats(key), GRADIENTS, GRADIENT_FLOOR * largest);
      compared++;
    }
    assertThat(expected.names().stream().filter(name -> name.startsWith("grad.")))
        .hasSize(compared);
  }

  private static float[] transposed(float[] values, int width) {
    int rows = values.length / width;
    float[] result = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      result[i % width * rows + i / width] = values[i];
    }
    return result;
  }

  /** PEFT keeps an adapted layer's own weights under base_layer. */
  private static String goldenKey(GoldenTensors expected, String name) {
    String prefix = "base_model.model.";
    String plain = "grad." + (name.startsWith(prefix) ? "" : prefix) + name;
    int dot = plain.lastIndexOf('.');
    String wrapped = plain.substring(0, dot) + ".base_layer" + plain.substring(dot);
    return expected.names().contains(wrapped) ? wrapped : plain;
  }

  private static void checkMerge(
      GoldenTensors expected, GoldenBatch batch, Decoder model, TensorArena arena) {
    try (Decoder merged = LoraMerge.of(model).toModel()) {
      Tape tape = Tape.inference(model.backend(), arena);
      Variable hidden = merged.hidden(tape, batch.tokens(), null);
      float[][] logits = merged.logits(tape, hidden, batch.allRows());
      batch.assertLogits(expected, "logits_merged", logits, LOGITS);
    }
  }

  private static void checkSavedFiles(Path adapter, Decoder model, Path folder) {
    AdapterFolder.save(folder, model, AdapterFolder.open(adapter).config(), "../base");
    assertThat(Json.readObject(folder.resolve("adapter_config.json")))
        .isEqualTo(Json.readObject(adapter.resolve("adapter_config.json")));
    try (GoldenTensors saved = GoldenTensors.open(folder.resolve("adapter_model.safetensors"));
        GoldenTensors golden = GoldenTensors.open(adapter.resolve("adapter_model.safetensors"))) {
      assertThat(saved.names()).containsExactlyInAnyOrderElementsOf(golden.names());
      for (String key : golden.names()) {
        assertThat(saved.shape(key)).isEqualTo(golden.shape(key));
        assertThat(saved.floats(key)).isEqualTo(golden.floats(key));
      }
    }
  }

  /**
   * PEFT adds fp32 adapters to what bf16 products of a bf16 base gave; here the products are fp32,
   * so the difference is bf16's error: 5 % of the largest logit, and 0.02 of the loss.
   */
  @ParameterizedTest(name = "{0}")
  @MethodSource("dev.sifter.tests.TestBackends#withGpu")
  void adaptsABaseInHalfPrecision(String backendName, @TempDir Path temporary) {
    Path adapter = Goldens.golden("lora/llama/bf16_base");
    Path base = adapter.resolveSibling("base");
    try (Backend backend = TestBackends.open(backendName);
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
          .isCloseTo(expected.floats("loss")[0], within(0.02));
    }
  }

  @ParameterizedTest(name = "{0} {1}")
  @CsvSource({"all_linear,float32", "bf16_base,bfloat16"})
  void mergesWithOneRounding(String name, String dtype, @TempDir Path temporary) {
    Path adapter = Goldens.golden("lora/llama/" + name);
    boolean bf16 = dtype.equals("bfloat16");
    Path base = adapter.resolveSibling("base");
    for (String backendName : TestBackends.withGpu()) {
      try (Backend backend = TestBackends.open(backendName);
          GoldenTensors expected = GoldenTensors.open(adapter.resolve("merged/model.safetensors"));
          Decoder model =
              AdaptedModel.load(
                  bf16 ? DerivedFolder.narrowed(base, temporary, DType.BF16, backend) : base,
                  adapter,
                  backend,
                  false);
          LoraMerge merge = LoraMerge.of(model)) {
        assertThat(merge.names()).containsExactlyInAnyOrderElementsOf(expected.names());
        for (String key : expected.names()) {
          // Half-precision weights are exact: both round the same fp32 sum once.
          double tolerance = bf16 ? 0 : MERGED_WEIGHTS;
          assertClose(key, floats(merge.tensor(key)), expected.floats(key), 0, tolerance);
        }
        checkProof(model, merge, bf16);
      }
    }
  }

  /** Another rounding than the one of the weights would show in logits, KL or tokens. */
  private static void checkProof(Decoder model, LoraMerge merge, boolean bf16) {
    Random random = new Random(1);
    List<int[]> texts = new ArrayList<>();
    for (int t = 0; t < 10; t++) {
      texts.add(random.ints(40, 0, model.config().vocabSize()).toArray());
    }
    try (Decoder merged = merge.toModel()) {
      MergeProof proof = MergeProof.measure(model, merged, texts);
      assertThat(proof.tokens()).isEqualTo(400);
      assertThat(proof.tooFar(bf16)).isEmpty();
      assertThat(proof.tooFar(false)).hasSize(bf16 ? 3 : 0);
    }
  }

  private static float[] floats(Tensor tensor) {
    MemorySegment bytes = MemorySegment.ofArray(new byte[(int) tensor.byteSize()]);
    tensor.read(0, bytes);
    float[] values = new float[(int) tensor.elements()];
    for (int i = 0; i < values.length; i++) {
      values[i] =
          tensor.dtype() == DType.BF16
              ? Bfloat16.toFloat(bytes.getAtIndex(ValueLayout.JAVA_SHORT_UNALIGNED, i))
              : bytes.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i);
    }
    return values;
  }
}
