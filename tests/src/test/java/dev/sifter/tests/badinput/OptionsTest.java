package dev.sifter.tests.badinput;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sifter.model.lora.LoraConfig;
import dev.sifter.tests.TestBackends;
import dev.sifter.tests.e2e.TinyModel;
import dev.sifter.train.config.ConfigReader;
import dev.sifter.train.sft.SftConfig;
import dev.sifter.train.sft.SftRun;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Options that are misspelt, of the wrong type or out of range. */
class OptionsTest {
  @TempDir Path folder;

  private SftConfig read(String yaml, String... overrides) {
    Path file = folder.resolve("run.yaml");
    try {
      Files.writeString(file, yaml);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return ConfigReader.read(file, List.of(overrides), SftConfig.class);
  }

  private void assertRefused(String yaml, String... parts) {
    var refusal =
        assertThatThrownBy(() -> read(yaml))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("run.yaml");
    for (String part : parts) {
      refusal.hasMessageContaining(part);
    }
  }

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
        "max_steps; 1.5x; a whole number",
        "max_steps; 1.5; a whole number",
        "lora_r; 4.5; a whole number",
        "packing; perhaps; true or false",
        "eval_packing; 2; true or false",
        "output_dir; {a: 1}; a text",
        "dataset_name; {a: 1}; a text",
        "save_steps; [1]; a whole number"
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

  @ParameterizedTest
  @CsvSource({"learning_rate", "max_steps", "packing"})
  void nothingWhereANumberIsNeeded(String key) {
    assertRefused(key + ":", key);
  }

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
        """;
    assertThat(read(yaml).notes())
        .containsExactlyInAnyOrder(
            "lora_r has no effect: use_peft is false",
            "packing_strategy has no effect: packing is false",
            "sgd_momentum has no effect: optim is adamw_torch",
            "warmup_steps has no effect: lr_scheduler_type constant begins at the full rate;"
                + " constant_with_warmup warms up",
            "eval_dataset has no effect: eval_strategy is no");
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
                    "epoch")
                .notes())
        .isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "deepspeed,zero3.json,one device",
    "load_in_8bit,true,load_in_4bit: true",
    "activation_offloading,true,gradient_checkpointing: true",
    "resume_from_checkpoint,true,--resume",
    "auto_find_batch_size,true,sifter plan",
    "group_by_length,true,train_sampling_strategy",
    "peft_config,{peft_type: IA3},only LORA",
    "peft_config,{use_qalora: true},load_in_4bit",
    "peft_config,lora.yaml,LoraConfig",
    "peft_config,[r: 8],LoraConfig",
    "logging_strategy,epoch,logging_steps"
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
        read("logging_strategy: steps\nremove_unused_columns: true\nqalora_group_size: 16\n");
    assertThat(config.notes()).isEmpty();
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
  }

  @ParameterizedTest
  @CsvSource({
    "num_train_epochs,0",
    "per_device_train_batch_size,0",
    "per_device_eval_batch_size,0",
    "gradient_accumulation_steps,0",
    "gradient_accumulation_steps,1025",
    "learning_rate,-1",
    "warmup_steps,-1",
    "weight_decay,-0.1",
    "adam_beta1,1",
    "adam_beta2,-0.1",
    "adam_epsilon,0",
    "max_grad_norm,-1",
    "logging_steps,0",
    "save_steps,0",
    "save_total_limit,-1",
    "eval_steps,-1",
    "threads,-1",
    "max_length,0",
    "eval_strategy,sometimes",
    "eval_strategy,steps",
    "save_strategy,never",
    "train_sampling_strategy,sorted",
    "truncation_mode,middle",
    "packing_strategy,ffd",
    "bias,some",
    "eval_delay,-1",
    "eval_on_start,true",
    "loraplus_lr_ratio,0",
    "loraplus_lr_embedding,-1",
    "pad_to_multiple_of,0",
    "max_truncated_share,2",
    "model_name_or_path,",
    "dataset_name,[]"
  })
  void outOfRange(String key, String value) {
    String yaml = "output_dir: out\nmodel_name_or_path: m\ndataset_name: [d]\n";
    SftConfig config = read(yaml, "--" + key, value == null ? "null" : value);
    assertThatThrownBy(config::validate)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(key)
        .hasMessageContaining("must");
  }

  @ParameterizedTest
  @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY})
  void learningRateThatIsNoNumber(double rate) {
    SftConfig config = runnable();
    config.learningRate = rate;
    assertThatThrownBy(config::validate)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("learning_rate is " + rate);
  }

  @Test
  void outputFolderIsNeeded() {
    assertThatThrownBy(new SftConfig()::validate)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("output_dir");
  }

  private SftConfig runnable() {
    SftConfig config = new SftConfig();
    config.modelNameOrPath = TinyModel.SMALLEST.write(folder.resolve("model")).toString();
    config.datasetName =
        List.of(TinyModel.writeConversations(folder.resolve("d.jsonl"), 4).toString());
    config.outputDir = folder.resolve("out").toString();
    config.maxSteps = 1;
    return config;
  }

  private static void assertNotOpened(SftConfig config, boolean resume, String... parts) {
    var refusal =
        assertThatThrownBy(() -> SftRun.open(config, resume).close())
            .isInstanceOf(RuntimeException.class)
            .isNotInstanceOf(NullPointerException.class);
    for (String part : parts) {
      refusal.hasMessageContaining(part);
    }
  }

  /** Its checkpoints would be resumed later, or kept in place of the new ones. */
  @Test
  void anEarlierRunsCheckpoints() throws IOException {
    SftConfig config = runnable();
    Path old = Files.createDirectories(Path.of(config.outputDir, "checkpoint-7"));
    assertNotOpened(config, false, config.outputDir, "checkpoint-7", "--resume");
    config.overwriteOutputDir = true;
    config.device = "abacus";
    assertNotOpened(config, false, "'abacus'");
    assertThat(old).as("after a run that was refused").exists();
    config.device = TestBackends.fastest();
    try (SftRun run = SftRun.open(config, false)) {
      run.run();
    }
    assertThat(old).doesNotExist();
  }

  @Test
  void nothingToResume() {
    SftConfig config = runnable();
    assertNotOpened(config, true, config.outputDir, "no checkpoint", "--resume");
  }

  @Test
  void unknownDevice() {
    SftConfig config = runnable();
    config.device = "abacus";
    assertNotOpened(config, false, "'abacus'", "cpu", "reference");
  }

  @Test
  void unknownSchedule() {
    SftConfig config = runnable();
    config.lrSchedulerType = "zigzag";
    assertNotOpened(config, false, "lr_scheduler_type", "zigzag", "cosine");
  }

  @Test
  void modelThatIsNotThere() {
    SftConfig config = runnable();
    config.modelNameOrPath = folder.resolve("nowhere").toString();
    assertNotOpened(config, false, "nowhere", "does not exist");
  }

  @ParameterizedTest
  @CsvSource({
    "meta-llama/Llama-3.2-1B,smoltalk.jsonl,hf download meta-llama/Llama-3.2-1B --local-dir Ll",
    "'',HuggingFaceTB/smoltalk,hf download --repo-type dataset HuggingFaceTB/smoltalk --local"
  })
  void namesOfTheHub(String model, String data, String remedy) {
    SftConfig config = runnable();
    config.modelNameOrPath = model.isEmpty() ? config.modelNameOrPath : model;
    config.datasetName = List.of(data);
    assertNotOpened(config, false, remedy);
  }

  @Test
  void dataThatIsNotThere() {
    SftConfig config = runnable();
    config.datasetName = List.of(folder.resolve("nowhere.jsonl").toString());
    assertNotOpened(config, false, "nowhere.jsonl");
  }

  @Test
  void templateThatIsNotThere() {
    SftConfig config = runnable();
    config.chatTemplatePath = "nonsense";
    assertNotOpened(config, false, "chat template 'nonsense'", "chatml");
  }
}
