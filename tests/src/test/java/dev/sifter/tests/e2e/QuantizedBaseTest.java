package dev.sifter.tests.e2e;

import static dev.sifter.tests.Closeness.assertClose;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sifter.engine.autograd.Parameter;
import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.ops.LinearWeight;
import dev.sifter.engine.ops.QuantizedWeight;
import dev.sifter.engine.random.Philox;
import dev.sifter.engine.random.RandomStream;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.model.ModelException;
import dev.sifter.model.config.ModelConfigReader;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.LinearLayer;
import dev.sifter.model.decoder.ModelFolder;
import dev.sifter.model.decoder.TokenBatch;
import dev.sifter.model.lora.AdaptedModel;
import dev.sifter.model.lora.AdapterFolder;
import dev.sifter.model.lora.LoraConfig;
import dev.sifter.model.lora.LoraInit;
import dev.sifter.model.lora.LoraMerge;
import dev.sifter.model.lora.TargetModules;
import dev.sifter.model.weights.Quantization;
import dev.sifter.tests.Closeness;
import dev.sifter.tests.Logits;
import dev.sifter.tests.TestBackends;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A base in 4 bits gives what the same base gives when its unpacked numbers are written out as a
 * model of their own: logits, and gradients of the adapters.
 */
class QuantizedBaseTest {
  /** Sums of the same fp32 products, in the same order; unpacking is exact. */
  private static final double SAME = 0;

  /** The same on a card, where cuBLAS chooses the order of a sum by how far rows are apart, too. */
  private static final double SUMMED_OTHERWISE = 1e-5;

  /** More than a product with packed weights takes, so that every backend unpacks them. */
  private static final int[] TOKENS = {3, 14, 15, 9, 26, 5, 35, 8, 9, 7, 9, 3};

  /**
   * Of the largest product: both sum its 64 terms in fp32, in orders of their own, so each is off
   * by 64 · 2⁻²⁴ of the terms' magnitudes at most; the result is about an eighth of those.
   */
  private static final double OTHER_ORDER = 2 * 64 * 0x1p-24 * 8;

  private static final LoraConfig LORA =
      LoraConfig.builder().targetModules(new TargetModules.AllLinear()).build();

  @TempDir Path folder;
  private Path base;

  @BeforeEach
  void makeBase() {
    base = new TinyModel(2, 64).write(folder.resolve("base"));
  }

  private static float[] logits(Decoder model) {
    return Logits.of(model, TOKENS);
  }

  private static Map<String, float[]> gradients(Decoder model) {
    try (TensorArena arena = model.backend().newStepArena("step")) {
      Tape tape = Tape.recording(model.backend(), arena, 0, 0);
      Variable hidden = model.hidden(tape, TokenBatch.of(List.of(TOKENS)), null);
      int[] rows = IntStream.range(0, TOKENS.length - 1).toArray();
      int[] targets = IntStream.range(1, TOKENS.length).map(i -> TOKENS[i]).toArray();
      tape.backward(model.loss(tape, hidden, rows, targets, 1f / rows.length).total());
    }
    Map<String, float[]> gradients = new LinkedHashMap<>();
    for (Parameter parameter : model.parameters().trainable()) {
      gradients.put(parameter.name(), floats(parameter.gradientTensor()));
    }
    return gradients;
  }

  /** Writes a quantised model with its matrices unpacked. */
  private Path unpacked(Decoder quantized) {
    Path target = folder.resolve("unpacked");
    Backend backend = quantized.backend();
    try (TensorArena arena = backend.newArena("test")) {
      Map<String, Tensor> weights = new LinkedHashMap<>();
      try (Decoder original = ModelFolder.load(base, backend)) {
        weights.putAll(ModelFolder.weights(original));
        for (LinearLayer layer : quantized.linearLayers()) {
          try (LinearWeight.Factor w = layer.weight().open(quantized.parameters())) {
            Tensor copy = arena.allocate(DType.F32, w.matrix().shape());
            backend.pointwise().cast(w.matrix(), copy);
            weights.put(layer.name() + ".weight", copy);
          }
        }
        ModelFolder.save(target, weights, original.config().json(), base, Long.MAX_VALUE);
      }
    }
    return target;
  }

  @ParameterizedTest
  @MethodSource("dev.sifter.tests.TestBackends#withGpu")
  void computesWithItsUnpackedNumbers(String backendName) {
    for (boolean nested : new boolean[] {false, true}) {
      try (Backend backend = TestBackends.open(backendName);
          Decoder quantized = AdaptedModel.fresh(base, backend, LORA, new Quantization(nested), 3);
          Decoder plain = AdaptedModel.fresh(unpacked(quantized), backend, LORA, 3)) {
        assertThat(quantized.linearLayers())
            .allSatisfy(l -> assertThat(l.weight()).isInstanceOf(QuantizedWeight.class));
        assertThat(quantized.parameterCount()).isEqualTo(plain.parameterCount());
        double rounding = backendName.equals("gpu") ? SUMMED_OTHERWISE : SAME;
        assertClose("logits", logits(quantized), logits(plain), rounding, 0);
        Map<String, float[]> expected = gradients(plain);
        gradients(quantized)
            .forEach((name, values) -> assertClose(name, values, expected.get(name), rounding, 0));
      }
    }
  }

  /** A decoding step's products, which the GPU's kernels take from the codes themselves. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void multipliesFewRowsWithoutUnpacking(boolean nested) {
    try (Backend backend = TestBackends.open(TestBackends.gpu());
        Decoder model = ModelFolder.load(base, backend, new Quantization(nested));
        TensorArena arena = backend.newStepArena("step")) {
      Tape tape = Tape.inference(backend, arena);
      for (LinearLayer layer : model.linearLayers()) {
        QuantizedWeight weight = (QuantizedWeight) layer.weight();
        for (int rows : new int[] {1, 2, 8, 9}) {
          Tensor x = tape.allocate(DType.F32, Shape.of(rows, weight.inputs()));
          float[] values = new float[(int) x.elements()];
          Philox.normal(new RandomStream(7, rows), 1, values);
          backend.upload(MemorySegment.ofArray(values), x);
          Tensor y = tape.allocate(DType.F32, Shape.of(rows, weight.outputs()));
          boolean done = backend.linear().matmulPacked(x, weight.packed(), 1, 0, y);
          assertThat(done).as("%d rows", rows).isEqualTo(rows < 9);
          if (done) {
            float[] actual = floats(y);
            try (LinearWeight.Factor w = weight.open(tape)) {
              w.times(tape, x, 1, 0, y);
            }
            double bound = OTHER_ORDER * Closeness.maxMagnitude(floats(y));
            assertClose(layer.name(), actual, floats(y), 0, bound);
          }
        }
      }
    }
  }

  private static float[] floats(Tensor tensor) {
    float[] values = new float[(int) tensor.elements()];
    tensor.read(0, MemorySegment.ofArray(values));
    return values;
  }

  /** NF4 with nested scales is 4.127 bits an element: codes, 8/64 bits and 32/64/256 of scales. */
  @Test
  void takesFourBitsAnElement() {
    try (Backend backend = TestBackends.open("reference");
        Decoder quantized =
            ModelFolder.load(
                new TinyModel(2, 256).write(folder.resolve("wide")),
                backend,
                new Quantization(true))) {
      long elements =
          quantized.linearLayers().stream()
              .mapToLong(layer -> (long) layer.inputs() * layer.outputs())
              .sum();
      long books = quantized.linearLayers().size() * 4L * (16 + 256);
      long bytes = backend.ledger().peakBytesByArena().get("parameters") - books;
      assertThat(8.0 * bytes / elements).isBetween(4.125, 4.2);
    }
  }

  @Test
  void isWrittenAndReadInBitsandbytesFormat() {
    for (boolean nested : new boolean[] {false, true}) {
      Path target = folder.resolve("nf4-" + nested);
      try (Backend backend = TestBackends.open("reference");
          Decoder quantized = ModelFolder.load(base, backend, new Quantization(nested))) {
        ModelFolder.save(
            target,
            ModelFolder.weights(quantized),
            quantized.config().json(),
            base,
            Long.MAX_VALUE);
        var config = ModelConfigReader.read(target).json().path("quantization_config");
        assertThat(config.path("quant_method").asText()).isEqualTo("bitsandbytes");
        assertThat(config.path("bnb_4bit_use_double_quant").asBoolean()).isEqualTo(nested);
        String weight = "model.layers.0.self_attn.q_proj.weight";
        assertThat(ModelFolder.weights(quantized))
            .containsKeys(weight, weight + ".absmax", weight + ".quant_map")
            .containsKey(weight + ".quant_state.bitsandbytes__nf4");
        assertThat(ModelFolder.weights(quantized).get(weight).shape())
            .isEqualTo(Shape.of(64 * 64 / 2, 1));
        try (Decoder loaded = ModelFolder.load(target, backend)) {
          assertThat(logits(loaded)).isEqualTo(logits(quantized));
          assertThat(loaded.parameters().unused()).isEmpty();
        }
      }
    }
  }

  @Test
  void isNeverMergedInto() {
    try (Backend backend = TestBackends.open("reference");
        Decoder quantized = AdaptedModel.fresh(base, backend, LORA, new Quantization(true), 3)) {
      assertThatThrownBy(() -> LoraMerge.of(quantized))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("the base is quantised")
          .hasMessageContaining("full precision");
    }
  }

  @Test
  void losesNothingToAnAdapterThatTakesFromIt() {
    LoraConfig pissa = LORA.toBuilder().initLoraWeights(LoraInit.of("pissa")).build();
    try (Backend backend = TestBackends.open("reference")) {
      assertThatThrownBy(() -> AdaptedModel.fresh(base, backend, pissa, new Quantization(true), 3))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("pissa")
          .hasMessageContaining("load_in_4bit");
      backend.ledger().assertEmpty();
    }
  }

  @Test
  void adaptersComeBackOverTheSameBase() {
    Path adapter = folder.resolve("adapter");
    try (Backend backend = TestBackends.open("reference");
        Decoder trained = AdaptedModel.fresh(base, backend, LORA, new Quantization(true), 3)) {
      for (LinearLayer layer : trained.linearLayers()) {
        backend.pointwise().fill(layer.adapter().b().value(), 0.01f);
      }
      AdapterFolder.save(adapter, trained, LORA, base.toString());
      try (Decoder loaded =
          AdaptedModel.load(base, adapter, backend, new Quantization(true), false)) {
        assertThat(logits(loaded)).isEqualTo(logits(trained));
      }
    }
  }
}
