package dev.sifter.train.data;

import dev.sifter.model.FileErrors;
import dev.sifter.model.chat.ChatTemplate;
import dev.sifter.model.tokenizer.Tokenizer;
import dev.sifter.train.data.record.DataException;
import dev.sifter.train.data.record.MixtureReader;
import dev.sifter.train.data.record.NumpyGenerator;
import dev.sifter.train.data.record.RawRecord;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Prepares records for supervised fine-tuning in TRL's order: recognise, end plain texts, tokenise,
 * mask, label, cut, drop what has no label left, pack, shuffle. What comes before packing is done
 * on all cores and, for much data, kept in a {@link TokenFile}.
 */
public final class SftPreparation {
  /** Smaller data is prepared in memory, in a second or two, and leaves no file. */
  private static final long BYTES_TO_KEEP = 32 << 20;

  private final DataConfig config;
  private final Tokenizer tokenizer;
  private final ChatTemplate template;
  private final Refusals refusals;
  private final PreparationListener listener;
  private final Arena lifetime;

  private SftPreparation(
      DataConfig config,
      Tokenizer tokenizer,
      ChatTemplate template,
      Refusals refusals,
      PreparationListener listener,
      Arena lifetime) {
    this.config = config;
    this.tokenizer = tokenizer;
    this.template = template;
    this.refusals = refusals;
    this.listener = listener;
    this.lifetime = lifetime;
  }

  /**
   * Prepares the files of a configuration. If rows lie in a file, it is let go some time after they
   * are out of reach.
   *
   * @param template of conversations; null where there is none
   * @throws DataException if a record is malformed or the data cannot be trained on
   */
  public static PreparedDataset prepare(
      DataConfig config, Tokenizer tokenizer, ChatTemplate template) {
    return prepare(config, tokenizer, template, PreparationListener.NONE, Arena.ofAuto());
  }

  /**
   * Prepares the files of a configuration, and tells how far that is.
   *
   * @param lifetime how long rows in a file can be read; where it ends, the file is let go
   */
  public static PreparedDataset prepare(
      DataConfig config,
      Tokenizer tokenizer,
      ChatTemplate template,
      PreparationListener listener,
      Arena lifetime) {
    return new SftPreparation(config, tokenizer, template, new Refusals(false), listener, lifetime)
        .prepareFiles();
  }

  /**
   * Prepares what can be prepared, and collects why the rest cannot, and why the whole is not to be
   * trained on.
   *
   * @param lifetime how long rows in a file can be read; where it ends, the file is let go
   */
  public static PreparedDataset inspect(
      DataConfig config,
      Tokenizer tokenizer,
      ChatTemplate template,
      PreparationListener listener,
      Arena lifetime) {
    return new SftPreparation(config, tokenizer, template, new Refusals(true), listener, lifetime)
        .prepareFiles();
  }

  /** Prepares records from elsewhere, in memory. */
  public static PreparedDataset prepare(
      DataConfig config,
      Tokenizer tokenizer,
      ChatTemplate template,
      Iterator<? extends RawRecord> records) {
    SftPreparation preparation =
        new SftPreparation(
            config,
            tokenizer,
            template,
            new Refusals(false),
            PreparationListener.NONE,
            Arena.global());
    try {
      return preparation.arrange(
          preparation.prepareRows(records, RowSink.inMemory(), () -> 0, 0), null);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private PreparedDataset prepareFiles() {
    long bytes = TokenCache.bytes(config.data());
    try (MixtureReader reader = MixtureReader.open(config.data())) {
      if (config.preparedPath() == null && bytes < BYTES_TO_KEEP) {
        return arrange(
            prepareRows(reader, RowSink.inMemory(), reader::bytesRead, bytes), reader.order());
      }
      TokenCache cache = TokenCache.of(config, tokenizer, template);
      Optional<TokenFile> found = cache.find(lifetime);
      TokenFile rows =
          found.isPresent()
              ? found.get()
              : prepareRows(reader, cache.writer(lifetime), reader::bytesRead, bytes);
      return arrange(rows, reader.order());
    } catch (IOException e) {
      throw notKept(e);
    }
  }

  /** How far a reader has come. */
  private interface Position {
    long bytesRead();
  }

  private TokenFile prepareRows(
      Iterator<? extends RawRecord> records, RowSink sink, Position position, long bytes)
      throws IOException {
    try (sink) {
      DatasetChecks checks = new DatasetChecks(config, tokenizer);
      PreparationSummary summary = new PreparationSummary();
      RowPreparer preparer = new RowPreparer(config, tokenizer, template);
      new ParallelPreparation(
              preparer,
              outcome -> {
                if (outcome.error() != null) {
                  refusals.add(outcome.error());
                }
                for (PreparedRow row : outcome.rows()) {
                  checks.add(row);
                  summary.add(row);
                  keep(row, sink);
                }
                listener.prepared(summary.table().size(), position.bytesRead(), bytes);
              })
          .run(records, threads());
      checks.finish(refusals);
      return new TokenFile(sink.finish(summary, refusals.isEmpty()), summary);
    }
  }

  private int threads() {
    return config.numProc() == null ? Runtime.getRuntime().availableProcessors() : config.numProc();
  }

  private UncheckedIOException notKept(IOException e) {
    return new UncheckedIOException(
        "cannot keep prepared rows in %s: %s; dataset_prepared_path names another folder for them"
            .formatted(TokenCache.folder(config), FileErrors.reason(e)),
        e);
  }

  private void keep(PreparedRow row, RowSink sink) {
    if (row.kept() == null) {
      return;
    }
    try {
      sink.add(row.kept());
    } catch (IOException e) {
      throw notKept(e);
    }
  }

  /** Puts the rows in their order, packs and shuffles them. */
  private PreparedDataset arrange(TokenFile prepared, int[] order) {
    PreparationSummary summary = prepared.summary();
    RecordTable table = summary.table();
    ExampleRows rows = prepared.rows();
    if (order != null) {
      rows = rows.inOrder(rowOrder(table, order));
    }
    if (config.packing() != null) {
      rows = Packing.pack(shuffled(rows), config.maxLength(), config.packing());
    }
    rows = shuffled(rows);
    int truncated = 0;
    long truncatedTokens = 0;
    int dropped = 0;
    int most = mostTokens();
    for (int row = 0; row < table.size(); row++) {
      int excess = table.length(row) - most;
      truncated += excess > 0 ? 1 : 0;
      truncatedTokens += Math.max(0, excess);
      dropped += table.keptLength(row) == 0 ? 1 : 0;
    }
    DatasetStatistics statistics =
        new DatasetStatistics(
            table,
            summary.formats(),
            table.records(),
            rows.tokens(),
            rows.stream().mapToLong(Example::labelledTokens).sum(),
            truncated,
            truncatedTokens,
            dropped,
            rows.size(),
            summary.unalignedPrompts(),
            summary.unreadFields());
    DatasetChecks.checkRows(config, rows, statistics, refusals);
    return new PreparedDataset(
        rows,
        prepared.rows(),
        statistics,
        DatasetChecks.warnings(config, statistics),
        refusals.all());
  }

  /** Tokens of a row that are kept; splitting and wrapping lose none. */
  private int mostTokens() {
    boolean goesOn = config.packing() != null && config.packing() != PackingStrategy.BFD;
    return config.maxLength() == null || goesOn ? Integer.MAX_VALUE : config.maxLength();
  }

  /** The kept rows in the order of their records. */
  private static int[] rowOrder(RecordTable table, int[] recordOrder) {
    int[] firstRow = new int[Arrays.stream(recordOrder).max().orElse(0) + 2];
    Arrays.fill(firstRow, -1);
    int[] keptRow = new int[table.size()];
    int kept = 0;
    for (int row = table.size() - 1; row >= 0; row--) {
      firstRow[table.record(row)] = row;
    }
    for (int row = 0; row < table.size(); row++) {
      keptRow[row] = table.keptLength(row) == 0 ? -1 : kept++;
    }
    return Arrays.stream(recordOrder)
        .filter(record -> firstRow[record] >= 0)
        .flatMap(
            record ->
                IntStream.range(firstRow[record], table.size())
                    .takeWhile(row -> table.record(row) == record))
        .map(row -> keptRow[row])
        .filter(row -> row >= 0)
        .toArray();
  }

  /** As {@code Dataset.shuffle(seed)} puts them. */
  private ExampleRows shuffled(ExampleRows rows) {
    return config.shuffleDataset()
        ? rows.inOrder(new NumpyGenerator(config.seed()).permutation(rows.size()))
        : rows;
  }
}
