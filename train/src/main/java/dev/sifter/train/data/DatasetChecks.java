package dev.sifter.train.data;

import dev.sifter.model.tokenizer.SpecialTokens;
import dev.sifter.model.tokenizer.Tokenizer;
import dev.sifter.train.data.record.DataException;
import dev.sifter.train.data.record.Origin;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Refuses data that as a whole would train a model wrongly without anybody noticing. Rows are
 * looked at before they are cut.
 */
final class DatasetChecks {
  private final DataConfig config;
  private final SpecialTokens.Token stop;

  private int rowsThatShouldStop;
  private int rowsThatStop;
  private Origin firstWithoutStop;
  private int maskedStops;
  private Origin firstMaskedStop;
  private boolean anyIgnored;
  private boolean anyTokenized;

  DatasetChecks(DataConfig config, Tokenizer tokenizer) {
    this.config = config;
    this.stop = tokenizer.specialTokens().eos().orElse(null);
  }

  /** Takes note of a row. */
  void add(PreparedRow row) {
    anyIgnored |= row.anyIgnored();
    anyTokenized |= !row.given();
    rowsThatShouldStop += row.given() ? 0 : 1;
    rowsThatStop += row.trainsStop() ? 1 : 0;
    maskedStops += row.masksStop() ? 1 : 0;
    if (row.masksStop() && firstMaskedStop == null) {
      firstMaskedStop = row.origin();
    }
    if (!row.trainsStop() && firstWithoutStop == null) {
      firstWithoutStop = row.origin();
    }
  }

  /** Checks what all rows together train. */
  void finish(Refusals refusals) {
    if (config.checks().stopToken()) {
      checkStop(refusals);
    }
    if (config.assistantOnlyLoss() && anyTokenized && !anyIgnored) {
      refusals.add(
          new DataException(
              "assistant_only_loss is set, but every token of every record is trained: the"
                  + " template's {% generation %} blocks cover the users' messages too. Mark what"
                  + " the assistant says only, or set assistant_only_loss: false"));
    }
  }

  private void checkStop(Refusals refusals) {
    boolean none = rowsThatStop == 0 && rowsThatShouldStop > 0;
    if (stop == null) {
      if (rowsThatShouldStop > 0) {
        refusals.add(
            new DataException(
                "the tokenizer names no end token, so the model could not learn to stop: set"
                    + " eos_token, or check_stop_token: false"));
      }
    } else if (maskedStops > 0 && rowsThatStop == 0) {
      refusals.add(
          new DataException(
              firstMaskedStop,
              "the labels leave out the end token %s after a trained answer, here and in all"
                      .formatted(stop.content())
                  + " records: they were made by masking the padding token's id, which is the same."
                  + " Mask padding by its position, or leave labels out; check_stop_token: false"
                  + " trains nevertheless"));
    } else if (none) {
      refusals.add(
          new DataException(
              firstWithoutStop,
              "the end token %s is trained neither here nor in any record, so the model would not"
                      .formatted(stop.content())
                  + " learn to stop. Set eos_token to what ends a turn in the chat template, or use"
                  + " a template that ends the assistant's turn with %s inside {%% generation %%};"
                      .formatted(stop.content())
                  + " check_stop_token: false trains nevertheless"));
    }
  }

  /** Checks what truncation and packing leave. */
  static void checkRows(
      DataConfig config, ExampleRows rows, DatasetStatistics statistics, Refusals refusals) {
    if (statistics.records() == 0) {
      if (refusals.isEmpty()) {
        refusals.add(
            new DataException("the data files of %s hold no record".formatted(files(config))));
      }
    } else if (rows.stream().noneMatch(DatasetChecks::hasTarget)) {
      refusals.add(new DataException(noTarget(config, statistics)));
    } else if (statistics.truncatedShare() > config.checks().maxTruncatedShare()) {
      refusals.add(
          new DataException(
              truncation(config, statistics)
                  + ". Raise max_length, or split the records; max_truncated_share: 1 trains"
                  + " nevertheless"));
    }
  }

  private static String noTarget(DataConfig config, DatasetStatistics statistics) {
    return statistics.truncated() == 0
        ? "no token is trained: only the first tokens of the %d records have labels, and nothing predicts these; give records of more than one token"
            .formatted(statistics.records())
        : "no token is trained: of %d records %d were dropped because max_length %d leaves only masked tokens. Raise max_length"
                .formatted(statistics.records(), statistics.dropped(), config.maxLength())
            + (config.packing() == null ? ", or set truncation_mode: keep_end" : "");
  }

  private static List<String> files(DataConfig config) {
    return config.data().sources().stream().flatMap(s -> s.files().stream()).toList();
  }

  private static boolean hasTarget(Example row) {
    return MicroBatch.paddingFree(List.of(row)).targets().length > 0;
  }

  private static String truncation(DataConfig config, DatasetStatistics statistics) {
    return String.format(
        Locale.ROOT,
        "%d of %d rows (%.1f %%) are longer than max_length %d and lose %d tokens; half of the rows"
            + " have at most %d tokens, 99 %% at most %d",
        statistics.truncated(),
        statistics.table().size(),
        100 * statistics.truncatedShare(),
        config.maxLength(),
        statistics.truncatedTokens(),
        statistics.lengthQuantile(0.5),
        statistics.lengthQuantile(0.99));
  }

  /** What may be a mistake. */
  static List<String> warnings(DataConfig config, DatasetStatistics statistics) {
    List<String> warnings = new ArrayList<>();
    if (statistics.unalignedPrompts() > 0) {
      warnings.add(
          "in %d of %d records the tokens of the prompt do not begin the tokens of prompt and"
                  .formatted(statistics.unalignedPrompts(), statistics.records())
              + " completion together, so the mask may begin a token early or late: end prompts"
              + " without white space, and begin completions with it");
    }
    statistics
        .unreadFields()
        .forEach(
            (field, records) ->
                warnings.add(
                    "%d of %d records have %s, which the chat template leaves out, so that the model"
                            .formatted(records, statistics.records(), field)
                        + " does not learn it: take a template that writes it (chat_template_path),"
                        + " or drop the field"));
    if (statistics.truncated() > 0) {
      warnings.add(truncation(config, statistics));
    }
    if (statistics.dropped() > 0) {
      warnings.add(
          "%d of %d records are dropped: max_length %d leaves nothing of them that is trained"
              .formatted(statistics.dropped(), statistics.records(), config.maxLength()));
    }
    return warnings;
  }
}
