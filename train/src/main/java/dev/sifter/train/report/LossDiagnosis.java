package dev.sifter.train.report;

import dev.sifter.train.report.Series.Point;
import dev.sifter.train.trainer.LoggedRun;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads a loss curve as the Hugging Face course on supervised fine-tuning teaches: three phases (a
 * sharp initial drop, stabilisation, convergence) and the warning signs that losses can show:
 * validation rising while training falls, no clear improvement, an extremely low loss. Its fourth
 * sign, answers in the wrong form, only the answers show.
 *
 * @param phases sentences, in the order of the phases; empty with fewer than {@value #FEWEST}
 *     losses
 * @param findings what is wrong, or that nothing is; empty without losses
 */
record LossDiagnosis(List<String> phases, List<Finding> findings) {
  /** Fewer losses than this say nothing about phases. */
  static final int FEWEST = 10;

  /** Share of the fall that ends the drop, and that ends the stabilisation. */
  private static final double DROPPED = 0.75;

  private static final double STABLE = 0.95;
  private static final double SHARP_WITHIN = 1 / 3.0;
  private static final double CONVERGED_WITHIN = 0.85;

  /** Relative changes that count: of validation from its minimum, of training from its start. */
  private static final double RISE = 0.02;

  private static final double IMPROVEMENT = 0.05;

  /** Nats per token; the model then gives targets a probability above 90 %. */
  private static final double EXTREMELY_LOW = 0.1;

  /** What a finding is about. */
  enum Sign {
    HEALTHY,
    OVERFITTING,
    UNDERFITTING,
    MEMORISATION,
    DIVERGENCE,
    NOT_FINITE
  }

  /** A sign and the figures that it was seen by. */
  record Finding(Sign sign, String words) {
    boolean isWarning() {
      return sign != Sign.HEALTHY;
    }
  }

  /** Diagnoses a run. */
  static LossDiagnosis of(LoggedRun run) {
    List<Point> train = run.steps().stream().map(m -> new Point(m.step(), m.loss())).toList();
    return of(train, Series.points(run.evaluated("eval_loss")));
  }

  /**
   * Diagnoses.
   *
   * @param train losses of training, ascending in their steps
   * @param eval losses on held-out data, likewise; may be empty
   */
  static LossDiagnosis of(List<Point> train, List<Point> eval) {
    List<Point> finite = train.stream().filter(p -> Double.isFinite(p.value())).toList();
    List<Point> heldOut = eval.stream().filter(p -> Double.isFinite(p.value())).toList();
    List<Finding> findings = new ArrayList<>();
    if (finite.size() < train.size()) {
      findings.add(notFinite(train));
    }
    if (finite.size() < FEWEST) {
      return new LossDiagnosis(List.of(), List.copyOf(findings));
    }
    Curve curve = Curve.of(finite);
    judgeImprovement(curve, findings);
    judgeOverfitting(curve, heldOut, findings);
    judgeLowLoss(curve, heldOut, findings);
    if (findings.isEmpty()) {
      findings.add(healthy(curve, heldOut));
    }
    return new LossDiagnosis(phases(curve), List.copyOf(findings));
  }

  private static Finding notFinite(List<Point> train) {
    Point first = train.stream().filter(p -> !Double.isFinite(p.value())).findFirst().orElseThrow();
    return new Finding(
        Sign.NOT_FINITE,
        "The loss was not finite at step "
            + first.step()
            + ". Lower the learning rate, or train in bf16 or fp32 instead of fp16.");
  }

  private static List<String> phases(Curve curve) {
    if (curve.fall() <= IMPROVEMENT * curve.start()) {
      return List.of();
    }
    long dropEnd = curve.stepWhereFallen(DROPPED);
    long stableEnd = curve.stepWhereFallen(STABLE);
    double dropShare = curve.share(dropEnd);
    List<String> phases = new ArrayList<>();
    phases.add(
        dropShare <= SHARP_WITHIN
            ? "Sharp initial drop: from %s to %s by step %s, three quarters in %s of the run."
                .formatted(
                    nats(curve.start()), nats(curve.at(dropEnd)), dropEnd, percent(dropShare))
            : "No sharp initial drop: three quarters of the fall from %s to %s took %s of the run."
                .formatted(nats(curve.start()), nats(curve.end()), percent(dropShare)));
    if (curve.share(stableEnd) > CONVERGED_WITHIN) {
      phases.add(
          "Not yet converged: the loss still falls at the end. More steps would lower it further.");
      return List.copyOf(phases);
    }
    phases.add(
        "Stabilisation: to %s by step %s, ever more slowly."
            .formatted(nats(curve.at(stableEnd)), stableEnd));
    phases.add(
        "Convergence: about %s from step %s on; the last %s of the run brought hardly more."
            .formatted(nats(curve.end()), stableEnd, percent(1 - curve.share(stableEnd))));
    return List.copyOf(phases);
  }

  private static void judgeImprovement(Curve curve, List<Finding> findings) {
    String fromTo = "from %s to %s".formatted(nats(curve.start()), nats(curve.end()));
    if (curve.fall() < -IMPROVEMENT * curve.start()) {
      findings.add(
          new Finding(
              Sign.DIVERGENCE,
              "Diverging: training loss rose "
                  + fromTo
                  + ". Lower the learning rate, lengthen the warm-up or clip gradients."));
    } else if (curve.fall() < IMPROVEMENT * curve.start() && curve.end() > EXTREMELY_LOW) {
      findings.add(
          new Finding(
              Sign.UNDERFITTING,
              "No clear improvement: training loss went "
                  + fromTo
                  + ". Underfitting: raise the learning rate or the LoRA rank, train longer, or"
                  + " check that the right tokens are trained."));
    }
  }

  private static void judgeOverfitting(Curve curve, List<Point> eval, List<Finding> findings) {
    if (eval.size() < 3) {
      return;
    }
    Point best = eval.getFirst();
    for (Point p : eval) {
      best = p.value() < best.value() ? p : best;
    }
    Point last = eval.getLast();
    boolean rose = last.value() > best.value() * (1 + RISE);
    double before = curve.at(best.step());
    double after = curve.at(last.step());
    if (rose && after < before) {
      findings.add(
          new Finding(
              Sign.OVERFITTING,
              ("Overfitting: validation loss was lowest, %s, at step %s and rose to %s by step %s,"
                   + " while training loss fell from %s to %s. Stop near step %s, or use more data,"
                   + " fewer epochs, a lower LoRA rank or more dropout.")
                  .formatted(
                      nats(best.value()),
                      best.step(),
                      nats(last.value()),
                      last.step(),
                      nats(before),
                      nats(after),
                      best.step())));
    }
  }

  private static void judgeLowLoss(Curve curve, List<Point> eval, List<Finding> findings) {
    if (curve.end() >= EXTREMELY_LOW) {
      return;
    }
    String seen =
        "Extremely low training loss, %s: targets get a probability of %s."
            .formatted(nats(curve.end()), percent(Math.exp(-curve.end())));
    if (eval.isEmpty()) {
      findings.add(
          new Finding(
              Sign.MEMORISATION,
              seen
                  + " The model may have memorised its data; only held-out data can tell."
                  + " Evaluate on some."));
    } else if (eval.getLast().value() >= Math.max(EXTREMELY_LOW, 2 * curve.end())) {
      findings.add(
          new Finding(
              Sign.MEMORISATION,
              seen
                  + " Held-out loss is %s: the model has memorised rows, not learnt the task."
                      .formatted(nats(eval.getLast().value()))));
    }
  }

  private static Finding healthy(Curve curve, List<Point> eval) {
    String words =
        "No warning sign: training loss fell from %s to %s"
            .formatted(nats(curve.start()), nats(curve.end()));
    if (eval.isEmpty()) {
      return new Finding(
          Sign.HEALTHY, words + ". Without held-out losses, overfitting cannot be seen.");
    }
    return new Finding(
        Sign.HEALTHY, words + "; held-out loss ended at " + nats(eval.getLast().value()) + ".");
  }

  private static String nats(double loss) {
    return loss < 0.1 ? Numbers.significant(loss, 2) : Numbers.fixed(loss, 2);
  }

  private static String percent(double share) {
    return Numbers.fixed(100 * share, 0) + " %";
  }

  /**
   * A loss curve without its noise: each point is the mean of the points within 4 % of the run
   * around it.
   *
   * @param start mean of the first tenth of the points, but of three at most: the first losses fall
   *     too fast for a mean of more
   * @param end mean of the last tenth of them
   */
  private record Curve(List<Point> smooth, double start, double end) {
    static Curve of(List<Point> raw) {
      int n = raw.size();
      int radius = n / 25;
      double[] sums = new double[n + 1];
      for (int i = 0; i < n; i++) {
        sums[i + 1] = sums[i] + raw.get(i).value();
      }
      List<Point> smooth = new ArrayList<>(n);
      for (int i = 0; i < n; i++) {
        int reach = Math.min(radius, Math.min(i, n - 1 - i));
        double mean = (sums[i + reach + 1] - sums[i - reach]) / (2 * reach + 1);
        smooth.add(new Point(raw.get(i).step(), mean));
      }
      int tail = Math.max(1, n / 10);
      int head = Math.min(3, tail);
      return new Curve(smooth, sums[head] / head, (sums[n] - sums[n - tail]) / tail);
    }

    double fall() {
      return start - end;
    }

    /** The first step by which this share of the fall was made. */
    long stepWhereFallen(double share) {
      double target = start - share * fall();
      for (Point p : smooth) {
        if (p.value() <= target) {
          return p.step();
        }
      }
      return smooth.getLast().step();
    }

    /** How far into the run a step is, 0 to 1. */
    double share(long step) {
      long first = smooth.getFirst().step();
      long length = Math.max(1, smooth.getLast().step() - first);
      return (double) (step - first) / length;
    }

    /** The loss at the last point up to a step. */
    double at(long step) {
      double value = smooth.getFirst().value();
      for (Point p : smooth) {
        if (p.step() > step) {
          break;
        }
        value = p.value();
      }
      return value;
    }
  }
}
