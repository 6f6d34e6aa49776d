package dev.sifter.train.demo;

import dev.sifter.model.lora.MergeProof;
import dev.sifter.train.eval.Comparison;
import dev.sifter.train.eval.EvalResult;
import dev.sifter.train.eval.task.EvalSample;
import dev.sifter.train.report.RunRecorder;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a demonstration came to.
 *
 * @param data what it was trained and evaluated on
 * @param pretraining figures of the base model's training
 * @param tuning figures of the adapter's training
 * @param base the base model's results on the held-out problems
 * @param tuned the tuned model's
 * @param comparison of both, item by item
 * @param proof that the merged model equals base + adapter
 * @param chat questions asked at the end
 */
public record DemoOutcome(
    DemoData data,
    RunRecorder pretraining,
    RunRecorder tuning,
    EvalResult base,
    EvalResult tuned,
    Comparison comparison,
    MergeProof proof,
    List<Exchange> chat) {

  /** A question, the model's answer, and the right one. */
  public record Exchange(String question, String answer, String expected) {}

  /** A share of problems solved. */
  public record Score(int solved, int problems) {
    /** From 0 to 1. */
    public double share() {
      return (double) solved / problems;
    }

    Score plus(boolean isSolved) {
      return new Score(solved + (isSolved ? 1 : 0), problems + 1);
    }
  }

  /** Exact matches by kind of problem. */
  public static Map<String, Score> byKind(EvalResult result) {
    Map<String, Score> scores = new TreeMap<>();
    for (EvalSample sample : result.tasks().getFirst().samples()) {
      String kind = sample.doc().path("kind").asText();
      Score before = scores.getOrDefault(kind, new Score(0, 0));
      scores.put(kind, before.plus(sample.score("exact_match") == 1));
    }
    return scores;
  }

  /** Exact matches over all kinds. */
  public static Score overall(EvalResult result) {
    Score sum = new Score(0, 0);
    for (Score score : byKind(result).values()) {
      sum = new Score(sum.solved + score.solved, sum.problems + score.problems);
    }
    return sum;
  }
}
