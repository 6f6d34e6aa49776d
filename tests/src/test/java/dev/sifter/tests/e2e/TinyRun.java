package dev.sifter.tests.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.sifter.model.Json;
import dev.sifter.train.sft.SftConfig;
import dev.sifter.train.sft.SftRun;
import dev.sifter.train.trainer.TrainingListener;
import dev.sifter.train.trainer.TrainingSummary;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Fine-tuning runs of a {@link TinyModel}, and what they leave behind. */
final class TinyRun {
  /** Figures of the log that depend on the clock, or on how long the process has run. */
  private static final List<String> NOT_OF_THE_STEP =
      List.of("tokens_per_second", "mfu", "peak_memory_bytes");

  private TinyRun() {}

  /** A run of a few steps over shuffled data; every option that matters is set. */
  static SftConfig config(Path model, Path data, Path output, boolean lora) {
    SftConfig config = new SftConfig();
    config.modelNameOrPath = model.toString();
    config.datasetName = List.of(data.toString());
    config.outputDir = output.toString();
    config.usePeft = lora;
    config.loraR = 4;
    config.loraAlpha = 8;
    config.loraDropout = 0.2;
    config.loraTargetModules = TextNode.valueOf("all-linear");
    config.learningRate = 5e-3;
    config.weightDecay = 0.01;
    config.maxSteps = 6;
    config.perDeviceTrainBatchSize = 2;
    config.gradientAccumulationSteps = 2;
    config.loggingSteps = 1;
    config.saveStrategy = "no";
    config.gradientCheckpointing = false;
    config.threads = 2;
    return config;
  }

  /** Runs to the end. */
  static TrainingSummary run(SftConfig config, boolean resume, TrainingListener... listeners) {
    try (SftRun run = SftRun.open(config, resume)) {
      for (TrainingListener listener : listeners) {
        run.addListener(listener);
      }
      return run.run();
    }
  }

  /** The bytes of what a run or a checkpoint wrote: an adapter's or a model's weights. */
  static byte[] weights(Path folder) {
    Path adapter = folder.resolve("adapter_model.safetensors");
    return bytes(Files.exists(adapter) ? adapter : folder.resolve("model.safetensors"));
  }

  static byte[] bytes(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The lines of a run's log that belong to a step, without what the process decides. */
  static List<JsonNode> stepLines(SftConfig config) {
    try {
      List<JsonNode> lines = new ArrayList<>();
      for (String line : Files.readAllLines(Path.of(config.outputDir, "log.jsonl"))) {
        ObjectNode node = (ObjectNode) Json.mapper().readTree(line);
        node.remove(NOT_OF_THE_STEP);
        if (node.has("loss")) {
          lines.add(node);
        }
      }
      return lines;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
