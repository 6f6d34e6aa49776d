package dev.sifter.train.report;

import dev.sifter.model.tokenizer.StreamingDecoder;
import dev.sifter.model.tokenizer.Tokenizer;
import dev.sifter.train.data.DataConfig;
import dev.sifter.train.data.DatasetStatistics;
import dev.sifter.train.data.Example;
import dev.sifter.train.data.ExampleRows;
import dev.sifter.train.data.Packing;
import dev.sifter.train.data.PackingStrategy;
import dev.sifter.train.data.PreparedDataset;
import dev.sifter.train.data.RecordTable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Looks through prepared data for what {@link DataReport} tells. */
public final class DataInspection {
  private static final int ROWS_TO_LIST = 5;
  private static final int TOKENS_TO_SHOW = 96;

  private final DataConfig config;
  private final Tokenizer tokenizer;
  private final PreparedDataset data;
  private final DatasetStatistics statistics;
  private final RecordTable table;
  private final int[] keptRow;

  private DataInspection(DataConfig config, Tokenizer tokenizer, PreparedDataset data) {
    this.config = config;
    this.tokenizer = tokenizer;
    this.data = data;
    this.statistics = data.statistics();
    this.table = statistics.table();
    this.keptRow = new int[table.size()];
    int kept = 0;
    for (int row = 0; row < keptRow.length; row++) {
      keptRow[row] = table.keptLength(row) == 0 ? -1 : kept++;
    }
  }

  /** Looks at a data set. */
  public static DataReport.Part of(
      String name, DataConfig config, Tokenizer tokenizer, PreparedDataset data) {
    return new DataInspection(config, tokenizer, data).part(name);
  }

  private DataReport.Part part(String name) {
    Map<String, Integer> lengths = new LinkedHashMap<>();
    lengths.put("shortest", statistics.lengthQuantile(0));
    lengths.put("median", statistics.lengthQuantile(0.5));
    lengths.put("90 %", statistics.lengthQuantile(0.9));
    lengths.put("99 %", statistics.lengthQuantile(0.99));
    lengths.put("longest", statistics.lengthQuantile(1));
    SuspiciousRows suspicious = new SuspiciousRows(data, keptRow);
    return new DataReport.Part(
        name,
        statistics.records(),
        statistics.formats(),
        table.size(),
        statistics.rows(),
        statistics.tokens(),
        statistics.trainedTokens(),
        statistics.trainedShare(),
        lengths,
        LengthHistogram.of(statistics.lengths()),
        config.maxLength(),
        statistics.truncated(),
        statistics.truncatedTokens(),
        statistics.dropped(),
        packing(),
        suspicious.duplicates(),
        first(Comparator.comparingInt(row -> -table.length(row)), "among the longest"),
        first(Comparator.comparingInt(table::labelled), "among the emptiest"),
        suspicious.worst().stream().map(worst -> noted(worst.row(), worst.reason())).toList(),
        data.warnings(),
        data.refusals());
  }

  private DataReport.Packing packing() {
    if (config.maxLength() == null || data.unpacked().isEmpty()) {
      return new DataReport.Packing("none", statistics.rows(), 1);
    }
    boolean packs = config.packing() != null;
    ExampleRows rows =
        packs
            ? data.examples()
            : Packing.pack(data.unpacked(), config.maxLength(), PackingStrategy.BFD);
    long tokens = 0;
    for (int i = 0; i < rows.size(); i++) {
      tokens += rows.length(i);
    }
    return new DataReport.Packing(
        packs ? config.packing().trlName() : "none",
        rows.size(),
        (double) tokens / rows.size() / config.maxLength());
  }

  private List<DataReport.NotedRow> first(Comparator<Integer> order, String reason) {
    return IntStream.range(0, table.size())
        .boxed()
        .sorted(order)
        .limit(ROWS_TO_LIST)
        .map(row -> noted(row, reason))
        .toList();
  }

  private DataReport.NotedRow noted(int row, String reason) {
    return new DataReport.NotedRow(
        table.origin(row).toString(), table.length(row), table.labelled(row), reason, tokens(row));
  }

  /** How a row begins; nothing is left of one that was dropped. */
  private List<DataReport.NotedToken> tokens(int row) {
    if (keptRow[row] < 0) {
      return List.of();
    }
    Example example = data.unpacked().get(keptRow[row]);
    List<DataReport.NotedToken> tokens = new ArrayList<>();
    StreamingDecoder decoder = tokenizer.streamingDecoder(false);
    int[] ids = example.inputIds();
    for (int i = 0; i < Math.min(TOKENS_TO_SHOW, ids.length); i++) {
      boolean trained = i > 0 && example.labels()[i] != Example.IGNORED;
      tokens.add(new DataReport.NotedToken(decoder.accept(ids[i]), trained));
    }
    return tokens;
  }
}
