package dev.sifter.train.data.record;

import java.util.List;

/**
 * Which records to take from which data sets: TRL's {@code DatasetMixtureConfig}.
 *
 * @param sources data sets, one after the other
 * @param maxSamples the first so many records of each; null for all
 * @param testSplitSize {@code test_split_size}: records to hold out, a share below 1 or a number;
 *     null for none
 * @param part the records that are held out, or the others
 * @param seed of the drawing of those that are held out
 */
public record DatasetMixture(
    List<DataSource> sources, Long maxSamples, Double testSplitSize, Part part, long seed) {

  /** Which part of the records. */
  public enum Part {
    /** Those to train on. */
    TRAIN,
    /** Those that are held out. */
    TEST
  }

  /** Copies the list and checks the ranges. */
  public DatasetMixture {
    sources = List.copyOf(sources);
    if (maxSamples != null && maxSamples < 1) {
      throw new IllegalArgumentException(
          "max_samples is %d; it must be at least 1, or null for all".formatted(maxSamples));
    }
    long fractions = sources.stream().filter(source -> source.fraction() != null).count();
    if (fractions != 0 && fractions != sources.size()) {
      throw new IllegalArgumentException(
          "fraction is set for %d of %d datasets; set it for all of them or for none"
              .formatted(fractions, sources.size()));
    }
    if (testSplitSize != null
        && !(testSplitSize > 0
            && (testSplitSize < 1 || testSplitSize == Math.rint(testSplitSize)))) {
      throw new IllegalArgumentException(
          "test_split_size is %s; it must be a share between 0 and 1, or a number of records"
              .formatted(testSplitSize));
    }
  }

  /** All records of files. */
  public static DatasetMixture of(List<String> files) {
    return new DatasetMixture(List.of(DataSource.of(files)), null, null, Part.TRAIN, 0);
  }

  /** The other part. */
  public DatasetMixture withPart(Part other) {
    return new DatasetMixture(sources, maxSamples, testSplitSize, other, seed);
  }
}
