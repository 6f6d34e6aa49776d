package dev.sifter.model.tokenizer;

import java.util.HashMap;
import java.util.Map;

/** The words that a trainer learns from. */
final class WordCounts {
  private WordCounts() {}

  /**
   * How often each word occurs in some texts. As in encoding, unpaired surrogates count as U+FFFD.
   *
   * @param preTokenizer cuts a text into words; bytes are spelled in the {@link ByteAlphabet}
   */
  static Map<String, Long> of(Iterable<String> texts, PreTokenizer preTokenizer) {
    Map<String, Long> words = new HashMap<>();
    for (String text : texts) {
      char[] chars = Utf16.withoutLoneSurrogates(text);
      Pieces pieces =
          preTokenizer.apply(Pieces.whole(AlignedText.original(chars, 0, chars.length))).spelled();
      for (int p = 0; p < pieces.count(); p++) {
        int from = pieces.from(p);
        words.merge(new String(pieces.text.chars, from, pieces.to(p) - from), 1L, Long::sum);
      }
    }
    return words;
  }
}
