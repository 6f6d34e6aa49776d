package dev.sifter.train.trainer;

/**
 * Losses on held-out data.
 *
 * @param evalLoss as transformers averages it: each batch's mean loss, weighted by its examples
 * @param evalLossPerToken mean over all target tokens
 * @param evalEntropy mean over batches of the mean over target tokens, nats
 * @param evalMeanTokenAccuracy likewise, share of targets that were the most probable token
 * @param targetTokens number of target tokens
 */
public record EvalMetrics(
    double evalLoss,
    double evalLossPerToken,
    double evalEntropy,
    double evalMeanTokenAccuracy,
    long targetTokens) {}
