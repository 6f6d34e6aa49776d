package dev.sifter.train.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SftCommandTest {
  @TempDir Path folder;

  @Test
  void optionsOnTheCommandLineWinOverTheFile() throws IOException {
    Cli cli = Cli.run("sft", config(), "--max_steps", "2", "--learning-rate", "1e-3");
    assertThat(cli.code()).as(cli.err()).isZero();
    assertThat(cli.out()).contains("after 2 steps");
    assertThat(folder.resolve("out/adapter_model.safetensors")).exists();
  }

  @Test
  void anUnknownOptionIsNamedWithTheNearestOne() throws IOException {
    Cli cli = Cli.run("sft", config(), "--learning_rat", "1e-3");
    assertThat(cli.code()).isEqualTo(1);
    assertThat(cli.err()).contains("'learning_rat'").contains("'learning_rate'");
  }

  @Test
  void thePlanIsTheRunsOwn() throws IOException {
    Cli cli = Cli.run("plan", config(), "--max_steps", "3", "--json");
    assertThat(cli.code()).as(cli.err()).isZero();
    assertThat(cli.out()).contains("\"steps\" : 3").contains("\"peak_bytes\"");
  }

  @Test
  void optionsWithoutEffectAreNotedByEveryCommand() throws IOException {
    Path config = config();
    for (String command : List.of("data", "plan")) {
      Cli cli = Cli.run(command, config, "--attn_implementation", "sdpa");
      assertThat(cli.code()).as(cli.err()).isZero();
      assertThat(cli.err()).contains("note: attn_implementation has no effect");
    }
  }

  private Path config() throws IOException {
    Path model = TinyModel.save(folder.resolve("model"));
    Path data = folder.resolve("data.jsonl");
    Files.writeString(
        data,
        """
        {"messages": [{"role": "user", "content": "hello"}, {"role": "assistant", "content": "world"}]}
        {"messages": [{"role": "user", "content": "the fox"}, {"role": "assistant", "content": "jumps"}]}
        """);
    return Files.writeString(
        folder.resolve("config.yaml"),
        """
        model_name_or_path: %s
        dataset_name: [%s]
        output_dir: %s
        use_peft: true
        lora_r: 2
        lora_target_modules: all-linear
        assistant_only_loss: true
        per_device_train_batch_size: 2
        max_length: 64
        max_steps: 9
        save_strategy: "no"
        """
            .formatted(model, data, folder.resolve("out")));
  }
}
