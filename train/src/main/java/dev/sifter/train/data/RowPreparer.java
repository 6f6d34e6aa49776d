package dev.sifter.train.data;

import dev.sifter.model.Hashes;
import dev.sifter.model.chat.ChatTemplate;
import dev.sifter.model.tokenizer.SpecialTokens;
import dev.sifter.model.tokenizer.Tokenizer;
import dev.sifter.train.data.record.DataException;
import dev.sifter.train.data.record.RawRecord;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Prepares records one by one in TRL's order: recognise, tokenise, mask, label, cut. Safe for any
 * number of threads.
 */
final class RowPreparer {
  private final DataConfig config;
  private final RowParser parser;
  private final RowTokenizer tokenizer;
  private final SpecialTokens.Token stop;

  RowPreparer(DataConfig config, Tokenizer tokenizer, ChatTemplate template) {
    this.config = config;
    this.parser = new RowParser(config.datasetTextField(), new ChatRoles(config.chatRoles()));
    this.tokenizer = new RowTokenizer(tokenizer, template, config);
    this.stop = tokenizer.specialTokens().eos().orElse(null);
  }

  /**
   * The rows of a record: one, or several where a conversation is split.
   *
   * @throws DataException if it is malformed or trains nothing
   */
  List<PreparedRow> prepare(RawRecord record) {
    TrainingRow row = parser.parse(record.parse());
    requireMasks(row);
    List<PreparedRow> prepared = new ArrayList<>(1);
    List<TokenizedRow> rows = tokenizer.tokenize(row);
    // Of a record that is split into several rows the first one tells.
    Set<String> unread = tokenizer.unreadFields(row);
    for (TokenizedRow tokenized : rows) {
      prepared.add(prepare(tokenized, prepared.isEmpty() ? unread : Set.of()));
    }
    return prepared;
  }

  /** A loss option must find in the record what it speaks of. */
  private void requireMasks(TrainingRow row) {
    boolean lacks =
        switch (row) {
          case TrainingRow.Chat chat -> !chat.split();
          case TrainingRow.Text _ -> true;
          case TrainingRow.Completion _ -> false;
          case TrainingRow.Tokens tokens ->
              tokens.completionMask() == null && tokens.labels() == null;
        };
    if (lacks && Boolean.TRUE.equals(config.completionOnlyLoss())) {
      throw new DataException(
          row.origin(),
          "completion_only_loss needs prompt and completion, but this record has none, so all its"
              + " tokens would be trained: use assistant_only_loss for conversations, or split the"
              + " record into prompt and completion");
    }
    if (config.assistantOnlyLoss()
        && row instanceof TrainingRow.Tokens tokens
        && tokens.assistantMask() == null
        && tokens.labels() == null) {
      throw new DataException(
          row.origin(),
          "assistant_only_loss needs assistant_masks or labels beside input_ids, or else all tokens"
              + " would be trained");
    }
  }

  private PreparedRow prepare(TokenizedRow tokenized, Set<String> unread) {
    TrainingRow row = tokenized.row();
    int[] ids = tokenized.ids();
    int[] labels = tokenized.labels(config.isCompletionOnly(row));
    Example whole = Example.of(ids, labels);
    int labelled = whole.labelledTokens();
    if (labelled == 0) {
      throw new DataException(
          row.origin(),
          labels.length == 0
              ? "the record has no token: drop it"
              : "none of the record's %d tokens is trained: labels or masks leave nothing; drop it"
                  .formatted(labels.length));
    }
    boolean trains = false;
    boolean masks = false;
    for (int i = 0; stop != null && i < ids.length; i++) {
      boolean ignored = labels[i] == Example.IGNORED;
      trains |= ids[i] == stop.id() && labels[i] == stop.id();
      masks |= ids[i] == stop.id() && ignored && i > 0 && labels[i - 1] != Example.IGNORED;
    }
    boolean given = row instanceof TrainingRow.Tokens;
    boolean ownLabels = given && tokenized.labels() != null;
    Example kept = truncate(whole);
    return new PreparedRow(
        row.origin(),
        row.format(),
        kept.labelledTokens() > 0 ? kept : null,
        ids.length,
        labelled,
        given,
        labelled < ids.length,
        tokenized.promptIsPrefix(),
        trains,
        masks && !trains && ownLabels,
        unread,
        hash(ids));
  }

  /** Packing cuts by itself. */
  private Example truncate(Example whole) {
    if (config.packing() != null
        || config.maxLength() == null
        || whole.length() <= config.maxLength()) {
      return whole;
    }
    int from = config.firstKept(whole.length());
    return whole.slice(from, from + config.maxLength());
  }

  /** 64 bits of SHA-256: among a million rows, two that differ are equal once in 10⁷ data sets. */
  private static long hash(int[] ids) {
    ByteBuffer bytes = ByteBuffer.allocate(ids.length * Integer.BYTES);
    bytes.asIntBuffer().put(ids);
    return ByteBuffer.wrap(Hashes.sha256().digest(bytes.array())).getLong();
  }
}
