package dev.sifter.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sifter.engine.autograd.Parameter;
import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.backend.gpu.GpuBackend;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.ops.LoraAdapter;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.kernels.gpu.GpuDevices;
import dev.sifter.kernels.gpu.emulator.EmulatedGpu;
import dev.sifter.kernels.gpu.emulator.EmulatorOptions;
import dev.sifter.kernels.gpu.emulator.EmulatorReport;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.LinearLayer;
import dev.sifter.model.decoder.TokenBatch;
import dev.sifter.model.lora.AdaptedModel;
import dev.sifter.model.lora.LoraConfig;
import dev.sifter.model.lora.LoraConfigBuilder;
import dev.sifter.model.lora.TargetModules;
import dev.sifter.model.weights.Quantization;
import dev.sifter.tests.Closeness;
import dev.sifter.tests.TestBackends;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** LoRA in the borders of weights and activations, against products of its own. */
class GpuBorderTest {
  private static final int LAYERS = 2;

  /** Sums of fp32 in another order, through two blocks. */
  private static final double FP32 = 2e-5;

  /**
   * How much larger the error in bf16 may be than that of products of its own. It should be
   * smaller, since base and adapter are rounded once; but both are sums of random errors.
   */
  private static final double NO_WORSE = 1.1;

  /** What is adapted, and how. */
  private enum Adapters {
    PLAIN(lora(16), false),
    /** Ranks that do not fill vectors, a scale that is no power of two. */
    STABILISED(lora(5).useRslora(true), false),
    DROPPED(lora(4).loraDropout(0.2), false),
    OVER_FOUR_BITS(lora(4), true),
    /** Some of the layers that share an input, with ranks of their own. */
    SOME(
        lora(8)
            .targetModules(new TargetModules.Suffixes(List.of("q_proj", "v_proj", "up_proj")))
            .rankPattern(Map.of("v_proj", 3)),
        false),
    /** The last block's output is not adapted, so that its gradient gets no border there. */
    LOWER_BLOCK(lora(4).layersToTransform(List.of(0)), false),
    WITH_BIAS(lora(4).loraBias(true), false);

    final LoraConfig lora;
    final Quantization quantization;

    Adapters(LoraConfigBuilder lora, boolean fourBits) {
      this.lora = lora.build();
      this.quantization = fourBits ? new Quantization(true) : null;
    }
  }

  @TempDir static Path folder;
  private static Path fp32;
  private static Path bf16;

  @BeforeAll
  static void prepare() {
    TinyModel model = new TinyModel(LAYERS, 64);
    fp32 = model.write(folder.resolve("fp32"), DType.F32);
    bf16 = model.write(folder.resolve("bf16"), DType.BF16);
  }

  @ParameterizedTest
  @EnumSource
  void equalsTheHostInFp32(Adapters adapters) {
    AdaptedPass host = run(TestBackends.open(TestBackends.fastest()), null, fp32, adapters);
    AdaptedPass bordered = bordered(DType.F32, fp32, adapters);
    assertThat(bordered.count("paste_rows")).as("factors put into borders").isPositive();
    assertThat(bordered.loss()).isCloseTo(host.loss(), within(FP32 * host.loss()));
    host.gradients()
        .forEach(
            (name, expected) ->
                Closeness.assertNormClose(name, bordered.gradients().get(name), expected, FP32));
  }

  @Test
  void takesFewerLaunchesAndBytesInBf16AndIsNoLessExact() {
    AdaptedPass host = run(TestBackends.open(TestBackends.fastest()), null, bf16, Adapters.PLAIN);
    AdaptedPass bordered = bordered(DType.BF16, bf16, Adapters.PLAIN);
    EmulatedGpu gpu = emulator();
    AdaptedPass separate = run(withoutBorders(gpu(gpu, DType.BF16)), gpu, bf16, Adapters.PLAIN);
    assertThat(bordered.distance(host)).isLessThan(NO_WORSE * separate.distance(host));

    int layers = 7 * LAYERS;
    assertThat(separate.products(true) - bordered.products(true))
        .as("products that add to what is there: each output, all inputs' gradients but the first")
        .isEqualTo(layers + layers - 3);
    assertThat(bordered.products(false)).isEqualTo(separate.products(false));
    assertThat(bordered.count("cast")).as("factors that are rounded for each product").isZero();
    assertThat(bordered.count("paste_rows")).isEqualTo(2 * layers);
    assertThat(bordered.launches().size()).isLessThan(separate.launches().size() * 3 / 4 + 1);
    assertThat(bordered.bytes()).isLessThan(separate.bytes());
  }

  /** After an update too, and where blocks are computed again. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aLaterPassPutsAllFactorsIntoTheirPlacesAtOnce(boolean checkpointing) {
    AdaptedPass first = bordered(DType.F32, fp32, Adapters.PLAIN);
    EmulatedGpu gpu = emulator();
    try (Backend backend = gpu(gpu, DType.F32);
        Decoder model = AdaptedModel.fresh(fp32, backend, Adapters.PLAIN.lora, 3)) {
      model.gradientCheckpointing(checkpointing);
      AdaptedPass.pass(model, () -> {});
      model.parameters().trainable().forEach(Parameter::zeroGradient);
      AdaptedPass.fillB(model);
      List<EmulatorReport> launches = new ArrayList<>();
      gpu.reportTo(launches::add);
      AdaptedPass later =
          new AdaptedPass(
              AdaptedPass.pass(model, () -> {}), AdaptedPass.gradients(model), launches);
      assertThat(later.count("paste_all")).isOne();
      assertThat(later.count("paste_rows"))
          .as("copies of gradients between blocks that are computed again")
          .isEqualTo(checkpointing ? LAYERS : 0);
      assertThat(later.loss()).isEqualTo(first.loss());
      first
          .gradients()
          .forEach(
              (name, values) -> assertThat(later.gradients().get(name)).as(name).isEqualTo(values));
    }
  }

  /** An adapter's factors lie in the border when its products need them. */
  @Test
  void anotherAdapterInBetweenChangesNothing() {
    EmulatedGpu gpu = emulator();
    try (Backend backend = gpu(gpu, DType.F32);
        Decoder model = AdaptedModel.fresh(fp32, backend, Adapters.PLAIN.lora, 3);
        TensorArena arena = backend.newArena("other")) {
      AdaptedPass.fillB(model);
      AdaptedPass.pass(model, () -> {});
      Map<String, float[]> alone = AdaptedPass.gradients(model);
      model.parameters().trainable().forEach(Parameter::zeroGradient);
      AdaptedPass.pass(model, () -> forwardWithOthers(model, arena));
      Map<String, float[]> interrupted = AdaptedPass.gradients(model);
      alone.forEach((name, values) -> assertThat(interrupted.get(name)).isEqualTo(values));
    }
  }

  /**
   * q's adapter has more rows than there is room for, so it is a product of its own, and k's comes
   * first in the border that they share: no column is read that nobody wrote.
   */
  @Test
  void anAdapterWithoutRoomLeavesNoGap() {
    double expected = lossWithLargerQueries(TestBackends.open(TestBackends.fastest()));
    assertThat(lossWithLargerQueries(gpu(emulator(), DType.F32)))
        .isCloseTo(expected, within(FP32 * expected));
  }

  private static double lossWithLargerQueries(Backend opened) {
    try (Backend backend = opened;
        Decoder model = AdaptedModel.fresh(fp32, backend, lora(4).build(), 3);
        TensorArena arena = backend.newArena("larger")) {
      AdaptedPass.fillB(model);
      for (LinearLayer layer : model.linearLayers()) {
        if (layer.name().endsWith("q_proj")) {
          Tensor a = arena.allocate(DType.F32, Shape.of(9, layer.inputs()));
          Tensor b = arena.allocate(DType.F32, Shape.of(layer.outputs(), 9));
          backend.pointwise().fill(a, 0.02f);
          backend.pointwise().fill(b, 0.05f);
          layer.adapter(new LoraAdapter(Variable.constant(a), Variable.constant(b), 2, 0));
        }
      }
      return AdaptedPass.pass(model, () -> {});
    }
  }

  private static void forwardWithOthers(Decoder model, TensorArena arena) {
    Map<LinearLayer, LoraAdapter> before = new LinkedHashMap<>();
    for (LinearLayer layer : model.linearLayers()) {
      before.put(layer, layer.adapter());
      Tensor a = arena.allocate(DType.F32, Shape.of(9, layer.inputs()));
      Tensor b = arena.allocate(DType.F32, Shape.of(layer.outputs(), 9));
      model.backend().pointwise().fill(a, 0.25f);
      model.backend().pointwise().fill(b, 0.5f);
      layer.adapter(new LoraAdapter(Variable.constant(a), Variable.constant(b), 2, 0));
    }
    try (TensorArena step = model.backend().newStepArena("step")) {
      Tape tape = Tape.inference(model.backend(), step);
      model.hidden(tape, TokenBatch.of(List.of(AdaptedPass.tokens())), null);
    }
    before.forEach(LinearLayer::adapter);
  }

  private static LoraConfigBuilder lora(int rank) {
    return LoraConfig.builder().r(rank).loraAlpha(20).targetModules(new TargetModules.AllLinear());
  }

  private static EmulatedGpu emulator() {
    return new EmulatedGpu(EmulatorOptions.defaults().withCores(2));
  }

  private static Backend gpu(EmulatedGpu gpu, DType activations) {
    return new GpuBackend("emulator", new GpuDevices.Choice<>(gpu, "a test's"), activations);
  }

  /** The same backend, but that it cannot take borders. */
  private static Backend withoutBorders(Backend backend) {
    return (Backend)
        Proxy.newProxyInstance(
            Backend.class.getClassLoader(),
            new Class<?>[] {Backend.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("borders")) {
                return Optional.empty();
              }
              try {
                return method.invoke(backend, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private static AdaptedPass bordered(DType activations, Path model, Adapters adapters) {
    EmulatedGpu gpu = emulator();
    return run(gpu(gpu, activations), gpu, model, adapters);
  }

  private static AdaptedPass run(Backend opened, EmulatedGpu gpu, Path model, Adapters adapters) {
    List<EmulatorReport> launches = new ArrayList<>();
    try (Backend backend = opened;
        Decoder decoder =
            AdaptedModel.fresh(model, backend, adapters.lora, adapters.quantization, 3)) {
      AdaptedPass.fillB(decoder);
      if (gpu != null) {
        gpu.reportTo(launches::add);
      }
      double loss = AdaptedPass.pass(decoder, () -> {});
      return new AdaptedPass(loss, AdaptedPass.gradients(decoder), launches);
    }
  }
}
