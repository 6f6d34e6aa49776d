package dev.sifter.train.eval.task;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.train.eval.metric.Aggregation;
import dev.sifter.train.eval.metric.ExactMatch;
import dev.sifter.train.eval.metric.ItemValue;
import dev.sifter.train.eval.python.PythonRegex;
import dev.sifter.train.options.Spelling;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A metric of a task.
 *
 * @param aggregation how the items' values become one
 * @param exactMatch options of {@code exact_match}
 */
public record MetricSpec(
    String name, Aggregation aggregation, boolean higherIsBetter, ExactMatch exactMatch) {

  private static final Map<String, Aggregation> DEFAULTS =
      Map.ofEntries(
          Map.entry("acc", Aggregation.MEAN),
          Map.entry("acc_norm", Aggregation.MEAN),
          Map.entry("acc_bytes", Aggregation.MEAN),
          Map.entry("acc_mutual_info", Aggregation.MEAN),
          Map.entry("exact_match", Aggregation.MEAN),
          Map.entry("f1", Aggregation.F1),
          Map.entry("mcc", Aggregation.MATTHEWS_CORRCOEF),
          Map.entry("brier_score", Aggregation.BRIER_SCORE),
          Map.entry("perplexity", Aggregation.PERPLEXITY),
          Map.entry("word_perplexity", Aggregation.WEIGHTED_PERPLEXITY),
          Map.entry("byte_perplexity", Aggregation.WEIGHTED_PERPLEXITY),
          Map.entry("bits_per_byte", Aggregation.BITS_PER_BYTE),
          Map.entry("bleu", Aggregation.BLEU),
          Map.entry("chrf", Aggregation.CHRF),
          Map.entry("chrf++", Aggregation.CHRF_PLUS_PLUS),
          Map.entry("ter", Aggregation.TER),
          Map.entry("rouge1", Aggregation.MEAN),
          Map.entry("rouge2", Aggregation.MEAN),
          Map.entry("rougeL", Aggregation.MEAN));

  private static final Map<OutputType, Set<String>> ALLOWED =
      Map.of(
          OutputType.LOGLIKELIHOOD,
          Set.of("perplexity", "acc"),
          OutputType.LOGLIKELIHOOD_ROLLING,
          Set.of("word_perplexity", "byte_perplexity", "bits_per_byte"),
          OutputType.GENERATE_UNTIL,
          Set.of("exact_match", "bleu", "chrf", "chrf++", "ter", "rouge1", "rouge2", "rougeL"),
          OutputType.MULTIPLE_CHOICE,
          Set.of(
              "acc",
              "acc_norm",
              "acc_bytes",
              "acc_mutual_info",
              "exact_match",
              "f1",
              "mcc",
              "brier_score"));

  /** Keys of an entry of {@code metric_list}; only {@code exact_match} has any use for the rest. */
  private static final Set<String> KEYS =
      Set.of(
          "metric",
          "aggregation",
          "higher_is_better",
          "hf_evaluate",
          "ignore_case",
          "ignore_punctuation",
          "ignore_numbers",
          "regexes_to_ignore");

  /** The metrics of a task that names none. */
  static List<MetricSpec> defaults(OutputType type) {
    return switch (type) {
      case LOGLIKELIHOOD -> List.of(of("perplexity"), of("acc"));
      case LOGLIKELIHOOD_ROLLING ->
          List.of(of("word_perplexity"), of("byte_perplexity"), of("bits_per_byte"));
      case GENERATE_UNTIL -> List.of(of("exact_match"));
      case MULTIPLE_CHOICE -> List.of(of("acc"), of("acc_norm"));
    };
  }

  private static MetricSpec of(String name) {
    Aggregation aggregation = DEFAULTS.get(name);
    return new MetricSpec(name, aggregation, aggregation.higherIsBetter(), ExactMatch.PLAIN);
  }

  /** An entry of {@code metric_list}. */
  static MetricSpec read(JsonNode json, OutputType type) {
    String name = json.path("metric").asText("");
    if (!ALLOWED.get(type).contains(name)) {
      throw new IllegalArgumentException(
          "metric_list: there is no metric '%s' for output_type %s; there are %s"
              .formatted(name, type.key(), ALLOWED.get(type).stream().sorted().toList()));
    }
    json.fieldNames().forEachRemaining(key -> requireKnown(name, key));
    if (json.path("hf_evaluate").asBoolean(false) && !name.equals("exact_match")) {
      throw new IllegalArgumentException(
          "metric_list: %s has hf_evaluate, but metrics of that library are not here; leave it out"
              .formatted(name));
    }
    MetricSpec base = of(name);
    Aggregation aggregation =
        json.has("aggregation")
            ? aggregation(name, json.path("aggregation").asText(), base.aggregation.takes())
            : base.aggregation;
    List<PythonRegex> ignored = new ArrayList<>();
    json.path("regexes_to_ignore")
        .forEach(regex -> ignored.add(PythonRegex.compile(regex.asText())));
    return new MetricSpec(
        name,
        aggregation,
        json.path("higher_is_better").asBoolean(base.higherIsBetter),
        new ExactMatch(
            json.path("ignore_case").asBoolean(false),
            json.path("ignore_punctuation").asBoolean(false),
            json.path("ignore_numbers").asBoolean(false),
            ignored));
  }

  private static void requireKnown(String metric, String key) {
    if (!KEYS.contains(key)) {
      throw new IllegalArgumentException(
          "metric_list: %s has no '%s'; did you mean '%s'?"
              .formatted(metric, key, Spelling.nearest(key, KEYS)));
    }
  }

  private static Aggregation aggregation(
      String metric, String key, Class<? extends ItemValue> values) {
    Aggregation aggregation = Aggregation.of(key);
    if (!aggregation.takes().equals(values)) {
      throw new IllegalArgumentException(
          "metric_list: the aggregation %s is of other values than those of %s; there are %s"
              .formatted(
                  key,
                  metric,
                  Arrays.stream(Aggregation.values())
                      .filter(other -> other.takes().equals(values))
                      .map(Aggregation::key)
                      .toList()));
    }
    return aggregation;
  }

  /** An entry of {@code metric_list} of a task that scores its answers in a way of its own. */
  private static MetricSpec readOwn(JsonNode json) {
    String name = json.path("metric").asText("");
    Aggregation aggregation =
        json.has("aggregation")
            ? Aggregation.of(json.path("aggregation").asText())
            : DEFAULTS.getOrDefault(name, Aggregation.MEAN);
    boolean higherIsBetter = json.path("higher_is_better").asBoolean(aggregation.higherIsBetter());
    return new MetricSpec(name, aggregation, higherIsBetter, ExactMatch.PLAIN);
  }

  /**
   * The metrics of a task's {@code metric_list}, or its type's own where it has none.
   *
   * @throws IllegalArgumentException if a metric or an aggregation is unknown, or does not fit
   */
  public static List<MetricSpec> readAll(ObjectNode config, OutputType type) {
    if (!config.path("metric_list").isArray()) {
      return defaults(type);
    }
    List<MetricSpec> specs = new ArrayList<>();
    boolean own = config.hasNonNull("process_results");
    for (JsonNode entry : config.path("metric_list")) {
      specs.add(own ? readOwn(entry) : read(entry, type));
    }
    return specs;
  }
}
