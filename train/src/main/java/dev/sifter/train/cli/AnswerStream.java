package dev.sifter.train.cli;

import dev.sifter.model.generate.FinishReason;
import dev.sifter.model.generate.Generation;
import dev.sifter.model.generate.GenerationListener;
import dev.sifter.train.report.Visible;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;

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

  /** Writes several answers, each under a line with its number. */
  void all(List<Generation> answers) {
    for (int i = 0; i < answers.size(); i++) {
      end();
      out.println("--- answer %d of %d".formatted(i + 1, answers.size()));
      onText(i, answers.get(i).text());
    }
  }

  /** Ends the last line, where the answer did not. */
  void end() {
    if (lineOpen) {
      out.println();
      lineOpen = false;
    }
    out.flush();
  }

  /** How long the answers are, how fast they came, the prompt included, and why they ended. */
  String summary(List<Generation> answers) {
    int tokens = answers.stream().mapToInt(answer -> answer.ids().length).sum();
    double seconds = (System.nanoTime() - started) / 1e9;
    return String.format(
        Locale.ROOT,
        "%d token%s%s in %.1f s (%.1f a second); ended by %s",
        tokens,
        tokens == 1 ? "" : "s",
        answers.size() == 1 ? "" : " of " + answers.size() + " answers",
        seconds,
        tokens / seconds,
        answers.stream()
            .map(answer -> end(answer.reason()))
            .distinct()
            .collect(Collectors.joining(", ")));
  }

  private static String end(FinishReason reason) {
    return switch (reason) {
      case EOS -> "the end token";
      case STOP_STRING -> "a stop text";
      case MAX_NEW_TOKENS -> "--max-new-tokens";
      case CONTEXT_FULL -> "the end of the context";
      case CANCELLED -> "request";
    };
  }
}
