package dev.sifter.model.generate;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Adds to the logit of a run's last token where the rest of the run stands before it. All that a
 * token gets is added up first, in fp32 and in the order of the runs, those of one token before the
 * others, as in transformers.
 */
final class SequenceBias implements LogitsProcessor {
  private record Rule(List<Integer> before, int token, float bias) {}

  private final List<Rule> rules = new ArrayList<>();
  private final float[] sums;

  SequenceBias(List<LogitsRules.Bias> biases, int vocabSize) {
    sums = new float[vocabSize];
    Map<List<Integer>, Float> last = new LinkedHashMap<>();
    biases.forEach(bias -> last.put(bias.run(), (float) bias.bias()));
    last.forEach(
        (run, bias) -> rules.add(new Rule(run.subList(0, run.size() - 1), run.getLast(), bias)));
    rules.sort((a, b) -> Boolean.compare(b.before.isEmpty(), a.before.isEmpty()));
  }

  /** Runs that may not occur: their last tokens are excluded. */
  static SequenceBias excluding(List<List<Integer>> runs, int vocabSize) {
    return new SequenceBias(
        runs.stream().map(run -> new LogitsRules.Bias(run, Double.NEGATIVE_INFINITY)).toList(),
        vocabSize);
  }

  @Override
  public void process(TokenContext context, float[] logits) {
    List<Rule> active = rules.stream().filter(rule -> context.endsWith(rule.before)).toList();
    active.forEach(rule -> sums[rule.token] = 0);
    active.forEach(rule -> sums[rule.token] += rule.bias);
    active.stream().mapToInt(Rule::token).distinct().forEach(token -> logits[token] += sums[token]);
  }
}
