package dev.sifter.train.report;

import dev.sifter.model.lora.MergeProof;
import dev.sifter.train.report.ReportData.ChatSample;
import dev.sifter.train.report.ReportData.EvaluationRow;
import dev.sifter.train.report.ReportData.Fact;
import dev.sifter.train.report.ReportData.Figure;
import dev.sifter.train.report.ReportData.MaskSample;
import dev.sifter.train.report.ReportData.MaskToken;
import dev.sifter.train.report.ReportData.Merge;
import dev.sifter.train.report.ReportData.Run;
import dev.sifter.train.trainer.EvalMetrics;
import dev.sifter.train.trainer.LoggedRun;
import dev.sifter.train.trainer.LoggedRun.Evaluated;
import dev.sifter.train.trainer.StepMetrics;
import dev.sifter.train.trainer.TrainingSummary;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;

/** Invented data that fills every part of the page; {@link #main} writes it, to look at. */
final class SampleReport {
  private static final int MAX_STEPS = 600;

  private SampleReport() {}

  /** Writes the page to the file named first. */
  public static void main(String[] args) throws IOException {
    HtmlReport.write(Path.of(args[0]), data("A sample that was never trained"));
  }

  /** The data, with {@code text} wherever a text may come from outside. */
  static ReportData data(String text) {
    return new ReportData(
        text,
        List.of(
            new Fact("Command", "./sifter demo --out runs/demo --seed 42", true),
            new Fact("Machine", new Machine(2, 8L << 30, "25.0.1+8", "Linux", text).line(), false)),
        List.of(run("pretraining", 5.2, 1.4, 0), run("LoRA fine-tuning " + text, 1.9, 0.3, 0.5)),
        List.of(mask(text)),
        evaluation(text),
        List.of("p from McNemar's exact test on the same 200 problems.", text),
        Optional.of(new Merge(new MergeProof(512, 3.1e-5, 18.2, 2.4e-12, 1), false)),
        List.of(
            new ChatSample("What is 17 + 25?", "17 + 25 = 42."),
            new ChatSample("Which is larger, 9 or 11?\nAnswer in a word.", text)));
  }

  private static Run run(String name, double start, double end, double overfitting) {
    Random noise = new Random(7);
    List<StepMetrics> steps = new ArrayList<>();
    List<Evaluated> evaluations = new ArrayList<>();
    for (int step = 2; step <= MAX_STEPS; step += 2) {
      double x = (double) step / MAX_STEPS;
      double clean = end + (start - end) * Math.exp(-9 * x);
      double loss = clean * (1 + 0.05 * noise.nextGaussian());
      double rate = 2e-3 * Math.min(1, x / 0.05) * 0.5 * (1 + Math.cos(Math.PI * x));
      double norm = 0.4 + 6 * Math.exp(-12 * x) + 0.1 * Math.abs(noise.nextGaussian());
      double accuracy = 1 - clean / (start + 1);
      double speed = 5200 + 250 * noise.nextGaussian();
      long memory = (step < 100 ? 410L : 455L) << 20;
      long tokens = 1024L * step;
      steps.add(
          new StepMetrics(
              step, 3 * x, loss, norm, rate, clean, accuracy, tokens, speed, 0.4, memory));
      if (step % 60 == 0) {
        double held = clean * 1.04 + overfitting * x * x;
        evaluations.add(
            new Evaluated(step, new EvalMetrics(held, held, held, accuracy, 4096, Map.of()).all()));
      }
    }
    TrainingSummary summary =
        new TrainingSummary(MAX_STEPS, 3, end * 1.6, 3.2e13, 614_400, 118.4, 455L << 20, null);
    return new Run(
        name, Map.of("seed", "" + start), new LoggedRun(steps, evaluations, Optional.of(summary)));
  }

  private static MaskSample mask(String text) {
    List<MaskToken> tokens = new ArrayList<>();
    add(tokens, "system", false, "<|im_start|>", "system", "\n", "You", " are", " brief", ".");
    add(tokens, "system", false, "<|im_end|>", "\n");
    add(tokens, "user", false, "<|im_start|>", "user", "\n", "What", " is", " ", "17", " +");
    add(tokens, "user", false, " ", "25", "?", "<|im_end|>", "\n");
    add(tokens, "assistant", false, "<|im_start|>", "assistant", "\n");
    add(tokens, "assistant", true, "17", " +", " ", "25", " =", " ", "42", ".", "\t", text, "");
    add(tokens, "assistant", true, "<|im_end|>");
    add(tokens, "assistant", false, "\n");
    return new MaskSample("Row 1", tokens);
  }

  private static void add(List<MaskToken> tokens, String role, boolean trained, String... pieces) {
    for (String piece : pieces) {
      tokens.add(new MaskToken(piece, 100 + tokens.size(), role, trained));
    }
  }

  private static List<EvaluationRow> evaluation(String text) {
    Figure nothing = new Figure(0.015, OptionalDouble.of(0.0086));
    Figure much = new Figure(0.885, OptionalDouble.of(0.0226));
    Figure some = new Figure(0.42, OptionalDouble.of(0.0349));
    Figure alike = new Figure(0.435, OptionalDouble.of(0.0351));
    Figure before = new Figure(6.81, OptionalDouble.empty());
    Figure after = new Figure(7.93, OptionalDouble.empty());
    return List.of(
        new EvaluationRow("addition", "exact_match", true, 200, nothing, much, p(1.2e-44)),
        new EvaluationRow("comparison", "acc", true, 200, some, alike, p(0.78)),
        new EvaluationRow(text, "perplexity", false, 1200, before, after, p(0.003)));
  }

  private static OptionalDouble p(double value) {
    return OptionalDouble.of(value);
  }
}
