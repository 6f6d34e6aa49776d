package dev.sifter.train.report;

import dev.sifter.train.trainer.StepMetrics;
import dev.sifter.train.trainer.TrainingSummary;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** Several trainings side by side: what was set differently, and what came of it. */
final class RunsTable {
  private static final String NOTHING = "–";
  private static final List<String> COLUMNS =
      List.of(
          "Run",
          "Loss",
          "Held-out loss",
          "Its lowest",
          "Accuracy",
          "Tokens",
          "Time",
          "Peak memory");

  private RunsTable() {}

  /** Writes the section; nothing for a single run. */
  static void render(Markup to, List<ReportData.Run> runs) {
    if (runs.size() < 2) {
      return;
    }
    List<String> options = differing(runs);
    to.open("section", "id", "runs").element("h2", "Runs compared");
    to.open("div", "class", "scroll").open("table", "class", "runs");
    to.open("thead").open("tr");
    for (String name : COLUMNS) {
      to.element("th", name, "scope", "col");
    }
    options.forEach(option -> to.open("th", "scope", "col").element("code", option).close());
    to.close().close().open("tbody").line();
    for (int i = 0; i < runs.size(); i++) {
      name(to, runs, i);
      cells(to, runs.get(i), options);
    }
    to.close().close().close().line();
    RunsCurves.render(to, runs);
    to.close().line();
  }

  /** The options that not all runs have alike. */
  private static List<String> differing(List<ReportData.Run> runs) {
    Set<String> all = new LinkedHashSet<>();
    runs.forEach(run -> all.addAll(run.settings().keySet()));
    return all.stream()
        .filter(option -> !option.equals("output_dir"))
        .filter(option -> runs.stream().map(run -> setting(run, option)).distinct().count() > 1)
        .toList();
  }

  /** An option that a run leaves as it is by default is not among its settings. */
  private static String setting(ReportData.Run run, String option) {
    return run.settings().getOrDefault(option, NOTHING);
  }

  private static void name(Markup to, List<ReportData.Run> runs, int run) {
    to.open("tr").open("th", "scope", "row").open("span", "class", "key");
    if (RunsCurves.areDrawn(runs)) {
      to.element("i", "", "class", RunsCurves.style(run));
    }
    to.text(runs.get(run).name()).close().close();
  }

  private static void cells(Markup to, ReportData.Run run, List<String> options) {
    List<StepMetrics> steps = run.log().steps();
    List<String> cells = new ArrayList<>();
    cells.add(steps.isEmpty() ? NOTHING : Numbers.fixed(steps.getLast().loss(), 4));
    List<Double> held = List.copyOf(run.log().evaluated("eval_loss").values());
    cells.add(held.isEmpty() ? NOTHING : Numbers.fixed(held.getLast(), 4));
    cells.add(
        held.isEmpty()
            ? NOTHING
            : Numbers.fixed(held.stream().min(Double::compare).orElseThrow(), 4));
    cells.add(steps.isEmpty() ? NOTHING : Numbers.percent(steps.getLast().meanTokenAccuracy()));
    cells.add(of(run, summary -> Numbers.si(summary.numTokens())));
    cells.add(of(run, summary -> Numbers.duration(summary.seconds())));
    cells.add(of(run, summary -> Numbers.bytes(summary.peakMemoryBytes())));
    options.forEach(option -> cells.add(setting(run, option)));
    cells.forEach(cell -> to.element("td", cell, "class", "num"));
    to.close().line();
  }

  private static String of(ReportData.Run run, Function<TrainingSummary, String> figure) {
    return run.log().summary().map(figure).orElse("cut off");
  }
}
