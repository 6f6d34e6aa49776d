package dev.sifter.train.eval;

import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.tokenizer.Tokenizer;
import dev.sifter.train.eval.score.ScoredText;
import dev.sifter.train.eval.score.TextEncoder;
import dev.sifter.train.eval.score.TextScorer;
import dev.sifter.train.eval.task.SampleMetrics;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * How well a model predicts a plain text. Every token is scored once, the first after the begin
 * token; long texts in windows of the model's context.
 *
 * @param logLikelihood of the whole text, nats
 * @param tokens that were scored, the tokenizer's own begin token included
 * @param words pieces between white space
 * @param bytes in UTF-8
 */
public record Perplexity(double logLikelihood, long tokens, long words, long bytes) {

  /**
   * Scores a text.
   *
   * @throws IllegalArgumentException if the text is empty
   */
  public static Perplexity of(
      Decoder decoder, Tokenizer tokenizer, String text, ProgressListener listener) {
    if (text.isEmpty()) {
      throw new IllegalArgumentException("an empty text has no perplexity");
    }
    TextEncoder encoder = new TextEncoder(tokenizer, decoder.config().maxPositionEmbeddings());
    List<ScoredText> windows = encoder.rolling(text);
    double[] scores = new double[windows.size()];
    int[] done = {0};
    new TextScorer(
            decoder, EvalOptions.DEFAULT.maxBatchTokens(), EvalOptions.DEFAULT.maxBatchSize())
        .score(
            windows,
            (window, score) -> {
              scores[window] = score.value();
              listener.progress("perplexity", ++done[0], scores.length);
            });
    double sum = 0;
    for (double score : scores) {
      sum += score;
    }
    return new Perplexity(
        sum,
        windows.stream().mapToLong(window -> window.targets().length).sum(),
        SampleMetrics.words(text),
        text.getBytes(StandardCharsets.UTF_8).length);
  }

  /** exp(−log-likelihood / tokens): depends on the tokenizer. */
  public double perToken() {
    return Math.exp(-logLikelihood / tokens);
  }

  /** exp(−log-likelihood / words). */
  public double perWord() {
    return Math.exp(-logLikelihood / words);
  }

  /** exp(−log-likelihood / bytes). */
  public double perByte() {
    return Math.exp(-logLikelihood / bytes);
  }

  /** −log₂-likelihood / bytes: comparable between tokenizers. */
  public double bitsPerByte() {
    return -logLikelihood / bytes / Math.log(2);
  }
}
