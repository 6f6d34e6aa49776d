package dev.sifter.train.sft;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import dev.sifter.engine.autograd.Parameter;
import dev.sifter.model.lora.LoraConfig;
import dev.sifter.model.weights.Quantization;
import dev.sifter.train.data.DataConfig;
import dev.sifter.train.optim.LoraPlus;
import dev.sifter.train.trainer.OptionNotes;
import dev.sifter.train.trainer.TrainingArguments;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Options of supervised training: TRL's {@code SFTConfig}, its model options, and the data. */
public class SftConfig extends TrainingArguments {
  /** The model folder to begin with. */
  public String modelNameOrPath;

  /**
   * Whether the model begins with fresh weights of {@link #seed}; its folder then needs no weights,
   * only {@code config.json} and a tokenizer.
   */
  public boolean fromScratch;

  /** Training data: files, globs or folders of JSON lines, JSON, CSV, TSV or Parquet. */
  public List<String> datasetName = List.of();

  /** A mixture of data sets instead of {@link #datasetName}, with TRL's keys. */
  public List<DatasetConfig> datasets = List.of();

  /** Of which configuration of a folder's data set to take the files; null where none is named. */
  public String datasetConfig;

  /** Of which split of a folder to take the training data. */
  public String datasetTrainSplit = "train";

  /** Of which split of a folder to take the evaluation data. */
  public String datasetTestSplit = "test";

  /** Held-out data for the evaluation loss. */
  public List<String> evalDataset = List.of();

  /**
   * Tasks of lm-evaluation-harness, evaluated when the held-out loss is, or without one: names, or
   * paths of YAML files.
   */
  public List<String> evalTasks = List.of();

  /** The folder where the published files of their data sets lie. */
  public String evalTasksData;

  /** Records of each task at most; 0 for all. */
  public int evalTasksLimit;

  /** Whether the tasks' prompts are conversations. */
  public boolean evalApplyChatTemplate;

  /** Records to hold out of the training data for evaluation: a share below 1, or a number. */
  public Double testSplitSize;

  /** The first so many records of each data set; null for all. */
  public Long maxSamples;

  /** Where prepared tokens are kept; null for the user's cache, and only those of much data. */
  public String datasetPreparedPath;

  /** Threads that prepare data; null for all cores. */
  public Integer datasetNumProc;

  /** Another end token than the tokenizer's. */
  public String eosToken;

  /**
   * What stands between two documents of a file of plain text: by default a line's end; null where
   * a file is one document.
   */
  @JsonSetter(nulls = Nulls.SET)
  public String documentSeparator = "\n";

  /** Field of plain text. */
  public String datasetTextField = "text";

  /**
   * What is made of each record before anything else: a text or a record whose texts are Jinja
   * templates over the record's fields; null for the record as it is.
   */
  public JsonNode formattingFunc = NullNode.getInstance();

  /** Further names of roles, and what the template sees instead. */
  @JsonSetter(contentNulls = Nulls.FAIL)
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

  /** Whether evaluation rows are packed; null: as {@link #packing}. */
  public Boolean evalPacking;

  /** Whether batches are counted without padding; padding is never computed anyway. */
  public boolean paddingFree;

  /** Rows are counted as padded to a multiple of this. */
  @JsonSetter(nulls = Nulls.SKIP)
  public int padToMultipleOf = 1;

  /** Train completions only; null: where the data has completions. */
  public Boolean completionOnlyLoss;

  /** Train what the assistant says, only. */
  public boolean assistantOnlyLoss;

  /** Whether the data is shuffled before it is packed. */
  public boolean shuffleDataset;

  /** Refuse data in which the end token is never trained. */
  public boolean checkStopToken = true;

  /**
   * Which end tokens of answers are trained: turn, last, all or none; null: as the template marks.
   */
  public String trainOnEos;

  /** The same for {@link #eotTokens}; null: as {@link #trainOnEos}. */
  public String trainOnEot;

  /** Further tokens that end a turn. */
  public List<String> eotTokens = List.of();

  /**
   * What becomes of chats whose template rewrites earlier answers: refuse, keep, strip or split.
   */
  public String historyPolicy = "refuse";

  /** Refuse templates that rewrite earlier turns, or else follow {@link #historyPolicy}. */
  public boolean checkPrefixPreserving = true;

  /** Refuse data of which a larger share is truncated. */
  public double maxTruncatedShare = 0.5;

  /** Refuse evaluation data that is trained on too. */
  public boolean checkEvalOverlap = true;

  /**
   * What old releases of TRL packed text with: {@code add_special_tokens} and {@code
   * append_concat_token}, both false.
   */
  @JsonSetter(contentNulls = Nulls.SKIP)
  public Map<String, Boolean> datasetKwargs = new TreeMap<>();

  /** PEFT's task; only {@code CAUSAL_LM}. */
  public String loraTaskType = "CAUSAL_LM";

  /** Keep the linear layers of a frozen model in 4 bits: QLoRA. */
  @JsonProperty("load_in_4bit")
  public boolean loadIn4bit;

  /** How: {@code nf4}. */
  @JsonProperty("bnb_4bit_quant_type")
  public String bnb4bitQuantType = "nf4";

  /** Keep the scales of these layers in 8 bits. */
  public boolean useBnbNestedQuant;

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

  /** Trained lengths of the adapted weights' rows: DoRA. */
  public boolean useDora;

  /** How adapters begin: true, gaussian, pissa, pissa_niter_N, olora or orthogonal. */
  public String initLoraWeights = "true";

  /** A list of suffixes, a regular expression, or {@code all-linear}; null: q_proj and v_proj. */
  public JsonNode loraTargetModules = NullNode.getInstance();

  /** Modules trained in full beside the adapters. */
  public List<String> loraModulesToSave = List.of();

  /** Which biases are trained: {@code none}, {@code all} or {@code lora_only}. */
  public String bias = "none";

  /** Whether B has a bias. */
  public boolean loraBias;

  /** Modules without an adapter although {@link #loraTargetModules} names them; the same forms. */
  public JsonNode excludeModules = NullNode.getInstance();

  /** Numbers of the blocks that get adapters; empty for all. */
  public List<Integer> layersToTransform = List.of();

  /** What stands before a block's number in a module's name; empty for anything. */
  public List<String> layersPattern = List.of();

  /** Ranks of modules whose name ends in a pattern. */
  @JsonSetter(contentNulls = Nulls.FAIL)
  public Map<String, Integer> rankPattern = new TreeMap<>();

  /** Alphas of modules whose name ends in a pattern. */
  @JsonSetter(contentNulls = Nulls.FAIL)
  public Map<String, Double> alphaPattern = new TreeMap<>();

  /** Tokens whose embeddings are trained, by id or by text: a list, or lists by module. */
  public JsonNode trainableTokenIndices = NullNode.getInstance();

  /** Whether embeddings among the modules to save stay tied to the head. */
  public boolean ensureWeightTying;

  /** LoRA+: learning rate of B over that of A; 1 for one rate. */
  public double loraplusLrRatio = 1;

  /** LoRA+: learning rate of the embeddings' adapters. */
  public double loraplusLrEmbedding = 1e-6;

  @Override
  protected void noteUnused(OptionNotes optionNotes) {
    super.noteUnused(optionNotes);
    AdapterOptions.noteUnused(this, optionNotes);
    optionNotes.unless(
        !evalTasks.isEmpty(),
        "eval_tasks is not given",
        "eval_tasks_data",
        "eval_tasks_limit",
        "eval_apply_chat_template");
    optionNotes.unless(packing || packsEvaluation(), "packing is false", "packing_strategy");
    boolean cutsEnds = packing && packsEvaluation() && truncationMode.equals("keep_end");
    optionNotes.unless(!cutsEnds, "packing cuts rows at their ends", "truncation_mode");
  }

  @Override
  public void validate() {
    super.validate();
    SftChecks.check(this);
  }

  /** What to do with the records to train on. */
  public DataConfig dataConfig() {
    return DataOptions.train(this);
  }

  /** What to do with the records to evaluate on; null for none. */
  public DataConfig evalDataConfig() {
    return DataOptions.eval(this);
  }

  /** Whether evaluation rows are packed, with the default resolved. */
  boolean packsEvaluation() {
    return evalPacking == null ? packing : evalPacking;
  }

  /** Whether batches count without padding: packed documents do, but for rows cut from a whole. */
  boolean resolvedPaddingFree() {
    return paddingFree || packing && !packingStrategy.equals("wrapped");
  }

  /** How a frozen model's linear layers are kept; null as they are. */
  public Quantization quantization() {
    return loadIn4bit ? new Quantization(useBnbNestedQuant) : null;
  }

  @Override
  public double rateFactor(Parameter parameter) {
    return usePeft && loraplusLrRatio != 1
        ? new LoraPlus(loraplusLrRatio, loraplusLrEmbedding / learningRate).factor(parameter)
        : 1;
  }

  /** The adapters to train. */
  public LoraConfig loraConfig() {
    return AdapterOptions.loraConfig(this);
  }
}
