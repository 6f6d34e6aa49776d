package dev.sifter.train.demo;

import dev.sifter.train.trainer.TrainingListener;

/** Where a demonstration tells what it does. */
public interface DemoConsole {
  /** A new stage begins. */
  void stage(String title);

  /** A line within the stage. */
  void line(String text);

  /** Shows a training run's progress. */
  TrainingListener progress(String name);
}
