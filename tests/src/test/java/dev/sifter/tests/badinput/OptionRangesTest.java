package dev.sifter.tests.badinput;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sifter.train.pretrain.PretrainConfig;
import dev.sifter.train.sft.SftConfig;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Options that are out of range, or exclude each other. */
class OptionRangesTest extends OptionsOfAFile {
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
    "logging_steps,2.5",
    "logging_strategy,daily",
    "save_steps,0",
    "save_steps,-0.1",
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
    "loss_type,mse",
    "label_smoothing_factor,1",
    "neftune_noise_alpha,-1",
    "early_stopping_patience,-1",
    "early_stopping_patience,2",
    "early_stopping_threshold,-0.1",
    "loss_watchdog_patience,0",
    "save_strategy,best",
    "load_best_model_at_end,true",
    "report_to,[wandb]",
    "push_to_hub,true",
    "history_policy,forget",
    "train_on_eos,never",
    "train_on_eot,never",
    "dataset_kwargs,{add_special_tokens: true}",
    "dataset_kwargs,{skip_prepare_dataset: false}",
    "lora_task_type,SEQ_CLS",
    "eval_tasks_limit,-1",
    "eval_tasks,[mmlu]",
    "lr_scheduler_type,reduce_lr_on_plateau",
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
  @CsvSource({
    "learning_rate,0",
    "max_grad_norm,0",
    "adam_beta1,0",
    "gradient_accumulation_steps,1024",
    "num_train_epochs,0.01",
    "neftune_noise_alpha,0",
    "max_truncated_share,0",
    "max_truncated_share,1",
    "max_length,2",
    "lora_r,1",
    "loraplus_lr_embedding,0",
    "report_to,[none]"
  })
  void atTheEdgeOfTheRange(String key, String value) {
    read("output_dir: out\nmodel_name_or_path: m\ndataset_name: [d]\n", "--" + key, value)
        .validate();
  }

  @Test
  void heldOutDataIsGivenOnce() {
    String yaml =
        """
        output_dir: out
        model_name_or_path: m
        dataset_name: [d]
        eval_strategy: epoch
        test_split_size: 0.1
        """;
    read(yaml).validate();
    assertThatThrownBy(() -> read(yaml, "--eval_dataset", "[held.jsonl]").validate())
        .hasMessageContaining("test_split_size is 0.1; it must be left out where eval_dataset");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "[{split: test}]; an entry of datasets has no path",
        "[{path: d.jsonl}, {path: json}]; an entry of datasets has the path 'json' but no"
            + " data_files"
      })
  void entriesOfDatasetsNameTheirFiles(String datasets, String complaint) {
    String yaml = "output_dir: out\nmodel_name_or_path: m\ndatasets: " + datasets;
    assertThatThrownBy(() -> read(yaml).validate()).hasMessageContaining(complaint);
  }

  /** As transformers asks: each checkpoint that may turn out the best has been evaluated. */
  @Test
  void theBestIsChosenAmongEvaluatedCheckpoints() {
    String yaml =
        """
        output_dir: out
        model_name_or_path: m
        dataset_name: [d]
        test_split_size: 0.1
        load_best_model_at_end: true
        eval_strategy: steps
        eval_steps: 4
        save_steps: 8
        """;
    read(yaml, "--save_strategy", "steps").validate();
    read(yaml, "--save_strategy", "best", "--save_steps", "6").validate();
    read(yaml, "--save_strategy", "epoch", "--eval_strategy", "epoch").validate();
    assertThatThrownBy(() -> read(yaml, "--save_strategy", "steps", "--save_steps", "6").validate())
        .hasMessage(
            "save_steps is 6.0; it must be a multiple of eval_steps (4.0) with"
                + " load_best_model_at_end");
    for (String other : List.of("epoch", "no")) {
      assertThatThrownBy(() -> read(yaml, "--save_strategy", other).validate())
          .hasMessageContaining("load_best_model_at_end is true; it must")
          .hasMessageContaining("not steps and " + other);
    }
  }

  @Test
  void outputFolderIsNeeded() {
    assertThatThrownBy(new SftConfig()::validate)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("output_dir");
  }

  @Test
  void anAdapterNeedsABaseThatHasLearned() {
    PretrainConfig config = new PretrainConfig();
    config.modelNameOrPath = folder.toString();
    config.datasetName = List.of("d.txt");
    config.outputDir = folder.resolve("out").toString();
    config.validate();
    config.usePeft = true;
    assertThatThrownBy(config::validate)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("use_peft is true; it must be false with from_scratch");
  }
}
