package dev.sifter.tests.badinput;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sifter.model.lora.LoraConfig;
import dev.sifter.train.config.ConfigReader;
import dev.sifter.train.sft.SftConfig;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Configurations of transformers, TRL and PEFT, as they are. */
class ReferenceOptionsTest extends OptionsOfAFile {
  @ParameterizedTest
  @CsvSource({"max_seq_length,max_length,77", "warmup_ratio,warmup_steps,0.1"})
  void oldNamesAreUnderstood(String old, String now, String value) {
    SftConfig config = read(old + ": " + value);
    assertThat(old.equals("max_seq_length") ? config.maxLength : config.warmupSteps)
        .isEqualTo(Double.parseDouble(value));
    assertRefused(
        "%s: %s%n%s: %s%n".formatted(old, value, now, value),
        old,
        "old name of " + now,
        "give one of them");
  }

  /** A configuration of the reference stack runs; what cannot change a result is told of. */
  @Test
  void optionsOfTheReferenceStackThatHaveNoEffect() {
    SftConfig config =
        read(
            """
            output_dir: out
            torch_dtype: bfloat16
            attn_implementation: flash_attention_2
            use_liger_kernel: true
            gradient_checkpointing_kwargs: {use_reentrant: false}
            dataloader_num_workers: 0
            tf32: false
            deepspeed: null
            load_in_8bit: false
            """);
    assertThat(config.notes())
        .hasSize(5)
        .anySatisfy(note -> assertThat(note).startsWith("use_liger_kernel has no effect: "))
        .noneSatisfy(note -> assertThat(note).contains("deepspeed"));
  }

  @ParameterizedTest
  @CsvSource({
    "deepspeed,zero3.json,one device",
    "load_in_8bit,true,load_in_4bit: true",
    "activation_offloading,true,gradient_checkpointing: true",
    "resume_from_checkpoint,true,--resume",
    "auto_find_batch_size,true,sifter plan",
    "group_by_length,true,train_sampling_strategy",
    "streaming,true,name the files",
    "peft_config,{peft_type: IA3},only LORA",
    "peft_config,{use_qalora: true},load_in_4bit",
    "peft_config,lora.yaml,LoraConfig",
    "peft_config,[r: 8],LoraConfig"
  })
  void optionsOfTheReferenceStackThatCannotBeHad(String key, String value, String remedy) {
    assertRefused(key + ": " + value, remedy);
  }

  /** A dumped configuration of the reference stack has null for what was not given. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "lora_modules_to_save",
        "layers_to_transform",
        "rank_pattern",
        "dataset_kwargs",
        "eval_dataset",
        "report_to",
        "lr_scheduler_kwargs",
        "loss_type",
        "save_total_limit",
        "eval_steps",
        "pad_to_multiple_of",
        "warmup_ratio",
        "peft_config",
        "eval_tasks"
      })
  void nothingIsTheDefault(String key) {
    SftConfig config =
        read(
            "output_dir: out\nmodel_name_or_path: m\ndataset_name: [d]\nwarmup_steps: 3\n"
                + key
                + ": null");
    config.validate();
    SftConfig without = new SftConfig();
    without.outputDir = "out";
    without.modelNameOrPath = "m";
    without.datasetName = List.of("d");
    without.warmupSteps = 3;
    assertThat(ConfigReader.values(config)).isEqualTo(ConfigReader.values(without));
  }

  /** What only says the default of the reference stack is not worth a word. */
  @Test
  void optionsOfTheReferenceStackAsTheyAreByDefault() {
    SftConfig config =
        read("router_aux_loss_coef: 0.001\nremove_unused_columns: true\nqalora_group_size: 16\n");
    assertThat(config.notes()).isEmpty();
    assertThat(read("router_aux_loss_coef: 0.0").notes()).singleElement().asString().contains("no");
  }

  /** What it leaves out is as in PEFT's LoraConfig, not as in TRL's options of the same names. */
  @Test
  void peftConfigHasItsOwnDefaults() {
    SftConfig config = read("peft_config: {target_modules: all-linear}", "--lora_alpha", "12");
    assertThat(config.usePeft).isTrue();
    assertThat(config.loraR).isEqualTo(8);
    assertThat(config.loraAlpha).as("the command line wins").isEqualTo(12);
    assertThat(config.loraDropout).isZero();
    SftConfig listed = read("use_peft: true\nlora_target_modules: all-linear");
    assertThat(listed.loraR).isEqualTo(16);
    assertThat(listed.loraAlpha).isEqualTo(32);
    assertThat(listed.loraDropout).isEqualTo(0.05);
    assertRefused("peft_config: {r: 4}\nlora_r: 4", "lora_r", "twice");
  }

  /** PEFT's name is a switch for a bias of B; which of the base's biases are trained is another. */
  @Test
  void twoOptionsOfBiases() {
    SftConfig config = read("use_peft: true\nbias: all\nlora_bias: true\n");
    assertThat(config.loraConfig().loraBias()).isTrue();
    assertThat(config.loraConfig().bias()).isEqualTo(LoraConfig.Bias.ALL);
    assertRefused("lora_bias: lora_only", "lora_bias");
  }
}
