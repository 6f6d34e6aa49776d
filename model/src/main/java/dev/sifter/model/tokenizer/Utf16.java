package dev.sifter.model.tokenizer;

/** Java's texts as code points. */
final class Utf16 {
  private Utf16() {}

  /** The units of a text, unpaired surrogates replaced by U+FFFD. */
  static char[] withoutLoneSurrogates(String text) {
    char[] chars = text.toCharArray();
    for (int i = 0; i < chars.length; i++) {
      if (Character.isSurrogate(chars[i])) {
        if (Character.isHighSurrogate(chars[i])
            && i + 1 < chars.length
            && Character.isLowSurrogate(chars[i + 1])) {
          i++;
        } else {
          chars[i] = '\uFFFD';
        }
      }
    }
    return chars;
  }

  /** Turns offsets of tokens in UTF-16 units of {@code text} into offsets in code points. */
  static void toCodePoints(char[] text, TokenSink tokens) {
    int pair = 0;
    while (pair < text.length && !Character.isLowSurrogate(text[pair])) {
      pair++;
    }
    if (pair == text.length) {
      return;
    }
    int[] codePoint = new int[text.length + 1];
    int count = 0;
    for (int i = 0; i < text.length; i++) {
      codePoint[i] = count;
      count += Character.isHighSurrogate(text[i]) ? 0 : 1;
    }
    codePoint[text.length] = count;
    for (int t = 0; t < tokens.size; t++) {
      tokens.starts[t] = codePoint[tokens.starts[t]];
      tokens.ends[t] = codePoint[tokens.ends[t]];
    }
  }
}
