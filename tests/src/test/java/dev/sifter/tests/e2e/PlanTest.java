package dev.sifter.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sifter.engine.Backends;
import dev.sifter.engine.tensor.DType;
import dev.sifter.kernels.gpu.GpuProperties;
import dev.sifter.tests.TestBackends;
import dev.sifter.train.sft.SftConfig;
import dev.sifter.train.sft.SftPlan;
import dev.sifter.train.sft.SftPlanner;
import dev.sifter.train.sft.SftProposal;
import dev.sifter.train.sft.SftRun;
import dev.sifter.train.trainer.DeviceRates;
import dev.sifter.train.trainer.TrainingSummary;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A plan foretells what the run then needs, to the byte and to the operation. */
class PlanTest {
  private static final DeviceRates RATES = new DeviceRates(1e10, 1e10, DType.F32);

  @TempDir static Path folder;
  private static Path model;
  private static Path data;

  @BeforeAll
  static void makeModel() {
    model = new TinyModel(3, 64).write(folder.resolve("model"));
    data = TinyModel.writeConversations(folder.resolve("data.jsonl"), 30);
  }

  @ParameterizedTest(name = "lora {0}, gradient checkpointing {1}")
  @CsvSource({"true,true", "true,false", "false,true", "false,false"})
  void foretellsMemoryAndWork(boolean lora, boolean checkpointing) {
    Path output = folder.resolve("out-%s-%s".formatted(lora, checkpointing));
    SftConfig config = TinyRun.config(model, data, output, lora);
    config.device = TestBackends.fastest();
    config.gradientCheckpointing = checkpointing;
    config.perDeviceTrainBatchSize = 8;
    config.maxSteps = 3;
    SftPlan plan = new SftPlanner(config, RATES, Optional.empty()).plan();
    try (SftRun run = SftRun.open(config, false)) {
      TrainingSummary summary = run.run();
      Map<String, Long> peaks = run.backend().ledger().peakBytesByArena();
      assertThat(plan.peakBytesByArena()).isEqualTo(peaks);
      assertThat(plan.peakBytes()).isEqualTo(summary.peakMemoryBytes());
      assertThat(plan.steps()).isEqualTo(plan.simulatedSteps()).isEqualTo(summary.globalStep());
      assertThat(plan.numTokens()).isEqualTo(summary.numTokens());
      assertThat(plan.totalFlos()).isEqualTo(summary.totalFlos());
      assertThat(plan.parameters()).isEqualTo(run.model().parameterCount());
      assertThat(plan.examples()).isEqualTo(run.data().examples().size());
    }
    assertThat(plan.seconds()).isPositive();
  }

  /**
   * On a GPU too, with frozen weights, borders and scratch memory. The arena in which a device's
   * speed is measured is apart: its product is larger on a device too fast for a small one, which
   * the emulator is not.
   */
  @ParameterizedTest(name = "lora {0}, dropout {1}, bf16 {2}, 4 bits {3}, checkpointing {4}")
  @CsvSource({
    "true,0,true,false,false",
    "true,0.1,true,false,true",
    "true,0,false,false,false",
    "true,0,true,true,false",
    "false,0,true,false,true"
  })
  void foretellsTheMemoryOfAGpu(
      boolean lora, double dropout, boolean bf16, boolean fourBits, boolean checkpointing) {
    String name = "gpu-%s-%s-%s-%s".formatted(lora, dropout, bf16, fourBits);
    Path base = new TinyModel(3, 64).write(folder.resolve("base-" + name), DType.BF16);
    SftConfig config = TinyRun.config(base, data, folder.resolve(name), lora);
    config.device = TestBackends.gpu();
    config.loadIn4bit = fourBits;
    config.gradientCheckpointing = checkpointing;
    config.loraDropout = dropout;
    config.bf16 = bf16;
    config.maxSteps = 2;
    try (SftRun run = SftRun.open(config, false)) {
      Optional<GpuProperties> gpu = Backends.gpuOf(run.backend());
      DeviceRates rates = new DeviceRates(1e12, 1e12, config.gpuActivations());
      SftPlan plan = new SftPlanner(config, rates, gpu).plan();
      run.run();
      assertThat(withoutCalibration(plan.peakBytesByArena()))
          .isEqualTo(withoutCalibration(run.backend().ledger().peakBytesByArena()))
          .containsKeys("parameters", "step", "workspace");
    }
  }

  private static Map<String, Long> withoutCalibration(Map<String, Long> peaks) {
    Map<String, Long> others = new TreeMap<>(peaks);
    others.remove("calibration");
    return others;
  }

  /** With room for everything no recomputation; with less room more forward passes. */
  @Test
  void proposesTheFastestWayThatFits() {
    SftConfig config = TinyRun.config(model, data, folder.resolve("proposal"), true);
    config.perDeviceTrainBatchSize = 8;
    config.gradientAccumulationSteps = 1;
    config.gradientCheckpointing = true;
    config.maxSteps = 4;
    SftPlanner planner = new SftPlanner(config, RATES, Optional.empty());
    SftProposal roomy = planner.propose(Long.MAX_VALUE).orElseThrow();
    assertThat(roomy.gradientCheckpointing()).isFalse();

    long most = roomy.plan().peakBytes();
    SftProposal tight = planner.propose(most - 1).orElseThrow();
    assertThat(tight.plan().peakBytes()).isLessThan(most);
    assertThat(tight.perDeviceTrainBatchSize() * tight.gradientAccumulationSteps()).isEqualTo(8);
    assertThat(tight.plan().seconds()).isGreaterThanOrEqualTo(roomy.plan().seconds());
    assertThat(tight.plan().steps()).isEqualTo(roomy.plan().steps());
    assertThat(tight.plan().numTokens()).isEqualTo(roomy.plan().numTokens());
    assertThat(planner.propose(1)).isEmpty();
  }

  /** From ample memory down to the least that there is a way for: a run keeps to what it gets. */
  @ParameterizedTest(name = "lora {0}")
  @ValueSource(booleans = {true, false})
  void aRunKeepsToTheMemoryOfItsProposal(boolean lora) {
    SftConfig config = TinyRun.config(model, data, folder.resolve("within-" + lora), lora);
    config.perDeviceTrainBatchSize = 8;
    config.gradientAccumulationSteps = 1;
    config.maxSteps = 2;
    config.overwriteOutputDir = true;
    SftPlanner planner = new SftPlanner(config, RATES, Optional.empty());
    Set<Integer> batchSizes = new TreeSet<>();
    long memory = Long.MAX_VALUE;
    for (var found = planner.propose(memory); found.isPresent(); found = planner.propose(memory)) {
      SftProposal proposal = found.orElseThrow();
      config.perDeviceTrainBatchSize = proposal.perDeviceTrainBatchSize();
      config.gradientAccumulationSteps = proposal.gradientAccumulationSteps();
      config.gradientCheckpointing = proposal.gradientCheckpointing();
      TrainingSummary summary = TinyRun.run(config, false);
      assertThat(summary.peakMemoryBytes())
          .isEqualTo(proposal.plan().peakBytes())
          .isLessThanOrEqualTo(memory);
      batchSizes.add(config.perDeviceTrainBatchSize);
      memory = proposal.plan().peakBytes() - 1;
    }
    assertThat(batchSizes).hasSizeGreaterThan(1).contains(8);
  }
}
