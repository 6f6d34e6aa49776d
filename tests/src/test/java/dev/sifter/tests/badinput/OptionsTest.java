package dev.sifter.tests.badinput;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sifter.engine.backend.TokenLoss;
import dev.sifter.train.config.ConfigReader;
import dev.sifter.train.sft.SftConfig;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Options that are misspelt, of the wrong type or without effect. */
class OptionsTest extends OptionsOfAFile {
  @ParameterizedTest
  @CsvSource({
    "learning_rat,learning_rate",
    "lora_rank,lora_r",
    "gradient_accumulation_step,gradient_accumulation_steps",
    "maxlength,max_length",
    "outputdir,output_dir"
  })
  void unknownKeyNamesTheNearest(String key, String nearest) {
    assertRefused(key + ": 1", "'" + key + "'", "did you mean '" + nearest + "'");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "learning_rate; fast; a number",
        "learning_rate; 2e-4x; a number",
        "learning_rate; 2e-4f; a number",
        "learning_rate; 1e999; a number",
        "max_steps; 1.5x; a whole number",
        "max_steps; 1.5; a whole number",
        "lora_r; 4.5; a whole number",
        "packing; perhaps; true or false",
        "eval_packing; 2; true or false",
        "output_dir; {a: 1}; a text",
        "dataset_name; {a: 1}; a text",
        "max_steps; [1]; a whole number"
      })
  void wrongTypeNamesTheKey(String key, String value, String wanted) {
    assertRefused(key + ": " + value, key + " is ", "; it must be " + wanted);
  }

  /** As in YAML 1.2 only true and false are flags by themselves; the others follow the option. */
  @Test
  void noIsATextOrAFlag() {
    SftConfig config =
        read("eval_strategy: no", "--save_strategy", "no", "--packing", "on", "--bf16", "no");
    assertThat(config.evalStrategy).isEqualTo("no");
    assertThat(config.saveStrategy).isEqualTo("no");
    assertThat(config.packing).isTrue();
    assertThat(config.bf16).isFalse();
    assertThat(read("packing: true\nbf16: null").bf16).isNull();
  }

  /** What PyYAML makes numbers of is a number where one is wanted, and nowhere else. */
  @Test
  void textsAreTakenAsTheyAreWritten() {
    SftConfig config =
        read(
            "output_dir: 1e3\nmax_steps: 1_000\nlearning_rate: 1e-3",
            "--eos_token",
            "[END]",
            "--dataset_text_field",
            "# a: b",
            "--eot_tokens",
            "[007, no]");
    assertThat(config.outputDir).isEqualTo("1e3");
    assertThat(config.maxSteps).isEqualTo(1000);
    assertThat(config.learningRate).isEqualTo(0.001);
    assertThat(config.eosToken).isEqualTo("[END]");
    assertThat(config.datasetTextField).isEqualTo("# a: b");
    assertThat(config.eotTokens).containsExactly("007", "no");
    assertThat(read("evaluation_strategy: no\noutput_dir: 1.50", "--output_dir", "007").outputDir)
        .isEqualTo("007");
  }

  @ParameterizedTest
  @CsvSource({"learning_rate", "max_steps", "packing"})
  void nothingWhereANumberIsNeeded(String key) {
    assertRefused(key + ":", key);
  }

  @Test
  void optionsThatOthersSwitchOff() {
    String yaml =
        """
        output_dir: out
        lora_r: 8
        packing_strategy: wrapped
        sgd_momentum: 0.9
        lr_scheduler_type: constant
        warmup_steps: 10
        eval_dataset: [held.jsonl]
        loss_type: dft
        label_smoothing_factor: 0.1
        """;
    assertThat(read(yaml).notes())
        .containsExactlyInAnyOrder(
            "lora_r has no effect: use_peft is false",
            "packing_strategy has no effect: packing is false",
            "sgd_momentum has no effect: optim is adamw_torch",
            "warmup_steps has no effect: lr_scheduler_type constant begins at the full rate;"
                + " constant_with_warmup warms up",
            "eval_dataset has no effect: eval_strategy is no",
            "label_smoothing_factor has no effect: loss_type is dft");
    assertThat(read(yaml).tokenLoss()).isEqualTo(new TokenLoss(0, true));
    assertThat(
            read(
                    yaml,
                    "--use_peft",
                    "true",
                    "--packing",
                    "true",
                    "--optim",
                    "sgd",
                    "--lr_scheduler_type",
                    "constant_with_warmup",
                    "--eval_strategy",
                    "epoch",
                    "--loss_type",
                    "nll")
                .notes())
        .isEmpty();
    assertThat(read(yaml, "--loss_type", "nll").tokenLoss()).isEqualTo(new TokenLoss(0.1f, false));
  }

  @Test
  void optionsOfWhatIsNotDone() {
    String yaml =
        """
        output_dir: out
        save_strategy: epoch
        save_steps: 5
        save_total_limit: 2
        logging_strategy: epoch
        logging_steps: 5
        early_stopping_threshold: 0.1
        loss_watchdog_patience: 3
        logging_dir: curves
        """;
    assertThat(read(yaml).notes())
        .containsExactlyInAnyOrder(
            "save_steps has no effect: save_strategy is epoch",
            "logging_steps has no effect: logging_strategy is epoch",
            "early_stopping_threshold has no effect: early_stopping_patience is 0",
            "loss_watchdog_patience has no effect: loss_watchdog_threshold is not given",
            "logging_dir has no effect: report_to does not name tensorboard");
    assertThat(read(yaml, "--save_strategy", "no").notes())
        .contains(
            "save_steps has no effect: save_strategy is no",
            "save_total_limit has no effect: save_strategy is no");
    assertThat(
            read(
                    yaml,
                    "--save_strategy",
                    "steps",
                    "--logging_strategy",
                    "steps",
                    "--early_stopping_patience",
                    "1",
                    "--loss_watchdog_threshold",
                    "9",
                    "--report_to",
                    "tensorboard")
                .notes())
        .isEmpty();
    // Evaluations come as often as lines of the log where nothing else is said.
    assertThat(read(yaml, "--eval_strategy", "steps").notes())
        .doesNotContain("logging_steps has no effect: logging_strategy is epoch");
    assertThat(read(yaml, "--eval_strategy", "steps", "--eval_steps", "9").notes())
        .contains("logging_steps has no effect: logging_strategy is epoch");
  }

  @Test
  void notYaml() {
    assertRefused("output_dir: out\nlearning_rate: [1, 2\nmax_steps: 3\n", "line ");
    assertRefused("- a\n- b\n", "keys and values");
    assertRefused("", "keys and values");
  }

  @Test
  void noFile() {
    assertThatThrownBy(
            () -> ConfigReader.read(folder.resolve("no.yaml"), List.of(), SftConfig.class))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no.yaml does not exist");
  }

  @Test
  void theSameKeyTwice() {
    assertRefused("max_steps: 1\nmax_steps: 2\n", "max_steps");
  }

  @Test
  void commandLine() {
    assertThat(read("max_steps: 1", "--max-steps", "5").maxSteps).isEqualTo(5);
    assertThatThrownBy(() -> read("max_steps: 1", "--max-steps"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("--max-steps")
        .hasMessageContaining("--key value");
    assertThatThrownBy(() -> read("max_steps: 1", "max-steps", "5"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("max-steps");
    assertThatThrownBy(() -> read("max_steps: 1", "--max-steps", "[5"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("--max-steps [5");
    assertThatThrownBy(() -> read("max_steps: 1", "--formatting_func", "# {{text}}"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("--formatting_func '# {{text}}'", "a comment");
  }

  /** Such as a list that ends in a dash: an item without a value. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "dataset_name: [d, null]; dataset_name is [\"d\",null]; a text",
        "callbacks: [null]; callbacks is [null]; a text",
        "layers_to_transform: [0, ~]; layers_to_transform is [0,null]; a whole number",
        "chat_roles: {bot: null}; chat_roles is {\"bot\":null}; a text",
        "rank_pattern: {q_proj: }; rank_pattern is {\"q_proj\":null}; a whole number",
        "alpha_pattern: {q_proj: ~}; alpha_pattern is {\"q_proj\":null}; a number"
      })
  void nothingWithinAListOrAMapping(String yaml, String what, String wanted) {
    assertThatThrownBy(() -> read(yaml))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(what + "; it must be " + wanted);
  }

  /** As Python's None, which the reference stack writes for what was not given. */
  @Test
  void nothingWithinMappingsOfArguments() {
    SftConfig config =
        read("dataset_kwargs: {add_special_tokens: null}\nlr_scheduler_kwargs: {a: ~}");
    assertThat(config.datasetKwargs).isEmpty();
    assertThat(config.lrSchedulerKwargs).containsEntry("a", null);
  }
}
