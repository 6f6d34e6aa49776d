package dev.sifter.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.Json;
import dev.sifter.train.config.ConfigReader;
import dev.sifter.train.sft.SftConfig;
import dev.sifter.train.sft.SftRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Options of a configuration file that reach the adapter, and the run with LoRA+. */
class AdapterOptionsTest {
  @TempDir private Path folder;

  @Test
  void theFilesOptionsAreTheAdapters() throws IOException {
    Path file = folder.resolve("run.yaml");
    Files.writeString(
        file,
        """
        output_dir: out
        model_name_or_path: model
        dataset_name: [d]
        use_peft: true
        loraplus_lr_ratio: 16
        trainable_token_indices: [3, 5]
        exclude_modules: [v_proj]
        layers_to_transform: [1]
        rank_pattern: {q_proj: 2}
        alpha_pattern: {q_proj: 6}
        use_dora: true
        init_lora_weights: gaussian
        """);
    SftConfig config = ConfigReader.read(file, List.of(), SftConfig.class);
    config.validate();
    Path model = TinyModel.SMALLEST.write(folder.resolve("model"));
    Path data = TinyModel.writeConversations(folder.resolve("data.jsonl"), 12);
    SftConfig run = TinyRun.config(model, data, folder.resolve("out"), true);
    run.trainableTokenIndices = config.trainableTokenIndices;
    run.excludeModules = config.excludeModules;
    run.layersToTransform = config.layersToTransform;
    run.rankPattern = config.rankPattern;
    run.alphaPattern = config.alphaPattern;
    run.useDora = config.useDora;
    run.loraplusLrRatio = config.loraplusLrRatio;
    run.maxSteps = 2;
    TinyRun.run(run, false);
    ObjectNode written = Json.readObject(folder.resolve("out/adapter_config.json"));
    assertThat(written.get("use_dora").asBoolean()).isTrue();
    assertThat(written.get("layers_to_transform").get(0).asInt()).isEqualTo(1);
    assertThat(written.get("rank_pattern").get("q_proj").asInt()).isEqualTo(2);
    assertThat(written.get("target_modules").toString())
        .contains("q_proj")
        .doesNotContain("v_proj");
    assertThat(written.get("trainable_token_indices").toString()).contains("[3,5]");
    byte[] fast = TinyRun.weights(folder.resolve("out"));
    run.loraplusLrRatio = 1;
    run.outputDir = folder.resolve("slow").toString();
    try (SftRun slow = SftRun.open(run, false)) {
      slow.run();
    }
    assertThat(TinyRun.weights(folder.resolve("slow"))).isNotEqualTo(fast);
  }
}
