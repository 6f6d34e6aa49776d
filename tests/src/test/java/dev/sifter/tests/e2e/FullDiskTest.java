package dev.sifter.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sifter.engine.Backends;
import dev.sifter.engine.backend.Backend;
import dev.sifter.model.chat.ChatTemplates;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.lora.AdaptedModel;
import dev.sifter.model.lora.AdapterFolder;
import dev.sifter.model.tokenizer.Tokenizer;
import dev.sifter.train.config.ConfigReader;
import dev.sifter.train.data.Example;
import dev.sifter.train.data.SftPreparation;
import dev.sifter.train.sft.SftBatches;
import dev.sifter.train.sft.SftConfig;
import dev.sifter.train.sft.SftRun;
import dev.sifter.train.trainer.Checkpoints;
import dev.sifter.train.trainer.ModelSaver;
import dev.sifter.train.trainer.RunRecord;
import dev.sifter.train.trainer.Trainer;
import dev.sifter.train.trainer.TrainingLog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk that takes no more bytes costs the checkpoint at hand, and none before it. */
class FullDiskTest {
  private static final Path FULL = Path.of("/dev/full");

  @TempDir Path folder;
  private SftConfig config;

  @BeforeEach
  void makeModel() {
    Path model = TinyModel.SMALLEST.write(folder.resolve("model"));
    Path data = TinyModel.writeConversations(folder.resolve("data.jsonl"), 12);
    config = CrashingRun.config(model, data, folder.resolve("out"), 4);
  }

  @Test
  void theResultThatDoesNotFitIsNamedAndCheckpointsStay() {
    assumeTrue(Files.exists(FULL), "skipped: this system has no /dev/full");
    Path output = Path.of(config.outputDir);
    Path adapter = output.resolve("adapter_model.safetensors");
    linkToFullDevice(output.resolve(".adapter_model.safetensors.partial"));
    try (SftRun run = SftRun.open(config, false)) {
      assertThatThrownBy(run::run)
          .isInstanceOf(UncheckedIOException.class)
          .hasMessageContaining(adapter.toString())
          .hasMessageContaining("No space left on device");
    }
    assertThat(adapter).doesNotExist();
    checkThatItLoads(output.resolve("checkpoint-4"));
  }

  @Test
  void theCheckpointThatDoesNotFitIsNamedAndEarlierOnesStay() {
    assumeTrue(Files.exists(FULL), "skipped: this system has no /dev/full");
    Path output = Path.of(config.outputDir);
    Path base = Path.of(config.modelNameOrPath);
    List<Example> examples =
        SftPreparation.prepare(
                config.dataConfig(), Tokenizer.load(base), ChatTemplates.find(base).orElseThrow())
            .examples();
    try (Backend backend = Backends.open("auto", 1);
        Decoder model = SftRun.loadModel(config, backend, null);
        Trainer trainer =
            new Trainer(model, config, SftBatches.training(config, examples), List.of())) {
      ModelSaver saver =
          folder -> {
            AdapterFolder.save(folder, model, config.loraConfig(), config.modelNameOrPath);
            if (trainer.globalStep() == 3) {
              linkToFullDevice(folder.resolve(".optimizer.safetensors.partial"));
            }
          };
      RunRecord record = new RunRecord(ConfigReader.values(config), examples.size(), 0, "test");
      trainer.checkpointsTo(
          new Checkpoints(output, saver, 0, new TrainingLog(output), record)::write);
      assertThatThrownBy(trainer::run)
          .isInstanceOf(UncheckedIOException.class)
          .hasMessageContaining(output.resolve("checkpoint-3").toString())
          .hasMessageContaining("No space left on device")
          .hasMessageContaining("Earlier checkpoints are whole")
          .hasMessageContaining("--resume");
    }
    checkThatItLoads(output.resolve("checkpoint-2"));
    assertThat(output.resolve(".checkpoint-3.partial")).doesNotExist();
  }

  /** What a writer is about to create is there already, and leads to a device without room. */
  private static void linkToFullDevice(Path file) {
    try {
      Files.createDirectories(file.getParent());
      Files.createSymbolicLink(file, FULL);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void checkThatItLoads(Path checkpoint) {
    try (Backend backend = Backends.open("auto", 1);
        Decoder model =
            AdaptedModel.load(Path.of(config.modelNameOrPath), checkpoint, backend, true)) {
      assertThat(model.parameters().trainable()).isNotEmpty();
    }
    assertThat(Checkpoints.latest(checkpoint.getParent())).contains(checkpoint);
  }
}
