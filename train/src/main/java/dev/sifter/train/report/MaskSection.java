package dev.sifter.train.report;

import dev.sifter.train.report.ReportData.MaskSample;
import dev.sifter.train.report.ReportData.MaskToken;
import java.util.List;

/** Conversations token by token: which ones the loss is computed on. */
final class MaskSection {
  private MaskSection() {}

  /** Writes the section; nothing without samples. */
  static void render(Markup to, List<MaskSample> samples) {
    if (samples.isEmpty()) {
      return;
    }
    to.open("section", "id", "masks").element("h2", "Token masks");
    to.open("p", "class", "quiet").text("Each box is a token. The loss is computed on ");
    to.element("span", "trained", "class", "t on").text(" tokens; ");
    to.element("span", "ignored", "class", "t");
    to.text(" ones are read only. · is a space, ↵ a line end, → a tab.").close().line();
    samples.forEach(sample -> sample(to, sample));
    to.close().line();
  }

  private static void sample(Markup to, MaskSample sample) {
    long trained = sample.trained();
    int all = sample.tokens().size();
    to.open("article", "class", "mask").open("h3").text(sample.title()).text(" ");
    String share = all == 0 ? "" : " (" + Numbers.percent((double) trained / all) + ")";
    to.element("small", trained + " of " + all + " tokens trained" + share).close();
    int from = 0;
    while (from < all) {
      int end = from + 1;
      String role = sample.tokens().get(from).role();
      while (end < all && sample.tokens().get(end).role().equals(role)) {
        end++;
      }
      turn(to, role, sample.tokens().subList(from, end));
      from = end;
    }
    to.close().line();
  }

  private static void turn(Markup to, String role, List<MaskToken> tokens) {
    to.open("div", "class", "turn").element("span", role, "class", "role");
    to.open("div", "class", "tokens");
    for (MaskToken token : tokens) {
      token(to, token);
    }
    to.close().close().line();
  }

  private static void token(Markup to, MaskToken token) {
    String tip = "id " + token.id() + (token.trained() ? " · trained" : " · ignored");
    to.open("span", "class", token.trained() ? "t on" : "t", "title", tip);
    piece(to, token.piece());
    to.close();
    if (token.piece().endsWith("\n")) {
      to.empty("br");
    }
  }

  /** Tokens in running text; those that share a character as one. */
  static void tokens(Markup to, List<DataReport.NotedToken> tokens) {
    for (DataReport.NotedToken token : tokens) {
      if (token.text().isEmpty()) {
        continue;
      }
      to.open("span", "class", token.trained() ? "t on" : "t");
      piece(to, token.text());
      to.close();
    }
  }

  private static void piece(Markup to, String piece) {
    if (piece.isEmpty()) {
      to.element("i", "∅");
    }
    StringBuilder plain = new StringBuilder();
    piece.codePoints().forEach(c -> character(to, plain, c));
    to.text(plain.toString());
  }

  /** Adds a character to {@code plain}; whitespace ends that and is written as a sign. */
  private static void character(Markup to, StringBuilder plain, int c) {
    String sign =
        switch (c) {
          case ' ' -> "·";
          case '\n' -> "↵";
          case '\r' -> "␍";
          case '\t' -> "→";
          case '\u00a0' -> "⍽";
          default -> "";
        };
    if (sign.isEmpty()) {
      plain.appendCodePoint(c);
      return;
    }
    to.text(plain.toString()).element("i", sign);
    plain.setLength(0);
  }
}
