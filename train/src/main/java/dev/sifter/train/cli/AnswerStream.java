package dev.sifter.train.cli;

import dev.sifter.model.generate.Generation;
import dev.sifter.model.generate.GenerationListener;
import dev.sifter.train.report.Visible;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.function.BooleanSupplier;

/** Writes an answer while it comes, until somebody stops it, and measures how fast it does. */
final class AnswerStream implements GenerationListener {
  private final PrintWriter out;
  private final boolean isTerminal;
  private final BooleanSupplier isStopped;
  private final long started = System.nanoTime();
  private boolean lineOpen;

  /**
   * An answer that begins now.
   *
   * @param isTerminal whether a person reads it, to whose terminal it must say nothing
   * @param isStopped whether it is to end
   */
  AnswerStream(PrintWriter out, boolean isTerminal, BooleanSupplier isStopped) {
    this.out = out;
    this.isTerminal = isTerminal;
    this.isStopped = isStopped;
  }

  @Override
  public boolean onToken(int sequence, int token) {
    return !isStopped.getAsBoolean();
  }

  @Override
  public void onText(int sequence, String text) {
    out.print(isTerminal ? Visible.prose(text) : text);
    out.flush();
    lineOpen = !text.endsWith("\n");
  }

  /** Ends the last line, where the answer did not. */
  void end() {
    if (lineOpen) {
      out.println();
    }
    out.flush();
  }

  /** How long the answer is, how fast it came, the prompt included, and why it ended. */
  String summary(Generation answer) {
    int tokens = answer.ids().length;
    double seconds = (System.nanoTime() - started) / 1e9;
    return String.format(
        Locale.ROOT,
        "%d token%s in %.1f s (%.1f a second); ended by %s",
        tokens,
        tokens == 1 ? "" : "s",
        seconds,
        tokens / seconds,
        switch (answer.reason()) {
          case EOS -> "the end token";
          case STOP_STRING -> "a stop text";
          case MAX_NEW_TOKENS -> "--max-new-tokens";
          case CONTEXT_FULL -> "the end of the context";
          case CANCELLED -> "request";
        });
  }
}
