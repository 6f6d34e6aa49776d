package dev.sifter.train.cli;

import dev.sifter.train.eval.ProgressListener;
import dev.sifter.train.report.Progress;
import dev.sifter.train.report.Terminal;
import dev.sifter.train.report.Visible;
import java.io.PrintWriter;

/** Shows how far an evaluation is: one bar, or its lines, for each stage. */
final class EvalProgress implements ProgressListener, AutoCloseable {
  private final String name;
  private final PrintWriter err;
  private String stage;
  private Progress shown;

  /** Progress of the evaluation of a model that goes by this name. */
  EvalProgress(String name, PrintWriter err) {
    this.name = name;
    this.err = err;
  }

  @Override
  public void progress(String newStage, int done, int total) {
    if (!newStage.equals(stage)) {
      close();
      stage = newStage;
      shown =
          Progress.start(
              name + ": " + stage,
              stage.equals("prompts") ? "tasks" : "requests",
              0,
              total,
              Terminal.current(),
              err);
    }
    shown.stepTo(done);
  }

  @Override
  public void warning(String line) {
    close();
    err.println("warning: " + Visible.message(line));
  }

  @Override
  public void close() {
    if (shown != null) {
      shown.close();
      shown = null;
    }
  }
}
