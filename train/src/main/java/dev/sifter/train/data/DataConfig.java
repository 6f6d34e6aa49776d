package dev.sifter.train.data;

import static dev.sifter.train.options.OptionChecks.require;

import dev.sifter.train.data.record.DatasetMixture;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * What data to train on and how to prepare it, with TRL's names and defaults.
 *
 * @param data which records to take from which files
 * @param datasetTextField {@code dataset_text_field}: the field of plain text
 * @param chatRoles further names of roles, and what the chat template is to see instead
 * @param completionOnlyLoss train completions only; null means: where the record has a completion
 * @param assistantOnlyLoss train only what the assistant says
 * @param maxLength longest row; null for any length
 * @param truncationMode what a row that is too long keeps
 * @param packing whether to put several records into one row, and how; null for not
 * @param shuffleDataset shuffle the records before they are packed, and the rows after
 * @param seed of that shuffling
 * @param history what becomes of chats whose template rewrites earlier answers
 * @param turnEnds which tokens that end a turn are trained
 * @param checks which dangers stop the run before it starts
 * @param preparedPath {@code dataset_prepared_path}: where prepared tokens are kept; null for the
 *     user's cache, and there only those of much data
 * @param numProc {@code dataset_num_proc}: threads; null for all cores
 */
public record DataConfig(
    DatasetMixture data,
    String datasetTextField,
    Map<String, String> chatRoles,
    Boolean completionOnlyLoss,
    boolean assistantOnlyLoss,
    Integer maxLength,
    TruncationMode truncationMode,
    PackingStrategy packing,
    boolean shuffleDataset,
    long seed,
    HistoryPolicy history,
    TurnEnds turnEnds,
    Checks checks,
    Path preparedPath,
    Integer numProc) {

  /** What a row that is too long keeps. */
  public enum TruncationMode {
    /** Its first tokens. */
    KEEP_START,
    /** Its last tokens. */
    KEEP_END
  }

  /**
   * Tokens that end a turn.
   *
   * @param trainOnEos {@code train_on_eos}: which end tokens are trained; null leaves it to the
   *     template
   * @param trainOnEot {@code train_on_eot}: the same for {@code eotTokens}
   * @param eotTokens {@code eot_tokens}: further tokens that end a turn
   */
  public record TurnEnds(
      EndTokenPolicy trainOnEos, EndTokenPolicy trainOnEot, List<String> eotTokens) {
    /** The template decides. */
    public static final TurnEnds BY_TEMPLATE = new TurnEnds(null, null, List.of());

    /** Copies the list. */
    public TurnEnds {
      eotTokens = List.copyOf(eotTokens);
    }
  }

  /**
   * Dangers that are errors unless they are switched off.
   *
   * @param stopToken {@code check_stop_token}: the end token is never trained, so that the model
   *     would not learn to stop
   * @param maxTruncatedShare {@code max_truncated_share}: a larger share of the records loses
   *     tokens or is dropped
   */
  public record Checks(boolean stopToken, double maxTruncatedShare) {
    /** The end token must be trained, and half of the records may be cut. */
    public static final Checks ALL = new Checks(true, 0.5);
  }

  /** Copies the lists and checks the ranges. */
  public DataConfig {
    chatRoles = Map.copyOf(chatRoles);
    require(
        maxLength == null || maxLength >= 1,
        "max_length",
        maxLength,
        "be at least 1, or null for any length");
    if (packing != null && maxLength == null) {
      throw new IllegalArgumentException(
          "packing needs max_length, the length of a packed row, but that is null");
    }
    if (!assistantOnlyLoss && !turnEnds.equals(TurnEnds.BY_TEMPLATE)) {
      throw new IllegalArgumentException(
          "train_on_eos and train_on_eot say which end tokens of answers are trained: set"
              + " assistant_only_loss: true, or leave them out");
    }
    require(
        numProc == null || numProc >= 1,
        "dataset_num_proc",
        numProc,
        "be at least 1, or null for all cores");
  }

  /** Whether only the completion of a row is trained. */
  boolean isCompletionOnly(TrainingRow row) {
    if (completionOnlyLoss != null) {
      return completionOnlyLoss;
    }
    return switch (row) {
      case TrainingRow.Chat chat -> chat.split();
      case TrainingRow.Completion _ -> true;
      case TrainingRow.Text _, TrainingRow.Tokens _ -> false;
    };
  }

  /** The first token that truncation leaves of a row of {@code length} tokens. */
  int firstKept(int length) {
    return switch (truncationMode) {
      case KEEP_START -> 0;
      case KEEP_END -> maxLength == null ? 0 : Math.max(0, length - maxLength);
    };
  }

  /** TRL's defaults for some files: 1024 tokens, cut at the end, no packing. */
  public static Builder builder() {
    return new Builder();
  }

  /** Sets some options and leaves the others at TRL's defaults. */
  public static final class Builder {
    private DatasetMixture data = DatasetMixture.of(List.of());
    private String datasetTextField = "text";
    private Map<String, String> chatRoles = Map.of();
    private Boolean completionOnlyLoss;
    private boolean assistantOnlyLoss;
    private Integer maxLength = 1024;
    private TruncationMode truncationMode = TruncationMode.KEEP_START;
    private PackingStrategy packing;
    private boolean shuffleDataset;
    private long seed = 42;
    private HistoryPolicy history = HistoryPolicy.REFUSE;
    private TurnEnds turnEnds = TurnEnds.BY_TEMPLATE;
    private Checks checks = Checks.ALL;
    private Path preparedPath;
    private Integer numProc;

    private Builder() {}

    /** All records of files: paths, globs and folders. */
    public Builder files(List<String> value) {
      return data(DatasetMixture.of(value));
    }

    /** See {@link DataConfig#data}. */
    public Builder data(DatasetMixture value) {
      data = value;
      return this;
    }

    /** See {@link DataConfig#datasetTextField}. */
    public Builder datasetTextField(String value) {
      datasetTextField = value;
      return this;
    }

    /** See {@link DataConfig#chatRoles}. */
    public Builder chatRoles(Map<String, String> value) {
      chatRoles = value;
      return this;
    }

    /** See {@link DataConfig#completionOnlyLoss}. */
    public Builder completionOnlyLoss(Boolean value) {
      completionOnlyLoss = value;
      return this;
    }

    /** See {@link DataConfig#assistantOnlyLoss}. */
    public Builder assistantOnlyLoss(boolean value) {
      assistantOnlyLoss = value;
      return this;
    }

    /** See {@link DataConfig#maxLength}. */
    public Builder maxLength(Integer value) {
      maxLength = value;
      return this;
    }

    /** See {@link DataConfig#truncationMode}. */
    public Builder truncationMode(TruncationMode value) {
      truncationMode = value;
      return this;
    }

    /** See {@link DataConfig#packing}. */
    public Builder packing(PackingStrategy value) {
      packing = value;
      return this;
    }

    /** See {@link DataConfig#shuffleDataset} and {@link DataConfig#seed}. */
    public Builder shuffleDataset(boolean value, long newSeed) {
      shuffleDataset = value;
      seed = newSeed;
      return this;
    }

    /** See {@link DataConfig#checks}. */
    public Builder checks(Checks value) {
      checks = value;
      return this;
    }

    /** See {@link DataConfig#history}. */
    public Builder history(HistoryPolicy value) {
      history = value;
      return this;
    }

    /** See {@link DataConfig#turnEnds}. */
    public Builder turnEnds(TurnEnds value) {
      turnEnds = value;
      return this;
    }

    /** See {@link DataConfig#preparedPath}. */
    public Builder preparedPath(Path value) {
      preparedPath = value;
      return this;
    }

    /** See {@link DataConfig#numProc}. */
    public Builder numProc(Integer value) {
      numProc = value;
      return this;
    }

    /** The configuration. */
    public DataConfig build() {
      return new DataConfig(
          data,
          datasetTextField,
          chatRoles,
          completionOnlyLoss,
          assistantOnlyLoss,
          maxLength,
          truncationMode,
          packing,
          shuffleDataset,
          seed,
          history,
          turnEnds,
          checks,
          preparedPath,
          numProc);
    }
  }
}
