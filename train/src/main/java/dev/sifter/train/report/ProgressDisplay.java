package dev.sifter.train.report;

import dev.sifter.train.trainer.EvalMetrics;
import dev.sifter.train.trainer.StepMetrics;
import dev.sifter.train.trainer.TrainingListener;
import dev.sifter.train.trainer.TrainingSummary;
import java.io.PrintWriter;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Shows a training as it runs. On a terminal a bar with steps per second, time left, loss and
 * tokens per second; elsewhere a line for each line of the training log. Close it after the
 * training, also after one that failed: that leaves the terminal clean.
 */
public final class ProgressDisplay implements TrainingListener, AutoCloseable {
  private final String name;
  private final Terminal terminal;
  private final PrintWriter out;
  private final LongSupplier nanoTime;
  private Progress bar;
  private long firstStep;
  private long maxSteps;
  private long startNanos;

  /** A display on the standard error. */
  public ProgressDisplay(String name) {
    this(name, Terminal.current(), Terminal.standardError());
  }

  /**
   * A display.
   *
   * @param name of the training, such as "fine-tuning"
   */
  public ProgressDisplay(String name, Terminal terminal, PrintWriter out) {
    this(name, terminal, out, System::nanoTime);
  }

  ProgressDisplay(String name, Terminal terminal, PrintWriter out, LongSupplier nanoTime) {
    this.name = name;
    this.terminal = terminal;
    this.out = out;
    this.nanoTime = nanoTime;
  }

  @Override
  public void started(long first, long max) {
    close();
    firstStep = first;
    maxSteps = max;
    startNanos = nanoTime.getAsLong();
    if (first >= max) {
      out.println(
          "%s: all %s steps were made before; a larger num_train_epochs or max_steps makes more"
              .formatted(name, max));
    } else if (terminal.interactive()) {
      bar = Progress.start(name, "steps", first, max, terminal, out);
    } else {
      out.println(
          first == 0
              ? "%s: %s steps".formatted(name, max)
              : "%s: %s steps, resumed after step %s".formatted(name, max, first));
    }
  }

  @Override
  public void stepDone(long step, double loss) {
    if (bar != null) {
      bar.stepTo(step);
    }
  }

  @Override
  public void logged(StepMetrics m) {
    if (bar != null) {
      bar.message(
          "loss %s, %s tok/s"
              .formatted(Numbers.significant(m.loss(), 4), Numbers.si(m.tokensPerSecond())));
      return;
    }
    String line =
        "step %s/%s  epoch %s  loss %s  grad norm %s  lr %s  accuracy %s  %s tok/s  peak %s%s"
            .formatted(
                m.step(),
                maxSteps,
                Numbers.fixed(m.epoch(), 2),
                Numbers.fixed(m.loss(), 4),
                Numbers.significant(m.gradNorm(), 3),
                Numbers.significant(m.learningRate(), 3),
                Numbers.fixed(m.meanTokenAccuracy(), 3),
                Numbers.si(m.tokensPerSecond()),
                Numbers.bytes(m.peakMemoryBytes()),
                left(m.step()));
    print(line);
  }

  @Override
  public void evaluated(long step, EvalMetrics m) {
    StringBuilder line = new StringBuilder("step %s/%s".formatted(step, maxSteps));
    if (m.hasLoss()) {
      line.append(
          "  held-out loss %s  accuracy %s  on %s target tokens"
              .formatted(
                  Numbers.fixed(m.evalLoss(), 4),
                  Numbers.fixed(m.evalMeanTokenAccuracy(), 3),
                  m.targetTokens()));
    }
    m.others()
        .forEach((name, value) -> line.append("  %s %s".formatted(name, Numbers.fixed(value, 4))));
    print(line.toString());
  }

  @Override
  public void finished(TrainingSummary s) {
    close();
    print(
        "%s: done, %s steps, epoch %s, %s tokens in %s, mean loss %s, peak %s"
            .formatted(
                name,
                s.globalStep(),
                Numbers.significant(s.epoch(), 3),
                Numbers.si(s.numTokens()),
                Numbers.duration(s.seconds()),
                Numbers.fixed(s.trainLoss(), 4),
                Numbers.bytes(s.peakMemoryBytes())));
  }

  /** Ends the bar, if there is one. May be called more than once. */
  @Override
  public void close() {
    if (bar != null) {
      bar.close();
      bar = null;
    }
  }

  private void print(String line) {
    if (bar != null) {
      bar.line(line);
    } else {
      out.println(line);
      out.flush();
    }
  }

  private String left(long step) {
    double seconds = (nanoTime.getAsLong() - startNanos) / (double) TimeUnit.SECONDS.toNanos(1);
    if (step <= firstStep || step >= maxSteps) {
      return "";
    }
    return "  left " + Numbers.duration(seconds * (maxSteps - step) / (step - firstStep));
  }
}
