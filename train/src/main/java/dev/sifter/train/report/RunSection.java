package dev.sifter.train.report;

import dev.sifter.train.report.Series.Point;
import dev.sifter.train.trainer.EvalMetrics;
import dev.sifter.train.trainer.StepMetrics;
import dev.sifter.train.trainer.TrainingSummary;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** A training: its figures in short, its plots, and what its loss curve says. */
final class RunSection {
  private RunSection() {}

  /** Writes the section. */
  static void render(Markup to, ReportData.Run run, String id) {
    to.open("section", "id", id).element("h2", HtmlReport.capitalised(run.name()));
    tiles(to, run);
    if (run.steps().isEmpty()) {
      to.element("p", "Nothing was logged.", "class", "quiet");
    } else {
      to.open("div", "class", "charts").line();
      charts(run).forEach(chart -> chart.render(to));
      to.close();
    }
    diagnosis(to, run);
    to.close().line();
  }

  private static void tiles(Markup to, ReportData.Run run) {
    to.open("div", "class", "tiles");
    if (!run.steps().isEmpty()) {
      StepMetrics last = run.steps().getLast();
      tile(to, "final loss", Numbers.fixed(last.loss(), 3));
      if (!run.evaluations().isEmpty() && run.evaluations().getLast().metrics().hasLoss()) {
        EvalMetrics eval = run.evaluations().getLast().metrics();
        tile(to, "held-out loss", Numbers.fixed(eval.evalLoss(), 3));
      }
      tile(to, "token accuracy", Numbers.percent(last.meanTokenAccuracy()));
    }
    run.summary().ifPresent(summary -> tiles(to, summary));
    to.close().line();
  }

  private static void tiles(Markup to, TrainingSummary summary) {
    String epochs = Numbers.significant(summary.epoch(), 3);
    tile(to, "steps, epochs: " + epochs, Numbers.grouped(summary.globalStep()));
    tile(to, "tokens", Numbers.si(summary.numTokens()));
    tile(to, "wall time", Numbers.duration(summary.seconds()));
    tile(to, "peak memory", Numbers.bytes(summary.peakMemoryBytes()));
  }

  private static void tile(Markup to, String name, String value) {
    to.open("div", "class", "tile").element("b", value).element("span", name).close();
  }

  private static List<LineChart> charts(ReportData.Run run) {
    Series evalLoss = eval(run, EvalMetrics::evalLoss);
    Series evalAccuracy = eval(run, EvalMetrics::evalMeanTokenAccuracy);
    double peak = run.steps().stream().mapToLong(StepMetrics::peakMemoryBytes).max().orElse(0);
    int unit = Numbers.binaryUnit(peak);
    double divisor = Math.pow(1024, unit);
    return List.of(
        chart("Loss", "nats", false, train(run, StepMetrics::loss), evalLoss),
        chart(
            "Mean token accuracy",
            "",
            false,
            train(run, StepMetrics::meanTokenAccuracy),
            evalAccuracy),
        chart("Learning rate", "", true, train(run, StepMetrics::learningRate)),
        new LineChart("Gradient norm", "", true, true, List.of(train(run, StepMetrics::gradNorm))),
        chart("Throughput", "tokens/s", true, train(run, StepMetrics::tokensPerSecond)),
        chart(
            "Peak memory",
            Numbers.binaryUnitName(unit),
            true,
            train(run, m -> m.peakMemoryBytes() / divisor)));
  }

  private static LineChart chart(String title, String unit, boolean fromZero, Series... series) {
    return new LineChart(title, unit, false, fromZero, List.of(series));
  }

  private static Series train(ReportData.Run run, ToDoubleFunction<StepMetrics> value) {
    List<Point> points =
        run.steps().stream().map(m -> new Point(m.step(), value.applyAsDouble(m))).toList();
    return new Series("training", "train", false, points);
  }

  private static Series eval(ReportData.Run run, ToDoubleFunction<EvalMetrics> value) {
    List<Point> points =
        run.evaluations().stream()
            .filter(e -> e.metrics().hasLoss())
            .map(e -> new Point(e.step(), value.applyAsDouble(e.metrics())))
            .toList();
    return new Series("held-out", "eval", true, points);
  }

  private static void diagnosis(Markup to, ReportData.Run run) {
    List<Point> train = run.steps().stream().map(m -> new Point(m.step(), m.loss())).toList();
    LossDiagnosis diagnosis = LossDiagnosis.of(train, eval(run, EvalMetrics::evalLoss).points());
    if (diagnosis.phases().isEmpty() && diagnosis.findings().isEmpty()) {
      return;
    }
    to.open("div", "class", "diagnosis").element("h3", "What the loss curve says");
    if (!diagnosis.phases().isEmpty()) {
      to.open("ol");
      diagnosis.phases().forEach(phase -> to.element("li", phase));
      to.close();
    }
    for (LossDiagnosis.Finding finding : diagnosis.findings()) {
      String mark = finding.isWarning() ? "⚠ " : "✓ ";
      to.element("p", mark + finding.words(), "class", finding.isWarning() ? "warn" : "good");
    }
    to.close();
  }
}
