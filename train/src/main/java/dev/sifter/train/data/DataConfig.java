package dev.sifter.train.data;

import java.util.List;
import java.util.Map;

/**
 * What data to train on and how to prepare it, with TRL's names and defaults.
 *
 * @param files paths and globs of JSON lines or JSON arrays, plain or gzipped
 * @param datasetTextField {@code dataset_text_field}: the field of plain text
 * @param chatRoles further names of roles, and what the chat template is to see instead
 * @param completionOnlyLoss train completions only; null means: where the record has a completion
 * @param assistantOnlyLoss train only what the assistant says
 * @param maxLength longest row; null for any length
 * @param truncationMode what a row that is too long keeps
 * @param packing whether to put several records into one row, and how; null for not
 * @param shuffleDataset shuffle the records before they are packed, and the rows after
 * @param seed of that shuffling
 * @param checks which dangers stop the run before it starts
 */
public record DataConfig(
    List<String> files,
    String datasetTextField,
    Map<String, String> chatRoles,
    Boolean completionOnlyLoss,
    boolean assistantOnlyLoss,
    Integer maxLength,
    TruncationMode truncationMode,
    PackingStrategy packing,
    boolean shuffleDataset,
    long seed,
    Checks checks) {

  /** What a row that is too long keeps. */
  public enum TruncationMode {
    /** Its first tokens. */
    KEEP_START,
    /** Its last tokens. */
    KEEP_END
  }

  /**
   * Dangers that are errors unless they are switched off.
   *
   * @param stopToken {@code check_stop_token}: the end token is never trained, so that the model
   *     would not learn to stop
   * @param prefixPreserving {@code check_prefix_preserving}: the chat template rewrites earlier
   *     turns, so that training sees other texts than a chat
   * @param maxTruncatedShare {@code max_truncated_share}: a larger share of truncated or dropped
   *     records is reported; a warning, not an error
   */
  public record Checks(boolean stopToken, boolean prefixPreserving, double maxTruncatedShare) {
    /** Everything is checked; more than a tenth of truncated records is reported. */
    public static final Checks ALL = new Checks(true, true, 0.1);
  }

  /** Copies the lists and checks the ranges. */
  public DataConfig {
    files = List.copyOf(files);
    chatRoles = Map.copyOf(chatRoles);
    if (maxLength != null && maxLength < 1) {
      throw new IllegalArgumentException(
          "max_length is %d; it must be at least 1, or null for any length".formatted(maxLength));
    }
    if (packing != null && maxLength == null) {
      throw new IllegalArgumentException(
          "packing needs max_length, the length of a packed row, but that is null");
    }
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
    private List<String> files = List.of();
    private String datasetTextField = "text";
    private Map<String, String> chatRoles = Map.of();
    private Boolean completionOnlyLoss;
    private boolean assistantOnlyLoss;
    private Integer maxLength = 1024;
    private TruncationMode truncationMode = TruncationMode.KEEP_START;
    private PackingStrategy packing;
    private boolean shuffleDataset;
    private long seed = 42;
    private Checks checks = Checks.ALL;

    private Builder() {}

    /** See {@link DataConfig#files}. */
    public Builder files(List<String> value) {
      files = value;
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

    /** The configuration. */
    public DataConfig build() {
      return new DataConfig(
          files,
          datasetTextField,
          chatRoles,
          completionOnlyLoss,
          assistantOnlyLoss,
          maxLength,
          truncationMode,
          packing,
          shuffleDataset,
          seed,
          checks);
    }
  }
}
