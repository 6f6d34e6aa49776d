package dev.sifter.train.trainer;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What held-out data says of the model; without such data, further figures alone.
 *
 * @param evalLoss as transformers averages it: each batch's mean loss, weighted by its examples
 * @param evalLossPerToken mean over all target tokens
 * @param evalEntropy mean over batches of the mean over target tokens, nats
 * @param evalMeanTokenAccuracy likewise, share of targets that were the most probable token
 * @param targetTokens number of target tokens
 * @param others figures of further evaluations, by name
 */
public record EvalMetrics(
    double evalLoss,
    double evalLossPerToken,
    double evalEntropy,
    double evalMeanTokenAccuracy,
    long targetTokens,
    Map<String, Double> others) {

  /** Where there is no held-out data. */
  static final EvalMetrics NO_LOSS =
      new EvalMetrics(Double.NaN, Double.NaN, Double.NaN, Double.NaN, 0, Map.of());

  /** What held-out data gives, and whether more of each is better. */
  static final Map<String, Boolean> DIRECTIONS =
      Map.of(
          "eval_loss", false,
          "eval_loss_per_token", false,
          "eval_entropy", false,
          "eval_mean_token_accuracy", true);

  /** Whether there is held-out data. */
  public boolean hasLoss() {
    return targetTokens > 0;
  }

  /** These, and further figures. */
  EvalMetrics with(Map<String, Double> further) {
    return new EvalMetrics(
        evalLoss, evalLossPerToken, evalEntropy, evalMeanTokenAccuracy, targetTokens, further);
  }

  /** All figures by the names that the log gives them. */
  public Map<String, Double> all() {
    Map<String, Double> figures = new LinkedHashMap<>();
    if (hasLoss()) {
      figures.put("eval_loss", evalLoss);
      figures.put("eval_loss_per_token", evalLossPerToken);
      figures.put("eval_entropy", evalEntropy);
      figures.put("eval_mean_token_accuracy", evalMeanTokenAccuracy);
    }
    figures.putAll(others);
    return figures;
  }
}
