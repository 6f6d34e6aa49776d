package dev.sifter.train.cli;

import dev.sifter.model.generate.Generation;
import dev.sifter.model.generate.GenerationListener;
import java.io.PrintWriter;
import java.util.Locale;

/** Writes an answer while it comes, and measures how fast it does. */
final class AnswerStream implements GenerationListener {
  private final PrintWriter out;
  private final long started = System.nanoTime();
  private boolean lineOpen;

  AnswerStream(PrintWriter out) {
    this.out = out;
  }

  @Override
  public void onText(int sequence, String text) {
    out.print(text);
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
