package dev.sifter.train.report;

import dev.sifter.train.trainer.StepMetrics;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** The losses of several trainings, laid over each other. */
final class RunsCurves {
  /** As many as there are colours. */
  private static final int MOST = 8;

  private RunsCurves() {}

  /** Writes the figures of training and held-out losses; nothing for more runs than colours. */
  static void render(Markup to, List<ReportData.Run> runs) {
    if (!areDrawn(runs)) {
      return;
    }
    to.open("div", "class", "charts").line();
    chart("Training loss", runs, RunsCurves::training).render(to);
    chart("Held-out loss", runs, run -> Series.points(run.log().evaluated("eval_loss"))).render(to);
    to.close().line();
  }

  /** Whether there are figures that a run's colour stands in. */
  static boolean areDrawn(List<ReportData.Run> runs) {
    return runs.size() <= MOST;
  }

  /** The CSS class that colours a run. */
  static String style(int run) {
    return "run-" + (run + 1);
  }

  private static List<Series.Point> training(ReportData.Run run) {
    List<StepMetrics> steps = run.log().steps();
    return steps.stream().map(m -> new Series.Point(m.step(), m.loss())).toList();
  }

  private static LineChart chart(
      String title,
      List<ReportData.Run> runs,
      Function<ReportData.Run, List<Series.Point>> points) {
    List<Series> series = new ArrayList<>();
    for (int i = 0; i < runs.size(); i++) {
      ReportData.Run run = runs.get(i);
      series.add(new Series(run.name(), style(i), false, points.apply(run)));
    }
    return new LineChart(title, "nats", false, false, series);
  }
}
