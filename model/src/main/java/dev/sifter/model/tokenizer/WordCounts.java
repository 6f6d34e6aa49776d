package dev.sifter.model.tokenizer;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.stream.IntStream;

/** The words that a trainer learns from. */
final class WordCounts {
  private final PreTokenizer preTokenizer;
  private final StringTable numbers = new StringTable(1 << 12);
  private String[] words = new String[1 << 12];
  private long[] counts = new long[1 << 12];
  private boolean bytes;

  /** Texts for several threads; for none any more where one could not be read. */
  private static final class Source {
    private final Iterator<String> texts;
    private boolean failed;

    Source(Iterator<String> texts) {
      this.texts = texts;
    }

    /** The next text, or null. */
    synchronized String next() {
      if (failed) {
        return null;
      }
      failed = true;
      String text = texts.hasNext() ? texts.next() : null;
      failed = false;
      return text;
    }
  }

  private WordCounts(PreTokenizer preTokenizer) {
    this.preTokenizer = preTokenizer;
  }

  /**
   * How often each word occurs in some texts, counted on all cores. As in encoding, unpaired
   * surrogates count as U+FFFD.
   *
   * @param texts read by one thread at a time
   * @param preTokenizer cuts a text into words; bytes are spelled in the {@link ByteAlphabet}
   */
  static Map<String, Long> of(Iterable<String> texts, PreTokenizer preTokenizer) {
    Source source = new Source(texts.iterator());
    Map<String, Long> sums = new HashMap<>();
    IntStream.range(0, Runtime.getRuntime().availableProcessors())
        .parallel()
        .mapToObj(
            _ -> {
              WordCounts counter = new WordCounts(preTokenizer);
              String text;
              while ((text = source.next()) != null) {
                counter.add(text);
              }
              return counter;
            })
        .toList()
        .forEach(counter -> counter.addTo(sums));
    return sums;
  }

  private void add(String text) {
    char[] chars = Utf16.withoutLoneSurrogates(text);
    Pieces pieces = preTokenizer.apply(Pieces.whole(AlignedText.original(chars, 0, chars.length)));
    bytes = pieces.bytes;
    for (int p = 0; p < pieces.count(); p++) {
      add(pieces.text.chars, pieces.from(p), pieces.to(p));
    }
  }

  private void add(char[] chars, int from, int to) {
    int number = numbers.get(chars, from, to);
    if (number < 0) {
      number = numbers.size();
      if (number == words.length) {
        words = Arrays.copyOf(words, 2 * number);
        counts = Arrays.copyOf(counts, 2 * number);
      }
      words[number] = new String(chars, from, to - from);
      numbers.put(words[number], number);
    }
    counts[number]++;
  }

  private void addTo(Map<String, Long> sums) {
    for (int number = 0; number < numbers.size(); number++) {
      sums.merge(bytes ? spelled(words[number]) : words[number], counts[number], Long::sum);
    }
  }

  private static String spelled(String word) {
    char[] chars = word.toCharArray();
    AlignedText text = AlignedText.original(chars, 0, chars.length);
    return new String(Pieces.whole(text).asBytes().spelled().text.chars);
  }
}
