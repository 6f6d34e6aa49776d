package dev.sifter.train.report;

import dev.sifter.train.report.Series.Point;
import dev.sifter.train.trainer.StepMetrics;
import dev.sifter.train.trainer.TrainingSummary;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.ToDoubleFunction;

/** A training: its figures in short, its plots, and what its loss curve says. */
final class RunSection {
  private static final String LOSS = "eval_loss";
  private static final String ACCURACY = "eval_mean_token_accuracy";

  private RunSection() {}

  /** Writes the section. */
  static void render(Markup to, ReportData.Run run, String id) {
    to.open("section", "id", id).element("h2", HtmlReport.capitalised(run.name()));
    tiles(to, run);
    if (run.log().steps().isEmpty()) {
      to.element("p", "Nothing was logged.", "class", "quiet");
    } else {
      to.open("div", "class", "charts").line();
      charts(run).forEach(chart -> chart.render(to));
      to.close();
    }
    diagnosis(to, run);
    settings(to, run);
    to.close().line();
  }

  private static void tiles(Markup to, ReportData.Run run) {
    to.open("div", "class", "tiles");
    if (!run.log().steps().isEmpty()) {
      StepMetrics last = run.log().steps().getLast();
      HtmlReport.tile(to, Numbers.fixed(last.loss(), 3), "final loss");
      List<Point> heldOut = eval(run, LOSS).points();
      if (!heldOut.isEmpty()) {
        HtmlReport.tile(to, Numbers.fixed(heldOut.getLast().value(), 3), "held-out loss");
      }
      HtmlReport.tile(to, Numbers.percent(last.meanTokenAccuracy()), "token accuracy");
    }
    run.log().summary().ifPresent(summary -> tiles(to, summary));
    to.close().line();
  }

  private static void tiles(Markup to, TrainingSummary summary) {
    String epochs = Numbers.significant(summary.epoch(), 3);
    HtmlReport.tile(to, Numbers.grouped(summary.globalStep()), "steps, epochs: " + epochs);
    HtmlReport.tile(to, Numbers.si(summary.numTokens()), "tokens");
    HtmlReport.tile(to, Numbers.duration(summary.seconds()), "wall time");
    HtmlReport.tile(to, Numbers.bytes(summary.peakMemoryBytes()), "peak memory");
  }

  private static List<LineChart> charts(ReportData.Run run) {
    double peak =
        run.log().steps().stream().mapToLong(StepMetrics::peakMemoryBytes).max().orElse(0);
    int unit = Numbers.binaryUnit(peak);
    double divisor = Math.pow(1024, unit);
    List<LineChart> charts = new ArrayList<>();
    charts.add(chart("Loss", "nats", false, train(run, StepMetrics::loss), eval(run, LOSS)));
    charts.add(
        chart(
            "Mean token accuracy",
            "",
            false,
            train(run, StepMetrics::meanTokenAccuracy),
            eval(run, ACCURACY)));
    charts.add(chart("Learning rate", "", true, train(run, StepMetrics::learningRate)));
    charts.add(
        new LineChart("Gradient norm", "", true, true, List.of(train(run, StepMetrics::gradNorm))));
    charts.add(chart("Throughput", "tokens/s", true, train(run, StepMetrics::tokensPerSecond)));
    charts.add(
        chart(
            "Peak memory",
            Numbers.binaryUnitName(unit),
            true,
            train(run, m -> m.peakMemoryBytes() / divisor)));
    for (String task : tasks(run)) {
      charts.add(chart(task, "", false, eval(run, task)));
    }
    return charts;
  }

  /** Figures of the evaluation beside those of the held-out loss. */
  private static Set<String> tasks(ReportData.Run run) {
    Set<String> names = new LinkedHashSet<>();
    run.log().evaluations().forEach(evaluated -> names.addAll(evaluated.figures().keySet()));
    names.removeAll(Set.of(LOSS, ACCURACY, "eval_loss_per_token", "eval_entropy"));
    return names;
  }

  private static LineChart chart(String title, String unit, boolean fromZero, Series... series) {
    return new LineChart(title, unit, false, fromZero, List.of(series));
  }

  private static Series train(ReportData.Run run, ToDoubleFunction<StepMetrics> value) {
    List<Point> points =
        run.log().steps().stream().map(m -> new Point(m.step(), value.applyAsDouble(m))).toList();
    return new Series("training", "train", false, points);
  }

  private static Series eval(ReportData.Run run, String figure) {
    List<Point> points = Series.points(run.log().evaluated(figure));
    return new Series("held-out", "eval", true, points);
  }

  private static void settings(Markup to, ReportData.Run run) {
    if (run.settings().isEmpty()) {
      return;
    }
    to.open("details").element("summary", "Options, where they are not as by default");
    to.open("dl", "class", "facts wide");
    run.settings().forEach((name, value) -> HtmlReport.fact(to, name, value, true));
    to.close().close();
  }

  private static void diagnosis(Markup to, ReportData.Run run) {
    LossDiagnosis diagnosis = LossDiagnosis.of(run.log());
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
