package dev.sifter.train.optim;

/**
 * Factors of the peak rate at step t, for warm-up W and a run of T steps. Where transformers
 * divides by the length of an empty phase, the phase counts as one step.
 */
final class ScheduleFormulas {
  private ScheduleFormulas() {}

  /** t / W. */
  static double warmup(long step, long warmup) {
    return (double) step / Math.max(1, warmup);
  }

  /** p = (t − W) / (T − W). */
  private static double progress(long step, long warmup, long total) {
    return (double) (step - warmup) / Math.max(1, total - warmup);
  }

  /** (T − t) / (T − W), from 1 to 0. */
  static double linear(long step, long warmup, long total) {
    return step < warmup
        ? warmup(step, warmup)
        : Math.max(0, (double) (total - step) / Math.max(1, total - warmup));
  }

  /** ½(1 + cos 2π·c·p), squeezed into [least, 1]; c = ½ falls once. */
  static double cosine(long step, long warmup, long total, double cycles, double least) {
    if (step < warmup) {
      return warmup(step, warmup);
    }
    double wave = 0.5 * (1 + Math.cos(Math.PI * cycles * 2 * progress(step, warmup, total)));
    return Math.max(0, wave * (1 - least) + least);
  }

  /** ½(1 + cos π·(c·p mod 1)): c falls, each from the peak; 0 from T on. */
  static double cosineWithRestarts(long step, long warmup, long total, double cycles) {
    if (step < warmup) {
      return warmup(step, warmup);
    }
    double progress = progress(step, warmup, total);
    return progress >= 1 ? 0 : 0.5 * (1 + Math.cos(Math.PI * (cycles * progress % 1)));
  }

  /**
   * (1 − e)·(1 − p)^power + e, for the final factor e; e from T on. With W = T, where transformers
   * divides by zero, step T is the end.
   */
  static double polynomial(long step, long warmup, long total, double end, double power) {
    if (step < warmup) {
      return warmup(step, warmup);
    }
    if (step >= total) {
      return end;
    }
    double remaining = 1 - (double) (step - warmup) / (total - warmup);
    return (1 - end) * Math.pow(remaining, power) + end;
  }

  /** 1 / √((t + τ − W) / τ). */
  static double inverseSqrt(long step, long warmup, long timescale) {
    return step < warmup
        ? warmup(step, warmup)
        : 1 / Math.sqrt((double) (step + timescale - warmup) / timescale);
  }

  /**
   * A cosine whose warm-up and fall begin one step earlier: (t + 1) / W, then p = (t + 1 − W) / (T
   * − W).
   *
   * @param first factor of step 0, from where warm-up rises to 1 at W − 1; NaN for 1 / W
   */
  static double cosineFromFirstStep(
      long step, long warmup, long total, double cycles, double least, double first) {
    if (step < warmup) {
      return Double.isNaN(first)
          ? (step + 1.0) / warmup
          : first + (1 - first) * step / Math.max(1, warmup - 1);
    }
    double wave = 0.5 * (1 + Math.cos(Math.PI * cycles * 2 * progress(step + 1, warmup, total)));
    return Math.max(0, wave * (1 - least) + least);
  }

  /** Rises from {@code least} to 1, stays, falls to {@code least}, stays. */
  static double warmupStableDecay(
      long step,
      long warmup,
      long stable,
      long decay,
      String rise,
      String fall,
      double least,
      double cycles) {
    if (step < warmup) {
      return squeeze(rise(rise, warmup(step, warmup)), least);
    }
    long falling = step - warmup - stable;
    if (falling < 0) {
      return 1;
    }
    return falling < decay
        ? squeeze(fall(fall, (double) falling / Math.max(1, decay), cycles), least)
        : least;
  }

  private static double squeeze(double factor, double least) {
    return Math.max(0, factor * (1 - least) + least);
  }

  private static double rise(String shape, double progress) {
    return switch (shape) {
      case "cosine" -> 0.5 * (1 - Math.cos(Math.PI * progress));
      case "1-sqrt" -> 1 - Math.sqrt(1 - progress);
      default -> progress;
    };
  }

  private static double fall(String shape, double progress, double cycles) {
    return switch (shape) {
      case "cosine" -> 0.5 * (1 + Math.cos(Math.PI * cycles * 2 * progress));
      case "1-sqrt" -> 1 - Math.sqrt(progress);
      default -> 1 - progress;
    };
  }
}
