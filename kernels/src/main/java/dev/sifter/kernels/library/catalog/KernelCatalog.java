package dev.sifter.kernels.library.catalog;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** All kernels. */
public final class KernelCatalog {
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
            RopeTrials.all(),
            LossTrials.all(),
            OptimizerTrials.all(),
            AdamW8Trials.all(),
            ProductTrials.all(),
            AttentionTrials.all(),
            QuantizationTrials.all(),
            QuantizedProductTrials.all(),
            SamplingTrials.all())
        .flatMap(List::stream)
        .toList();
  }

  /**
   * The entry of a name.
   *
   * @throws IllegalArgumentException naming those there are
   */
  public static KernelEntry find(String name) {
    return all().stream()
        .filter(entry -> entry.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "no kernel is called '%s'; there are %s".formatted(name, all())));
  }

  static String hyphenated(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
