package dev.sifter.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.sifter.engine.Backends;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.backend.gpu.GpuBackend;
import dev.sifter.engine.tensor.DType;
import dev.sifter.kernels.gpu.Gpu;
import dev.sifter.kernels.gpu.GpuDevices;
import dev.sifter.kernels.gpu.GpuLostException;
import dev.sifter.kernels.gpu.OutOfDeviceMemoryException;
import dev.sifter.kernels.gpu.emulator.EmulatedGpu;
import dev.sifter.kernels.gpu.emulator.EmulatorOptions;
import dev.sifter.train.data.PreparationListener;
import dev.sifter.train.sft.SftConfig;
import dev.sifter.train.sft.SftRun;
import dev.sifter.train.trainer.Checkpoints;
import dev.sifter.train.trainer.TrainingListener;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run whose device has too little memory, or goes away: what is said, and what is left. */
class GpuFailureTest {
  private static final int LOST_IN_STEP = 4;

  @TempDir static Path folder;
  private static Path model;
  private static Path data;

  @BeforeAll
  static void prepare() {
    model = TinyModel.SMALLEST.write(folder.resolve("model"));
    data = TinyModel.writeConversations(folder.resolve("data.jsonl"), 12);
  }

  /** The model fits; the activations of a step do not. */
  @Test
  void tooLittleMemoryNamesTheOptionsThatLowerIt() {
    Gpu gpu = new EmulatedGpu(EmulatorOptions.defaults().withCores(2).withMemoryBytes(100 << 20));
    Backends.Choice device = choice(gpu);
    SftConfig config = TinyRun.config(model, data, folder.resolve("small"), true);
    assertThatExceptionOfType(OutOfDeviceMemoryException.class)
        .isThrownBy(
            () -> {
              try (SftRun run = SftRun.on(device, config, null, PreparationListener.NONE)) {
                run.run();
              }
            })
        .withMessageMatching("out of GPU memory: \\d+ MiB needed, \\d+ MiB of 100 MiB free; .*")
        .withMessageContaining("per_device_train_batch_size")
        .withMessageContaining("gradient_checkpointing");
    assertThat(device.backend().ledger().bytes()).as("bytes not given back").isZero();
  }

  @Test
  void aLostDeviceLeavesTheCheckpointsWhole() {
    SftConfig config = config("lost");
    AtomicBoolean lost = new AtomicBoolean();
    Gpu gpu =
        new LosingGpu(new EmulatedGpu(EmulatorOptions.defaults().withCores(2)), lost::getPlain);
    assertThatExceptionOfType(GpuLostException.class)
        .isThrownBy(
            () -> {
              try (SftRun run = SftRun.on(choice(gpu), config, null, PreparationListener.NONE)) {
                run.addListener(
                    new TrainingListener() {
                      @Override
                      public void stepDone(long step, double loss) {
                        lost.setPlain(step == LOST_IN_STEP - 1);
                      }
                    });
                run.run();
              }
            })
        .withMessageContaining("--resume");

    Path checkpoint = Checkpoints.latest(Path.of(config.outputDir)).orElseThrow();
    assertThat(checkpoint).hasFileName("checkpoint-2");
    assertThat(List.of("adapter_model.safetensors", "optimizer.safetensors", "trainer_state.json"))
        .allMatch(name -> Files.isRegularFile(checkpoint.resolve(name)));
    TinyRun.run(config, true);
    SftConfig straight = config("straight");
    TinyRun.run(straight, false);
    assertThat(TinyRun.weights(Path.of(config.outputDir)))
        .as("resumed on another device of the kind, to the same bits")
        .isEqualTo(TinyRun.weights(Path.of(straight.outputDir)));
  }

  private static SftConfig config(String name) {
    SftConfig config = TinyRun.config(model, data, folder.resolve(name), true);
    config.device = "emulator";
    config.gradientAccumulationSteps = 1;
    config.saveStrategy = "steps";
    config.saveSteps = 2;
    return config;
  }

  private static Backends.Choice choice(Gpu gpu) {
    Backend backend =
        new GpuBackend("emulator", new GpuDevices.Choice<>(gpu, "a test's"), DType.BF16);
    return new Backends.Choice(backend, "a test's");
  }
}
