package dev.sifter.train.data.record;

import java.util.Arrays;
import java.util.BitSet;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;

/**
 * Reads the records of a mixture in the order of their files, and knows in which order they are
 * wanted. Where a data set has a share, or records are held out, all of them are counted first.
 */
public final class MixtureReader implements Iterator<RawRecord>, AutoCloseable {
  private final DatasetMixture mixture;
  private final long[] limits;
  private final int[] order;
  private final BitSet wanted;
  private int source = -1;
  private DatasetReader reader;
  private long taken;
  private long bytesOfEndedSources;
  private int records;
  private RawRecord next;

  private MixtureReader(DatasetMixture mixture) {
    this.mixture = mixture;
    this.limits = limits(mixture);
    this.order = mixture.testSplitSize() == null ? null : order(mixture, limits);
    this.wanted = order == null ? null : new BitSet();
    if (order != null) {
      for (int record : order) {
        wanted.set(record);
      }
    }
  }

  /**
   * Opens a mixture.
   *
   * @throws DataException if files are missing, or no records would be left
   */
  public static MixtureReader open(DatasetMixture mixture) {
    return new MixtureReader(mixture);
  }

  /** How many records are taken of each data set; as many as there are where nothing bounds it. */
  private static long[] limits(DatasetMixture mixture) {
    List<DataSource> sources = mixture.sources();
    boolean shares = !sources.isEmpty() && sources.getFirst().fraction() != null;
    long most = mixture.maxSamples() == null ? Long.MAX_VALUE : mixture.maxSamples();
    long[] limits = new long[sources.size()];
    for (int i = 0; i < limits.length; i++) {
      boolean count = shares || mixture.testSplitSize() != null;
      limits[i] = count ? count(sources.get(i), most) : most;
    }
    return shares ? shares(sources, limits) : limits;
  }

  private static long count(DataSource source, long most) {
    long records = 0;
    try (DatasetReader reader = DatasetReader.open(source, 0)) {
      while (records < most && reader.hasNext()) {
        reader.next();
        records++;
      }
    }
    return records;
  }

  /**
   * As TRL does: the largest mixture of these shares that takes no record twice. Halves are rounded
   * to even.
   */
  private static long[] shares(List<DataSource> sources, long[] counts) {
    double sum = sources.stream().mapToDouble(DataSource::fraction).sum();
    double total = Double.POSITIVE_INFINITY;
    for (int i = 0; i < counts.length; i++) {
      total = Math.min(total, counts[i] / (sources.get(i).fraction() / sum));
    }
    long[] limits = new long[counts.length];
    for (int i = 0; i < counts.length; i++) {
      limits[i] = (long) Math.rint(sources.get(i).fraction() / sum * total);
    }
    return limits;
  }

  /** The records of a part in the order in which {@code train_test_split} gives them. */
  private static int[] order(DatasetMixture mixture, long[] counts) {
    long sum = 0;
    for (long count : counts) {
      sum += count;
    }
    int all = Math.toIntExact(sum);
    double size = mixture.testSplitSize();
    int test = (int) (size < 1 ? Math.ceil(size * all) : Math.min(size, Integer.MAX_VALUE));
    if (test >= all) {
      throw new DataException(
          "test_split_size %s holds out %d of %d records, so that none is left to train on"
              .formatted(size, test, all));
    }
    int[] permutation = new NumpyGenerator(mixture.seed()).permutation(all);
    boolean held = mixture.part() == DatasetMixture.Part.TEST;
    return Arrays.copyOfRange(permutation, held ? 0 : test, held ? test : all);
  }

  /**
   * In which order the records that this reader gives are wanted, by the numbers of their origins;
   * null for the order in which it gives them.
   */
  public int[] order() {
    return order == null ? null : order.clone();
  }

  /** Bytes of the files that have been read, packed as they are. */
  public long bytesRead() {
    return bytesOfEndedSources + (reader == null ? 0 : reader.bytesRead());
  }

  @Override
  public boolean hasNext() {
    while (next == null) {
      if (reader == null || taken == limits[source] || !reader.hasNext()) {
        close();
        if (source + 1 == limits.length) {
          return false;
        }
        source++;
        taken = 0;
        reader = DatasetReader.open(mixture.sources().get(source), records);
        continue;
      }
      RawRecord record = reader.next();
      taken++;
      if (wanted == null || wanted.get(records)) {
        next = mixture.sources().get(source).taken(record);
      }
      records = Math.incrementExact(records);
    }
    return true;
  }

  @Override
  public RawRecord next() {
    if (!hasNext()) {
      throw new NoSuchElementException("after %d records".formatted(records));
    }
    RawRecord record = next;
    next = null;
    return record;
  }

  @Override
  public void close() {
    if (reader != null) {
      reader.close();
      bytesOfEndedSources += reader.bytesRead();
      reader = null;
    }
  }
}
