package dev.sifter.train.report;

import dev.sifter.model.lora.MergeProof;
import dev.sifter.train.trainer.LoggedRun;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Everything that {@link HtmlReport} shows. Parts that are empty are left out of the page.
 *
 * @param title heading of the page
 * @param facts what stands under the heading
 * @param runs trainings, in order
 * @param masks conversations as the trainer saw them
 * @param evaluation base against tuned
 * @param notes what a reader must know to judge the evaluation, such as the test of significance
 * @param merge proof that the merged model is the adapted one
 * @param chats questions that the tuned model answered
 */
public record ReportData(
    String title,
    List<Fact> facts,
    List<Run> runs,
    List<MaskSample> masks,
    List<EvaluationRow> evaluation,
    List<String> notes,
    Optional<Merge> merge,
    List<ChatSample> chats) {

  /** Copies the lists. */
  public ReportData {
    Objects.requireNonNull(title, "title");
    Objects.requireNonNull(merge, "merge");
    facts = List.copyOf(facts);
    runs = List.copyOf(runs);
    masks = List.copyOf(masks);
    evaluation = List.copyOf(evaluation);
    notes = List.copyOf(notes);
    chats = List.copyOf(chats);
  }

  /**
   * A line under the heading.
   *
   * @param isCode whether the value is something to type or to copy
   */
  public record Fact(String name, String value, boolean isCode) {}

  /**
   * One training.
   *
   * @param name such as "pretraining" or "LoRA fine-tuning"
   * @param settings options that are not as they are by default, in order; may be empty
   * @param log its figures
   */
  public record Run(String name, Map<String, String> settings, LoggedRun log) {

    /** Copies the settings. */
    public Run {
      Objects.requireNonNull(name, "name");
      Objects.requireNonNull(log, "log");
      settings = Collections.unmodifiableMap(new LinkedHashMap<>(settings));
    }
  }

  /** A conversation as tokens. */
  public record MaskSample(String title, List<MaskToken> tokens) {

    /** Copies the list. */
    public MaskSample {
      Objects.requireNonNull(title, "title");
      tokens = List.copyOf(tokens);
    }

    /** Tokens that the loss is computed on. */
    public long trained() {
      return tokens.stream().filter(MaskToken::trained).count();
    }
  }

  /**
   * One token of a conversation.
   *
   * @param piece its decoded text
   * @param id in the vocabulary
   * @param role whose turn it belongs to; empty if nobody's
   * @param trained whether it is a target of the loss
   */
  public record MaskToken(String piece, int id, String role, boolean trained) {}

  /**
   * A metric of a task, before and after.
   *
   * @param task name of the task
   * @param metric such as {@code exact_match,none}
   * @param n records that were scored
   * @param pValue of the hypothesis that both models are equally good
   */
  public record EvaluationRow(
      String task,
      String metric,
      boolean higherIsBetter,
      int n,
      Figure base,
      Figure tuned,
      OptionalDouble pValue) {

    /** Tuned − base. */
    public double difference() {
      return tuned.value() - base.value();
    }
  }

  /** A metric and its standard error, where it has one. */
  public record Figure(double value, OptionalDouble standardError) {}

  /**
   * How true a merge is.
   *
   * @param halfPrecision whether the merged weights are fp16 or bf16
   */
  public record Merge(MergeProof proof, boolean halfPrecision) {}

  /** A question and what the tuned model said. */
  public record ChatSample(String question, String answer) {}
}
