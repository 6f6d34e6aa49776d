package dev.sifter.train.cli;

import dev.sifter.train.report.Terminal;
import dev.sifter.train.trainer.Checkpoints;
import java.io.PrintWriter;
import java.nio.file.Path;

/**
 * Tells whoever ends a run before its time, by Ctrl-C or a signal, what is left of it. Closing this
 * says that the run has come to an end by itself.
 */
final class Interruption implements AutoCloseable {
  private final Thread lastWords;

  /**
   * Begins to wait for the end of the process.
   *
   * @param outputDir where the run's checkpoints lie
   */
  Interruption(Path outputDir, PrintWriter err) {
    String afterTheBar = Terminal.current().interactive() ? System.lineSeparator() : "";
    lastWords = new Thread(() -> err.println(afterTheBar + whatIsLeft(outputDir)));
    Runtime.getRuntime().addShutdownHook(lastWords);
  }

  private static String whatIsLeft(Path outputDir) {
    return Checkpoints.latest(outputDir)
        .map(newest -> "interrupted: --resume goes on after " + newest)
        .orElse("interrupted: there is no checkpoint in " + outputDir + " yet");
  }

  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(lastWords);
    } catch (IllegalStateException e) {
      // The process is ending already, and the words are being said.
    }
  }
}
