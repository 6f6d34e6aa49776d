package dev.sifter.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sifter.engine.Backends;
import dev.sifter.engine.backend.Backend;
import dev.sifter.model.Json;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.lora.AdaptedModel;
import dev.sifter.model.weights.SafetensorsFile;
import dev.sifter.train.cli.Main;
import dev.sifter.train.sft.SftConfig;
import dev.sifter.train.trainer.Checkpoints;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process killed at any moment leaves checkpoints that are whole, and can be continued. */
class CrashTest {
  private static final int KILLS = 3;
  private static final long PATIENCE_SECONDS = 60;

  @TempDir Path folder;

  @Test
  void survivesBeingKilled() throws Exception {
    Path model = TinyModel.SMALLEST.write(folder.resolve("model"));
    Path data = TinyModel.writeConversations(folder.resolve("data.jsonl"), 12);
    Path output = folder.resolve("out");
    long seed = System.nanoTime();
    System.out.println("CrashTest: seed " + seed);
    Random random = new Random(seed);
    long steps = 0;
    for (int kill = 0; kill < KILLS; kill++) {
      killAfterCheckpoint(steps + 1, random.nextInt(200), model, data, output);
      steps = checkCheckpoints(model, output);
    }

    SftConfig resumed = CrashingRun.config(model, data, output, steps + 2);
    TinyRun.run(resumed, true);
    SftConfig straight = CrashingRun.config(model, data, folder.resolve("straight"), steps + 2);
    straight.saveStrategy = "no";
    TinyRun.run(straight, false);
    assertThat(TinyRun.weights(output)).isEqualTo(TinyRun.weights(Path.of(straight.outputDir)));
    assertThat(TinyRun.stepLines(resumed)).isEqualTo(TinyRun.stepLines(straight));
    assertThat(output.toFile().list()).noneMatch(name -> name.startsWith(".checkpoint"));
  }

  @Test
  void whoInterruptsARunIsToldWhatIsLeftOfIt() throws Exception {
    Path output = folder.resolve("out");
    Path config = folder.resolve("config.yaml");
    Files.writeString(
        config,
        """
        model_name_or_path: '%s'
        dataset_name: '%s'
        output_dir: '%s'
        device: cpu
        max_steps: 1000000
        save_steps: 1
        check_stop_token: false
        """
            .formatted(
                TinyModel.SMALLEST.write(folder.resolve("model")),
                TinyModel.writeConversations(folder.resolve("data.jsonl"), 12),
                output));
    Path log = folder.resolve("process.log");
    Process process = ChildJvm.start(log, Main.class, "sft", config.toString());
    assumeTrue(process.supportsNormalTermination(), "this system ends processes by force only");
    try {
      awaitCheckpoint(1, output, process, log);
      process.destroy(); // as Ctrl-C does, it lets the process have a last word
      assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    } finally {
      process.destroyForcibly().waitFor();
    }
    assertThat(read(log))
        .contains(
            "interrupted: --resume goes on after "
                + output.resolve("checkpoint-" + newest(output)));
  }

  private void killAfterCheckpoint(long step, int millis, Path model, Path data, Path output)
      throws Exception {
    Path log = folder.resolve("process.log");
    Process process =
        ChildJvm.start(
            log,
            CrashingRun.class,
            model.toString(),
            data.toString(),
            output.toString(),
            String.valueOf(step > 1));
    try {
      awaitCheckpoint(step, output, process, log);
      Thread.sleep(millis);
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  private static void awaitCheckpoint(long step, Path output, Process process, Path log)
      throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (newest(output) < step) {
      assertThat(process.isAlive()).as(() -> read(log)).isTrue();
      assertThat(System.nanoTime()).as("waiting for step " + step).isLessThan(deadline);
      Thread.sleep(5);
    }
  }

  private static String read(Path log) {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      return e.toString();
    }
  }

  private static long newest(Path output) {
    Optional<Path> latest = Checkpoints.latest(output);
    return latest.map(CrashTest::step).orElse(0L);
  }

  private static long step(Path checkpoint) {
    return Long.parseLong(checkpoint.getFileName().toString().substring("checkpoint-".length()));
  }

  /** Loads whatever calls itself a checkpoint; returns the newest one's step. */
  private static long checkCheckpoints(Path model, Path output) throws IOException {
    List<Path> checkpoints;
    try (Stream<Path> files = Files.list(output)) {
      checkpoints =
          files.filter(f -> f.getFileName().toString().startsWith("checkpoint-")).toList();
    }
    assertThat(checkpoints).isNotEmpty();
    for (Path checkpoint : checkpoints) {
      assertThat(Json.readObject(checkpoint.resolve("trainer_state.json")).path("global_step"))
          .hasToString(String.valueOf(step(checkpoint)));
      try (Backend backend = Backends.open("auto", 1);
          Decoder decoder = AdaptedModel.load(model, checkpoint, backend, true);
          SafetensorsFile moments =
              SafetensorsFile.open(checkpoint.resolve("optimizer.safetensors"))) {
        assertThat(moments.entries()).hasSize(2 * decoder.parameters().trainable().size());
      }
    }
    return newest(output);
  }
}
