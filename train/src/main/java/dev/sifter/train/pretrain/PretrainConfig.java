package dev.sifter.train.pretrain;

import static dev.sifter.train.options.OptionChecks.require;
import static dev.sifter.train.options.OptionChecks.requireOneOf;

import dev.sifter.train.trainer.TrainingArguments;
import java.util.List;

/** Options of training a base model from scratch on plain text. */
public final class PretrainConfig extends TrainingArguments {
  /** A folder with {@code config.json} and a tokenizer: the model to begin, without weights. */
  public String modelNameOrPath;

  /** Training data: files or globs of plain text. */
  public List<String> datasetName = List.of();

  /** What stands between two documents of a file; null where a file is one document. */
  public String documentSeparator;

  /** Tokens of a row. */
  public int maxLength = 1024;

  /**
   * How documents share rows: {@code wrapped} joins them by the end token and cuts the stream into
   * rows; {@code bfd} packs whole documents that do not see each other.
   */
  public String packingStrategy = "wrapped";

  /** Defaults that suit a small model: one epoch, a cosine after a short warm-up. */
  public PretrainConfig() {
    learningRate = 1e-3;
    lrSchedulerType = "cosine";
    numTrainEpochs = 1;
    warmupSteps = 0.05;
    gradientCheckpointing = false;
  }

  @Override
  public void validate() {
    super.validate();
    require(modelNameOrPath != null, "model_name_or_path", null, "name a folder with config.json");
    require(!datasetName.isEmpty(), "dataset_name", datasetName, "name at least one file");
    requireOneOf("packing_strategy", packingStrategy, "wrapped", "bfd");
    require(maxLength >= 2, "max_length", maxLength, "be at least 2");
    require(
        evalStrategy.equals("no"),
        "eval_strategy",
        evalStrategy,
        "be 'no': pretraining holds no data back; sifter score measures texts afterwards");
  }
}
