package dev.sifter.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sifter.engine.tensor.DType;
import dev.sifter.tests.Closeness;
import dev.sifter.tests.GoldenTensors;
import dev.sifter.tests.TestBackends;
import dev.sifter.train.sft.SftConfig;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whole runs on the gpu backend against the same runs on the host in fp32. */
class GpuTrainingTest {
  private static final int STEPS = 20;

  /**
   * How far a run may be from the host's.
   *
   * @param loss of a step, nats
   * @param gradNorm relative
   * @param weights the norm of the weights' difference, relative to theirs
   */
  private record Tolerance(double loss, double gradNorm, double weights) {}

  /**
   * Both sum in fp32 in different orders, so the figures are held to what TRL's own recorded runs
   * are held to (the reference results' README): two fp32 implementations of one run. AdamW divides
   * by the root of v, so where a gradient is all rounding, so is its step: single elements part,
   * the weight as a whole does not.
   */
  private static final Tolerance FP32 = new Tolerance(1e-4, 1e-4, 1e-3);

  /**
   * An activation in bf16 is off by up to 2⁻⁹ of itself. Errors of many elements average out in a
   * loss, to a thousandth of it (a mistake in one op shows as a hundredth and more), less so in the
   * norm of a gradient. The gradient as a whole points the same way to a cosine of 0.999, which
   * lets all weights together differ by √(2 − 2 · 0.999) of themselves.
   */
  private static final Tolerance BF16 = new Tolerance(5e-3, 2e-2, 4.5e-2);

  /** What is trained, over which base, with which activations. */
  private enum Run {
    FULL(false, DType.F32, false, false),
    LORA(true, DType.F32, false, false),
    QLORA(true, DType.F32, true, false),
    FULL_IN_BF16(false, DType.F32, false, true),
    LORA_IN_BF16_OVER_BF16(true, DType.BF16, false, true),
    QLORA_IN_BF16_OVER_BF16(true, DType.BF16, true, true);

    final boolean lora;
    final DType base;
    final boolean fourBits;
    final boolean bf16;

    Run(boolean lora, DType base, boolean fourBits, boolean bf16) {
      this.lora = lora;
      this.base = base;
      this.fourBits = fourBits;
      this.bf16 = bf16;
    }
  }

  @TempDir static Path folder;
  private static Path data;

  @BeforeAll
  static void prepare() {
    // Heads of 16 elements: the least that tensor cores take.
    TinyModel model = new TinyModel(2, 64);
    for (DType dtype : List.of(DType.F32, DType.BF16)) {
      model.write(folder.resolve(dtype.name()), dtype);
    }
    data = TinyModel.writeConversations(folder.resolve("data.jsonl"), 16);
  }

  @ParameterizedTest
  @EnumSource
  void twentyStepsAreThoseOfTheHost(Run run) {
    SftConfig host = config("host", TestBackends.fastest(), run);
    SftConfig gpu = config("gpu", TestBackends.gpu(), run);
    TinyRun.run(host, false);
    TinyRun.run(gpu, false);

    Tolerance tolerance = run.bf16 ? BF16 : FP32;
    List<JsonNode> expected = TinyRun.stepLines(host);
    List<JsonNode> actual = TinyRun.stepLines(gpu);
    assertThat(actual).hasSize(STEPS).hasSameSizeAs(expected);
    for (int i = 0; i < STEPS; i++) {
      String where = "step " + (i + 1);
      JsonNode line = expected.get(i);
      double loss = line.get("loss").asDouble();
      double norm = line.get("grad_norm").asDouble();
      assertThat(norm).as(where).isPositive();
      assertThat(actual.get(i).get("loss").asDouble())
          .as(where)
          .isCloseTo(loss, within(tolerance.loss * (run.bf16 ? loss : 1)));
      assertThat(actual.get(i).get("grad_norm").asDouble())
          .as(where)
          .isCloseTo(norm, within(tolerance.gradNorm * norm));
    }
    assertThat(expected.getLast().get("loss").asDouble())
        .as("the run learns")
        .isLessThan(0.9 * expected.getFirst().get("loss").asDouble());
    assertSameWeights(host, gpu, run, tolerance.weights);
  }

  private static SftConfig config(String name, String device, Run run) {
    Path base = folder.resolve(run.base.name());
    SftConfig config = TinyRun.config(base, data, folder.resolve(name + "-" + run), run.lora);
    config.device = device;
    config.bf16 = run.bf16;
    config.loadIn4bit = run.fourBits;
    config.learningRate = run.lora ? 1e-2 : 1e-3;
    config.maxSteps = STEPS;
    config.gradientAccumulationSteps = 1;
    config.gradientCheckpointing = run.lora;
    return config;
  }

  private static void assertSameWeights(SftConfig host, SftConfig gpu, Run run, double tolerance) {
    String file = run.lora ? "adapter_model.safetensors" : "model.safetensors";
    Path gpuFile = Path.of(gpu.outputDir, file);
    assertThat(gpuFile).matches(Files::isRegularFile);
    try (GoldenTensors expected = GoldenTensors.open(Path.of(host.outputDir, file));
        GoldenTensors actual = GoldenTensors.open(gpuFile)) {
      assertThat(actual.names()).isEqualTo(expected.names());
      if (run.bf16) {
        Closeness.assertNormClose("all weights", all(actual), all(expected), tolerance);
        return;
      }
      for (String name : expected.names()) {
        Closeness.assertNormClose(name, actual.floats(name), expected.floats(name), tolerance);
      }
    }
  }

  private static float[] all(GoldenTensors weights) {
    FloatBuffer all =
        FloatBuffer.allocate(
            weights.names().stream().mapToInt(name -> weights.floats(name).length).sum());
    weights.names().forEach(name -> all.put(weights.floats(name)));
    return all.array();
  }
}
