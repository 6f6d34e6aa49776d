package dev.sifter.train.sft;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import dev.sifter.model.lora.AdapterConfigFile;
import dev.sifter.model.lora.LoraConfig;
import dev.sifter.train.data.DataConfig;
import dev.sifter.train.data.PackingStrategy;
import dev.sifter.train.trainer.TrainingArguments;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Options of supervised fine-tuning: TRL's {@code SFTConfig}, its model options, and the data. */
public final class SftConfig extends TrainingArguments {
  /** The model folder to begin with. */
  public String modelNameOrPath;

  /** Training data: files or globs of JSON lines or JSON arrays. */
  public List<String> datasetName = List.of();

  /** Held-out data for the evaluation loss. */
  public List<String> evalDataset = List.of();

  /** Task files of lm-evaluation-harness, evaluated with the loss. */
  public List<String> evalTasks = List.of();

  /** Records of each task at most; 0 for all. */
  public int evalTasksLimit;

  /** Whether the tasks' prompts are conversations. */
  public boolean evalApplyChatTemplate;

  /** Field of plain text. */
  public String datasetTextField = "text";

  /** Further names of roles, and what the template sees instead. */
  public Map<String, String> chatRoles = new TreeMap<>();

  /**
   * A template file, a model folder, or the name of a built-in template; null for the model's own.
   */
  public String chatTemplatePath;

  /** Longest row in tokens; null for any length. */
  public Integer maxLength = 1024;

  /** What a row that is too long keeps: {@code keep_start} or {@code keep_end}. */
  public String truncationMode = "keep_start";

  /** Whether several examples share a row. */
  public boolean packing;

  /** How they are packed: {@code bfd}, {@code bfd_split} or {@code wrapped}. */
  public String packingStrategy = "bfd";

  /** Whether batches are counted without padding; padding is never computed anyway. */
  public boolean paddingFree;

  /** Rows are counted as padded to a multiple of this. */
  public int padToMultipleOf = 1;

  /** Train completions only; null: where the data has completions. */
  public Boolean completionOnlyLoss;

  /** Train what the assistant says, only. */
  public boolean assistantOnlyLoss;

  /** Whether the data is shuffled before it is packed. */
  public boolean shuffleDataset;

  /** Refuse data in which the end token is never trained. */
  public boolean checkStopToken = true;

  /** Refuse templates that rewrite earlier turns. */
  public boolean checkPrefixPreserving = true;

  /** Report when a larger share of the records is truncated. */
  public double maxTruncatedShare = 0.1;

  /** Train a LoRA adapter instead of all weights. */
  public boolean usePeft;

  /** Rank. */
  public int loraR = 16;

  /** Numerator of the scale. */
  public double loraAlpha = 32;

  /** Dropout on the adapters' input. */
  public double loraDropout = 0.05;

  /** Scale α/√r instead of α/r. */
  public boolean useRslora;

  /** A list of suffixes, a regular expression, or {@code all-linear}; null: q_proj and v_proj. */
  public JsonNode loraTargetModules = NullNode.getInstance();

  /** Modules trained in full beside the adapters. */
  public List<String> loraModulesToSave = List.of();

  /** Which biases are trained: {@code none}, {@code all} or {@code lora_only}. */
  public String loraBias = "none";

  @Override
  public void validate() {
    super.validate();
    require(modelNameOrPath != null, "model_name_or_path", null, "name a model folder");
    require(!datasetName.isEmpty(), "dataset_name", datasetName, "name at least one file");
    requireOneOf("truncation_mode", truncationMode, "keep_start", "keep_end");
    requireOneOf("packing_strategy", packingStrategy, "bfd", "bfd_split", "wrapped");
    requireOneOf("lora_bias", loraBias, "none", "all", "lora_only");
    require(maxLength == null || maxLength >= 2, "max_length", maxLength, "be at least 2, or null");
    require(
        maxTruncatedShare >= 0 && maxTruncatedShare <= 1,
        "max_truncated_share",
        maxTruncatedShare,
        "lie from 0 to 1");
    require(evalTasksLimit >= 0, "eval_tasks_limit", evalTasksLimit, "not be negative; 0 is all");
    require(
        evalTasks.isEmpty() || !evalStrategy.equals("no"),
        "eval_tasks",
        evalTasks,
        "be empty unless eval_strategy says when to evaluate");
    require(padToMultipleOf >= 1, "pad_to_multiple_of", padToMultipleOf, "be at least 1");
    require(
        evalStrategy.equals("no") || !evalDataset.isEmpty(),
        "eval_strategy",
        evalStrategy,
        "be 'no' unless eval_dataset is given");
  }

  /** What to do with some files of data. */
  public DataConfig dataConfig(List<String> files) {
    return DataConfig.builder()
        .files(files)
        .datasetTextField(datasetTextField)
        .chatRoles(chatRoles)
        .completionOnlyLoss(completionOnlyLoss)
        .assistantOnlyLoss(assistantOnlyLoss)
        .maxLength(maxLength)
        .truncationMode(DataConfig.TruncationMode.valueOf(truncationMode.toUpperCase(Locale.ROOT)))
        .packing(packing ? PackingStrategy.valueOf(packingStrategy.toUpperCase(Locale.ROOT)) : null)
        .shuffleDataset(shuffleDataset, resolvedDataSeed())
        .checks(new DataConfig.Checks(checkStopToken, checkPrefixPreserving, maxTruncatedShare))
        .build();
  }

  /** The adapters to train. */
  public LoraConfig loraConfig() {
    return new LoraConfig(
        loraR,
        loraAlpha,
        loraDropout,
        useRslora,
        AdapterConfigFile.modules(loraTargetModules),
        null,
        null,
        Map.of(),
        Map.of(),
        loraModulesToSave,
        LoraConfig.Bias.valueOf(loraBias.toUpperCase(Locale.ROOT)),
        LoraConfig.Init.DEFAULT);
  }
}
