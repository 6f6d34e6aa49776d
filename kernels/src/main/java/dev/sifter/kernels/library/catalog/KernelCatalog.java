package dev.sifter.kernels.library.catalog;

import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** All kernels. */
public final class KernelCatalog {
  /** How much of their pairs of letters names share that are called alike. */
  private static final double ALIKE = 0.4;

  private static final int MOST_ALIKE = 6;

  private KernelCatalog() {}

  /** The entries, by family. */
  public static List<KernelEntry> all() {
    return Stream.of(
            PointwiseTrials.all(),
            ActivationTrials.all(),
            RmsNormTrials.all(),
            LayerNormTrials.all(),
            GatedTrials.all(),
            RowTrials.all(),
            NumberedRowTrials.all(),
            PasteTrials.all(),
            RopeTrials.all(),
            LossTrials.all(),
            OptimizerTrials.all(),
            AdamW8Trials.all(),
            ProductTrials.all(),
            ConvolutionTrials.all(),
            AttentionTrials.all(),
            List.of(DecodeAttentionTrials.decode()),
            QuantizationTrials.all(),
            QuantizedProductTrials.all(),
            SamplingTrials.all())
        .flatMap(List::stream)
        .toList();
  }

  /**
   * The entry of a name.
   *
   * @throws IllegalArgumentException naming those that are spelled alike
   */
  public static KernelEntry find(String name) {
    return all().stream()
        .filter(entry -> entry.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException(unknown(name)));
  }

  /** That there is no such kernel, and which are spelled alike. */
  public static String unknown(String name) {
    List<KernelEntry> all = all();
    String alike =
        all.stream()
            .map(KernelEntry::name)
            .filter(known -> likeness(name, known) >= ALIKE)
            .sorted(Comparator.comparingDouble((String known) -> -likeness(name, known)))
            .limit(MOST_ALIKE)
            .collect(Collectors.joining(", "));
    return "no kernel is called '%s'%s; 'sifter kernels list' names all %d"
        .formatted(name, alike.isEmpty() ? "" : "; spelled alike: " + alike, all.size());
  }

  /** Pairs of neighbouring letters that two words share, as a part of what they have (Dice). */
  private static double likeness(String a, String b) {
    Set<String> pairs = pairs(a);
    Set<String> shared = pairs(b);
    double all = pairs.size() + shared.size();
    shared.retainAll(pairs);
    return 2 * shared.size() / all;
  }

  private static Set<String> pairs(String word) {
    return IntStream.range(0, word.length() - 1)
        .mapToObj(i -> word.substring(i, i + 2))
        .collect(Collectors.toCollection(HashSet::new));
  }

  static String hyphenated(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
