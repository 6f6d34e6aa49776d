package dev.sifter.train.sft;

import static dev.sifter.train.options.OptionChecks.require;
import static dev.sifter.train.options.OptionChecks.requireOneOf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the options of {@link SftConfig} may be, before its data is seen. */
final class SftChecks {
  private SftChecks() {}

  static void check(SftConfig config) {
    require(config.modelNameOrPath != null, "model_name_or_path", null, "name a model folder");
    require(
        !isSameFolder(config.outputDir, config.modelNameOrPath),
        "output_dir",
        config.outputDir,
        "be another folder than model_name_or_path, whose files it would replace");
    checkData(config);
    checkAdapter(config);
    checkEvaluation(config);
  }

  private static void checkData(SftConfig config) {
    require(
        config.datasetName.isEmpty() != config.datasets.isEmpty(),
        "dataset_name",
        config.datasetName,
        "name at least one file, unless datasets does");
    config.datasets.forEach(DatasetConfig::validate);
    requireOneOf("history_policy", config.historyPolicy, "refuse", "keep", "strip", "split");
    if (config.trainOnEos != null) {
      requireOneOf("train_on_eos", config.trainOnEos, "turn", "last", "all", "none");
    }
    if (config.trainOnEot != null) {
      requireOneOf("train_on_eot", config.trainOnEot, "turn", "last", "all", "none");
    }
    require(
        config.testSplitSize == null || config.evalDataset.isEmpty(),
        "test_split_size",
        config.testSplitSize,
        "be left out where eval_dataset is given");
    requireOneOf("truncation_mode", config.truncationMode, "keep_start", "keep_end");
    requireOneOf("packing_strategy", config.packingStrategy, "bfd", "bfd_split", "wrapped");
    config.datasetKwargs.forEach(
        (key, value) -> {
          requireOneOf("dataset_kwargs", key, "add_special_tokens", "append_concat_token");
          require(!value, "dataset_kwargs." + key, true, "be false");
        });
    require(
        config.maxLength == null || config.maxLength >= 2,
        "max_length",
        config.maxLength,
        "be at least 2, or null");
    require(
        config.maxTruncatedShare >= 0 && config.maxTruncatedShare <= 1,
        "max_truncated_share",
        config.maxTruncatedShare,
        "lie from 0 to 1");
    require(
        config.padToMultipleOf >= 1, "pad_to_multiple_of", config.padToMultipleOf, "be at least 1");
  }

  private static void checkAdapter(SftConfig config) {
    requireOneOf("lora_task_type", config.loraTaskType, "CAUSAL_LM");
    require(
        !config.fromScratch || !config.usePeft,
        "use_peft",
        true,
        "be false with from_scratch: an adapter needs a base that has learned something");
    require(config.loraR >= 1, "lora_r", config.loraR, "be at least 1");
    requireOneOf("bias", config.bias, "none", "all", "lora_only");
    requireOneOf("bnb_4bit_quant_type", config.bnb4bitQuantType, "nf4");
    require(
        !config.loadIn4bit || config.usePeft,
        "load_in_4bit",
        config.loadIn4bit,
        "be false unless use_peft is true: weights of 4 bits cannot be trained");
    require(config.loraplusLrRatio > 0, "loraplus_lr_ratio", config.loraplusLrRatio, "be above 0");
    require(
        config.loraplusLrEmbedding >= 0,
        "loraplus_lr_embedding",
        config.loraplusLrEmbedding,
        "not be negative");
  }

  private static void checkEvaluation(SftConfig config) {
    require(
        config.evalTasksLimit >= 0,
        "eval_tasks_limit",
        config.evalTasksLimit,
        "not be negative; 0 is all");
    require(
        config.evalTasks.isEmpty() || !config.evalStrategy.equals("no"),
        "eval_tasks",
        config.evalTasks,
        "be empty unless eval_strategy says when to evaluate");
    require(
        config.evalStrategy.equals("no")
            || DataOptions.evalMixture(config) != null
            || !config.evalTasks.isEmpty(),
        "eval_strategy",
        config.evalStrategy,
        "be 'no' unless eval_dataset, test_split_size or eval_tasks is given");
    require(
        !config.lrSchedulerType.equals("reduce_lr_on_plateau") || !config.evalStrategy.equals("no"),
        "lr_scheduler_type",
        config.lrSchedulerType,
        "be another one unless eval_strategy says when to evaluate: it follows evaluations");
  }

  /** Whether two names lead to one folder, by a link or another spelling too. */
  private static boolean isSameFolder(String one, String other) {
    try {
      return Files.isSameFile(Path.of(one), Path.of(other));
    } catch (IOException e) {
      return false; // one of them is not there
    }
  }
}
