package dev.sifter.train.eval.metric;

import dev.sifter.model.chat.jinja.PythonStrings;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The tokenization of BLEU in WMT's mteval-v13a: punctuation and symbols become words of their own,
 * except periods and commas within numbers.
 */
final class Tokenizer13a {
  private static final Pattern SYMBOL = Pattern.compile("[!-&(-+:-@/\\[-`{-~]");
  private static final Pattern STOP_AFTER_TEXT = Pattern.compile("([^0-9])([.,])");
  private static final Pattern STOP_BEFORE_TEXT = Pattern.compile("([.,])([^0-9])");
  private static final Pattern DASH_AFTER_DIGIT = Pattern.compile("([0-9])(-)");

  private Tokenizer13a() {}

  static List<String> tokenize(String text) {
    String line =
        PythonStrings.stripEnd(text).replace("<skipped>", "").replace("-\n", "").replace("\n", " ");
    if (line.indexOf('&') >= 0) {
      line =
          line.replace("&quot;", "\"")
              .replace("&amp;", "&")
              .replace("&lt;", "<")
              .replace("&gt;", ">");
    }
    line = SYMBOL.matcher(" " + line + " ").replaceAll(" $0 ");
    line = STOP_AFTER_TEXT.matcher(line).replaceAll("$1 $2 ");
    line = STOP_BEFORE_TEXT.matcher(line).replaceAll(" $1 $2");
    line = DASH_AFTER_DIGIT.matcher(line).replaceAll("$1 $2 ");
    return Words.split(line);
  }
}
