package dev.sifter.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sifter.model.weights.SafetensorsFile;
import dev.sifter.train.sft.SftConfig;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Packing keeps a document whose completion was cut off, so that a step may see no target. TRL
 * 1.13.0, given such a step of learning rate 0.1 and decay 0.1, printed a loss and a norm of 0,
 * left norms as they were, and made 0.99 of every weight that decays.
 */
class StepWithoutTargetsTest {
  @TempDir static Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"adamw_torch", "sgd", "adafactor"})
  void weightsDecayInIt(String optim) throws IOException {
    Path model = TinyModel.SMALLEST.write(folder.resolve("model"));
    Path data = folder.resolve("data.jsonl");
    String prompt = String.join(" ", Collections.nCopies(40, "a"));
    Files.writeString(
        data,
        """
        {"prompt": "%s", "completion": " a"}
        {"prompt": "a", "completion": " a"}
        """
            .formatted(prompt));
    SftConfig config = TinyRun.config(model, data, folder.resolve(optim), false);
    config.optim = optim;
    config.maxSteps = 1;
    config.perDeviceTrainBatchSize = 1;
    config.gradientAccumulationSteps = 1;
    config.trainSamplingStrategy = "sequential"; // the longest document is packed first
    config.packing = true;
    config.maxLength = 16;
    config.maxTruncatedShare = 1;
    config.checkStopToken = false;
    config.learningRate = 0.1;
    config.weightDecay = 0.1;
    config.lrSchedulerType = "constant";
    TinyRun.run(config, false);
    JsonNode line = TinyRun.stepLines(config).getFirst();
    assertThat(line.get("loss").asDouble()).isZero();
    assertThat(line.get("grad_norm").asDouble()).isZero();
    Path result = Path.of(config.outputDir);
    for (String name : new String[] {"self_attn.q_proj", "input_layernorm"}) {
      float before = first(model, name);
      double factor = name.endsWith("norm") ? 1 : 0.99;
      assertThat((double) first(result, name)).isCloseTo(factor * before, within(1e-7));
    }
  }

  private static float first(Path folder, String module) {
    try (SafetensorsFile file = SafetensorsFile.open(folder.resolve("model.safetensors"))) {
      return file.tensor("model.layers.0." + module + ".weight")
          .segment()
          .get(ValueLayout.JAVA_FLOAT_UNALIGNED, 0);
    }
  }
}
