package dev.sifter.train.eval.source;

import java.util.regex.Pattern;

/** WikiText's pages are split into tokens by spaces; this joins them into plain text. */
final class WikiText {
  private static final String SPACE = "[\\s\\x1c-\\x1f]*";

  /** Pairs of signs with spaces within. */
  private static final Pattern[] PAIRS = {
    pair("(", ")"), pair("[", "]"), pair("{", "}"), pair("\"", "\""), pair("'", "'")
  };

  private WikiText() {}

  private static Pattern pair(String open, String close) {
    return Pattern.compile(
        "\\%s%s([^\\%s]*?)%s\\%s".formatted(open, SPACE, close, SPACE, close),
        Pattern.UNICODE_CHARACTER_CLASS);
  }

  /** The harness's rules, in its order. */
  static String detokenize(String page) {
    String text =
        page.replace("s '", "s'")
            .replaceAll("/' [0-9]/", "/'[0-9]/")
            .replace(" @-@ ", "-")
            .replace(" @,@ ", ",")
            .replace(" @.@ ", ".")
            .replace(" : ", ": ")
            .replace(" ; ", "; ")
            .replace(" . ", ". ")
            .replace(" ! ", "! ")
            .replace(" ? ", "? ")
            .replace(" , ", ", ");
    String[] joined = {"($1)", "[$1]", "{$1}", "\"$1\"", "'$1'"};
    for (int i = 0; i < joined.length; i++) {
      text = PAIRS[i].matcher(text).replaceAll(joined[i]);
    }
    return text.replace("= = = =", "====")
        .replace("= = =", "===")
        .replace("= =", "==")
        .replace(" ° ", "°")
        .replace(" \n", "\n")
        .replace("\n ", "\n")
        .replace(" N ", " 1 ")
        .replace(" 's", "'s");
  }
}
