package dev.sifter.train.cli;

import dev.sifter.train.report.Visible;
import java.io.PrintWriter;

/** A rendered conversation in the terminal: the text, then a line a token. */
final class TokenListing {
  private static final String TRAINED = "\u001b[32m";
  private static final String IGNORED = "\u001b[90m";
  private static final String RESET = "\u001b[0m";

  private final PrintWriter out;
  private final boolean isTerminal;
  private final boolean colours;

  /**
   * A listing.
   *
   * @param isTerminal whether a person reads it, to whose terminal the text must say nothing
   * @param colours whether the terminal shows colours; else words tell what is trained
   */
  TokenListing(PrintWriter out, boolean isTerminal, boolean colours) {
    this.out = out;
    this.isTerminal = isTerminal;
    this.colours = colours;
  }

  /** Prints the conversation. */
  void print(RenderedChat chat) {
    printText(chat);
    out.println(chat.text().endsWith("\n") ? "" : System.lineSeparator());
    int roleWidth = chat.tokens().stream().mapToInt(token -> token.role().length()).max().orElse(0);
    for (RenderedChat.Token token : chat.tokens()) {
      String line =
          ("%7d  %-7s  %-" + Math.max(roleWidth, 4) + "s  %s")
              .formatted(
                  token.id(),
                  token.trained() ? "trained" : "ignored",
                  token.role(),
                  Visible.of(token.piece()));
      out.println(coloured(line, token.trained()));
    }
    out.println("%d tokens, %d of them trained".formatted(chat.tokens().size(), chat.trained()));
  }

  /** The text, as it is for a file; a run of tokens of one kind in one colour. */
  private void printText(RenderedChat chat) {
    if (!colours) {
      out.print(isTerminal ? Visible.lines(chat.text()) : chat.text());
      return;
    }
    StringBuilder run = new StringBuilder();
    boolean trained = false;
    for (RenderedChat.Token token : chat.tokens()) {
      if (token.trained() != trained) {
        out.print(coloured(run.toString(), trained));
        run.setLength(0);
        trained = token.trained();
      }
      run.append(Visible.lines(token.text()));
    }
    out.print(coloured(run.toString(), trained));
  }

  private String coloured(String text, boolean trained) {
    return colours ? (trained ? TRAINED : IGNORED) + text + RESET : text;
  }
}
