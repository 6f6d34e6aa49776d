package dev.sifter.tests.e2e;

import dev.sifter.train.sft.SftConfig;
import java.nio.file.Path;

/** A process that trains, writing a checkpoint after every step, until somebody kills it. */
final class CrashingRun {
  private static final long FOREVER = 1_000_000;

  private CrashingRun() {}

  /** Arguments: model, data and output folder, and whether to resume. */
  public static void main(String[] args) {
    SftConfig config = config(Path.of(args[0]), Path.of(args[1]), Path.of(args[2]), FOREVER);
    TinyRun.run(config, Boolean.parseBoolean(args[3]));
  }

  /** A run whose steps do not depend on how many there will be. */
  static SftConfig config(Path model, Path data, Path output, long steps) {
    SftConfig config = TinyRun.config(model, data, output, true);
    config.lrSchedulerType = "constant";
    config.saveStrategy = "steps";
    config.saveSteps = 1;
    config.saveTotalLimit = 3;
    config.maxSteps = steps;
    return config;
  }
}
