package dev.sifter.train.data;

import dev.sifter.model.chat.AssistantSpans;
import dev.sifter.model.chat.Message;
import dev.sifter.model.tokenizer.SpecialTokens;
import dev.sifter.model.tokenizer.Tokenizer;
import dev.sifter.train.data.record.DataException;
import dev.sifter.train.data.record.Origin;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Refuses data that would train a model wrongly without anybody noticing. Rows are looked at before
 * they are cut.
 */
final class PreparationChecks {
  /** Rendering a chat turn by turn costs time, and a template errs in the first chats or never. */
  private static final int CHATS_TO_RENDER = 200;

  private final DataConfig config;
  private final RowTokenizer rowTokenizer;
  private final SpecialTokens.Token stop;

  private int rendered;
  private int rowsThatShouldStop;
  private int rowsThatStop;
  private Origin firstWithoutStop;
  private int maskedStops;
  private Origin firstMaskedStop;
  private boolean anyIgnored;
  private boolean anyTokenized;

  PreparationChecks(DataConfig config, Tokenizer tokenizer, RowTokenizer rowTokenizer) {
    this.config = config;
    this.rowTokenizer = rowTokenizer;
    this.stop = tokenizer.specialTokens().eos().orElse(null);
  }

  /** Checks one row with the labels that its masks leave. */
  void check(TokenizedRow tokenized, int[] labels) {
    TrainingRow row = tokenized.row();
    requireCompletion(row);
    requireTrainedToken(row.origin(), labels);
    requirePrefixPreserving(row);
    countStops(tokenized, labels);
  }

  private void requireCompletion(TrainingRow row) {
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

  private static void requireTrainedToken(Origin origin, int[] labels) {
    for (int label : labels) {
      if (label != Example.IGNORED) {
        return;
      }
    }
    throw new DataException(
        origin,
        labels.length == 0
            ? "the record has no token: drop it"
            : "none of the record's %d tokens is trained: labels or masks leave nothing; drop it"
                .formatted(labels.length));
  }

  private void requirePrefixPreserving(TrainingRow row) {
    if (!config.checks().prefixPreserving()
        || rendered >= CHATS_TO_RENDER
        || !(row instanceof TrainingRow.Chat chat)
        || answers(chat.messages()) < 2) {
      return;
    }
    rendered++;
    if (!AssistantSpans.isPrefixPreserving(
        rowTokenizer.template(), rowTokenizer.request(chat, chat.messages()))) {
      throw new DataException(
          row.origin(),
          "the chat template is not prefix-preserving: it writes an earlier turn in another way"
              + " once later ones follow, so that training would not see what a chat sees. Use a"
              + " template made for training (chat_template_path), or one record for each answer;"
              + " check_prefix_preserving: false trains nevertheless");
    }
  }

  private static long answers(List<Message> messages) {
    return messages.stream().filter(Message::isAssistant).count();
  }

  private void countStops(TokenizedRow tokenized, int[] labels) {
    boolean given = tokenized.row() instanceof TrainingRow.Tokens;
    anyTokenized |= !given;
    boolean trained = false;
    boolean masked = false;
    for (int i = 0; i < labels.length; i++) {
      anyIgnored |= labels[i] == Example.IGNORED;
      boolean isStop = stop != null && tokenized.ids()[i] == stop.id();
      trained |= isStop && labels[i] == stop.id();
      // An end token without a label right after a trained token: masked by its id.
      masked |= isStop && i > 0 && labels[i] == Example.IGNORED && labels[i - 1] != Example.IGNORED;
    }
    if (given && tokenized.labels() != null) {
      maskedStops += masked && !trained ? 1 : 0;
      firstMaskedStop =
          firstMaskedStop == null && masked && !trained
              ? tokenized.row().origin()
              : firstMaskedStop;
    }
    if (!given) {
      rowsThatShouldStop++;
    }
    rowsThatStop += trained ? 1 : 0;
    if (!trained && firstWithoutStop == null) {
      firstWithoutStop = tokenized.row().origin();
    }
  }

  /**
   * Checks the data as a whole.
   *
   * @return warnings
   */
  List<String> finish(List<Example> rows, DatasetStatistics statistics) {
    requireRows(rows, statistics);
    requireStop();
    if (config.assistantOnlyLoss() && anyTokenized && !anyIgnored) {
      throw new DataException(
          "assistant_only_loss is set, but every token of every record is trained: the template's"
              + " {% generation %} blocks cover the users' messages too");
    }
    return warnings(statistics);
  }

  private void requireRows(List<Example> rows, DatasetStatistics statistics) {
    if (statistics.records() == 0) {
      throw new DataException("the data files %s hold no record".formatted(config.files()));
    }
    if (rows.stream().noneMatch(row -> MicroBatch.paddingFree(List.of(row)).targets().length > 0)) {
      throw new DataException(
          "no token is trained: of %d records %d were dropped because max_length %d leaves only"
                  .formatted(statistics.records(), statistics.dropped(), config.maxLength())
              + " masked tokens. Raise max_length, or set truncation_mode: keep_end");
    }
  }

  private void requireStop() {
    if (!config.checks().stopToken()) {
      return;
    }
    if (stop == null) {
      if (rowsThatShouldStop > 0) {
        throw new DataException(
            "the tokenizer names no end token, so the model could not learn to stop: set eos_token,"
                + " or check_stop_token: false");
      }
      return;
    }
    if (maskedStops > 0 && rowsThatStop == 0) {
      throw new DataException(
          firstMaskedStop,
          "the labels leave out the end token %s after a trained answer, here and in all records:"
                  .formatted(stop.content())
              + " they were made by masking the padding token's id, which is the same. Mask padding"
              + " by its position, or leave labels out; check_stop_token: false trains"
              + " nevertheless");
    }
    if (rowsThatShouldStop > 0 && rowsThatStop == 0) {
      throw new DataException(
          firstWithoutStop,
          "the end token %s is trained neither here nor in any record, so the model would not learn"
                  .formatted(stop.content())
              + " to stop. Set eos_token to what ends a turn in the chat template, or use a"
              + " template that ends the assistant's turn with %s inside {%% generation %%};"
                  .formatted(stop.content())
              + " check_stop_token: false trains nevertheless");
    }
  }

  private List<String> warnings(DatasetStatistics statistics) {
    List<String> warnings = new ArrayList<>();
    if (statistics.unalignedPrompts() > 0) {
      warnings.add(
          "in %d of %d records the tokens of the prompt do not begin the tokens of prompt and"
                  .formatted(statistics.unalignedPrompts(), statistics.records())
              + " completion together, so the mask may begin a token early or late: end prompts"
              + " without white space, and begin completions with it");
    }
    double cut = (double) statistics.truncated() / statistics.records();
    if (cut > config.checks().maxTruncatedShare()) {
      warnings.add(
          String.format(
              Locale.ROOT,
              "%d of %d records (%.1f %%) are longer than max_length %d and lose %d tokens;"
                  + " half of the records have at most %d tokens, 99 %% at most %d",
              statistics.truncated(),
              statistics.records(),
              100 * cut,
              config.maxLength(),
              statistics.truncatedTokens(),
              statistics.lengthQuantile(0.5),
              statistics.lengthQuantile(0.99)));
    }
    if (statistics.dropped() > 0) {
      warnings.add(
          "%d of %d records are dropped: max_length %d leaves nothing of them that is trained"
              .formatted(statistics.dropped(), statistics.records(), config.maxLength()));
    }
    return warnings;
  }
}
