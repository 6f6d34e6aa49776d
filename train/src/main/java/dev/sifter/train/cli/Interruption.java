package dev.sifter.train.cli;

import dev.sifter.train.report.Terminal;
import dev.sifter.train.trainer.Checkpoints;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.function.Supplier;

/** Tells whoever ends a run before its time, by Ctrl-C or a signal, what is left of it. */
final class Interruption {
  private Interruption() {}

  /**
   * Runs to the end.
   *
   * @param outputDir where the run's checkpoints lie
   * @param err where to say what is left if the process ends meanwhile
   */
  static <T> T watch(Path outputDir, PrintWriter err, Supplier<T> run) {
    String afterTheBar = Terminal.current().interactive() ? System.lineSeparator() : "";
    Thread lastWords = new Thread(() -> err.println(afterTheBar + whatIsLeft(outputDir)));
    Runtime.getRuntime().addShutdownHook(lastWords);
    try {
      return run.get();
    } finally {
      forget(lastWords);
    }
  }

  private static String whatIsLeft(Path outputDir) {
    return Checkpoints.latest(outputDir)
        .map(newest -> "interrupted: --resume goes on after " + newest)
        .orElse("interrupted: there is no checkpoint in " + outputDir + " yet");
  }

  private static void forget(Thread lastWords) {
    try {
      Runtime.getRuntime().removeShutdownHook(lastWords);
    } catch (IllegalStateException e) {
      // The process is ending already, and the words are being said.
    }
  }
}
