package dev.sifter.train.data;

import dev.sifter.model.chat.ChatTemplate;
import dev.sifter.model.tokenizer.Tokenizer;
import dev.sifter.train.data.record.DataException;
import dev.sifter.train.data.record.DatasetReader;
import dev.sifter.train.data.record.RawRecord;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;

/**
 * Prepares records for supervised fine-tuning in TRL's order: recognise, end plain texts, tokenise,
 * mask, label, cut, drop what has no label left, pack, shuffle.
 */
public final class SftPreparation {
  private final DataConfig config;
  private final RowParser parser;
  private final RowTokenizer rowTokenizer;
  private final PreparationChecks checks;

  private final List<Example> examples = new ArrayList<>();
  private final List<Integer> lengths = new ArrayList<>();
  private int truncated;
  private long truncatedTokens;
  private int dropped;
  private int unalignedPrompts;

  private SftPreparation(DataConfig config, Tokenizer tokenizer, ChatTemplate template) {
    this.config = config;
    this.parser = new RowParser(config.datasetTextField(), new ChatRoles(config.chatRoles()));
    this.rowTokenizer = new RowTokenizer(tokenizer, template, config.assistantOnlyLoss());
    this.checks = new PreparationChecks(config, tokenizer, rowTokenizer);
  }

  /**
   * Prepares the files of a configuration.
   *
   * @param template of conversations; null where there is none
   * @throws DataException if a record is malformed or the data cannot be trained on
   */
  public static PreparedDataset prepare(
      DataConfig config, Tokenizer tokenizer, ChatTemplate template) {
    try (DatasetReader reader = DatasetReader.open(config.files())) {
      return prepare(config, tokenizer, template, reader);
    }
  }

  /** Prepares records from elsewhere. */
  public static PreparedDataset prepare(
      DataConfig config,
      Tokenizer tokenizer,
      ChatTemplate template,
      Iterator<? extends RawRecord> records) {
    SftPreparation preparation = new SftPreparation(config, tokenizer, template);
    records.forEachRemaining(preparation::add);
    return preparation.finish();
  }

  private void add(RawRecord record) {
    TrainingRow row = parser.parse(record.parse());
    TokenizedRow tokenized = rowTokenizer.tokenize(row);
    int[] labels = tokenized.labels(config.isCompletionOnly(row));
    checks.check(tokenized, labels);
    lengths.add(labels.length);
    unalignedPrompts += tokenized.promptIsPrefix() ? 0 : 1;
    Example whole = Example.of(tokenized.ids(), labels);
    if (config.packing() != null || config.maxLength() == null) {
      examples.add(whole);
      return;
    }
    Example kept = truncate(whole);
    if (kept.labelledTokens() > 0) {
      examples.add(kept);
    } else {
      dropped++;
    }
  }

  private Example truncate(Example whole) {
    int excess = whole.length() - config.maxLength();
    if (excess <= 0) {
      return whole;
    }
    truncated++;
    truncatedTokens += excess;
    int from = config.firstKept(whole.length());
    return whole.slice(from, from + config.maxLength());
  }

  private PreparedDataset finish() {
    List<Example> rows = examples;
    if (config.packing() != null) {
      countCutByPacking();
      rows = Packing.pack(shuffled(rows), config.maxLength(), config.packing());
    }
    rows = shuffled(rows);
    DatasetStatistics statistics =
        new DatasetStatistics(
            lengths.size(),
            lengths.stream().mapToInt(Integer::intValue).toArray(),
            rows.stream().mapToLong(Example::length).sum(),
            rows.stream().mapToLong(Example::labelledTokens).sum(),
            truncated,
            truncatedTokens,
            dropped,
            rows.size(),
            unalignedPrompts);
    return new PreparedDataset(rows, statistics, checks.finish(rows, statistics));
  }

  private void countCutByPacking() {
    if (config.packing() != PackingStrategy.BFD) {
      return;
    }
    for (int length : lengths) {
      int excess = length - config.maxLength();
      truncated += excess > 0 ? 1 : 0;
      truncatedTokens += Math.max(0, excess);
    }
  }

  private List<Example> shuffled(List<Example> rows) {
    if (!config.shuffleDataset()) {
      return rows;
    }
    int[] order = new TorchGenerator(config.seed()).permutation(rows.size());
    List<Example> result = new ArrayList<>(Collections.nCopies(rows.size(), null));
    for (int i = 0; i < order.length; i++) {
      result.set(i, rows.get(order[i]));
    }
    return result;
  }
}
