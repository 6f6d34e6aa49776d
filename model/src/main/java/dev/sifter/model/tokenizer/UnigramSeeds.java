package dev.sifter.model.tokenizer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The pieces that Unigram training begins with, as Hugging Face's trainer finds them: all
 * characters, then the substrings that occur at least twice and are followed by different things,
 * those first that cover the most text. An end of a word is one thing that can follow. Substrings
 * count once for each different word.
 *
 * <p>Positions are sorted by the text that begins there; the substrings are then the nodes of the
 * tree over common beginnings (Kasai et al. 2001), none deeper than a piece may be long.
 */
final class UnigramSeeds {
  private static final int END = 0;

  /**
   * A piece and how often it occurs, or how much text it covers.
   *
   * @param text the piece
   * @param weight occurrences of a character; occurrences times length of a longer piece
   */
  record Seed(String text, double weight) {}

  private final int[] text;
  private final int[] order;
  private final int maxLength;
  private final List<Seed> found = new ArrayList<>();

  private UnigramSeeds(Collection<String> words, int maxLength) {
    this.maxLength = maxLength;
    int length = words.stream().mapToInt(word -> word.codePointCount(0, word.length()) + 1).sum();
    text = new int[length];
    int at = 0;
    for (String word : words) {
      for (int c : word.codePoints().toArray()) {
        text[at++] = c;
      }
      text[at++] = END;
    }
    order = new int[length];
    for (int i = 0; i < length; i++) {
      order[i] = i;
    }
  }

  /**
   * Finds seeds.
   *
   * @param words different words and their counts
   * @param maxLength code points of a piece
   * @param most how many to find
   */
  static List<Seed> find(Map<String, Long> words, int maxLength, int most) {
    List<Seed> seeds = characters(words);
    UnigramSeeds search = new UnigramSeeds(words.keySet(), maxLength);
    search.sort(0, search.order.length, 0);
    search.collect();
    search.found.sort(
        Comparator.comparingDouble(Seed::weight)
            .thenComparing(Seed::text, UnigramSeeds::byCodePoint)
            .reversed());
    for (Seed seed : search.found) {
      if (seeds.size() >= most) {
        break;
      }
      seeds.add(seed);
    }
    return seeds;
  }

  private static List<Seed> characters(Map<String, Long> words) {
    TreeMap<Integer, Long> counts = new TreeMap<>();
    words.forEach((word, n) -> word.codePoints().forEach(c -> counts.merge(c, n, Long::sum)));
    List<Seed> seeds = new ArrayList<>();
    counts.descendingMap().forEach((c, n) -> seeds.add(new Seed(Character.toString(c), n)));
    seeds.sort(Comparator.comparingDouble(Seed::weight).reversed());
    return seeds;
  }

  private static int byCodePoint(String a, String b) {
    return Arrays.compare(a.codePoints().toArray(), b.codePoints().toArray());
  }

  /** What stands {@code depth} places after a position; ends of words differ from each other. */
  private int at(int position, int depth) {
    int index = position + depth;
    return index < text.length ? text[index] : END;
  }

  /** Sorts positions whose text agrees for {@code depth} places: three-way radix quicksort. */
  private void sort(int from, int to, int depth) {
    while (to - from > 1 && depth <= maxLength) {
      int pivot = at(order[from + (to - from) / 2], depth);
      int less = from;
      int greater = to;
      for (int i = from; i < greater; ) {
        int c = at(order[i], depth);
        if (c < pivot) {
          swap(less++, i++);
        } else if (c > pivot) {
          swap(i, --greater);
        } else {
          i++;
        }
      }
      sort(from, less, depth);
      sort(greater, to, depth);
      if (pivot == END) {
        return;
      }
      from = less;
      to = greater;
      depth++;
    }
  }

  private void swap(int i, int j) {
    int swapped = order[i];
    order[i] = order[j];
    order[j] = swapped;
  }

  /** Walks the sorted positions; a run that agrees in more places than its neighbours is a node. */
  private void collect() {
    int[] depths = new int[maxLength + 2];
    int[] starts = new int[maxLength + 2];
    int open = 0;
    for (int i = 1; i <= order.length; i++) {
      int common = i == order.length ? 0 : common(order[i - 1], order[i]);
      int start = i - 1;
      while (open > 0 && depths[open - 1] > common) {
        open--;
        start = starts[open];
        take(order[start], depths[open], i - start);
      }
      if (common > 0 && (open == 0 || depths[open - 1] < common)) {
        depths[open] = common;
        starts[open++] = start;
      }
    }
  }

  /** In how many places two texts agree before a word ends, but for one more than a piece has. */
  private int common(int a, int b) {
    int depth = 0;
    while (depth <= maxLength && at(a, depth) == at(b, depth)) {
      if (at(a, depth) == END) {
        // Both words end: what follows is another thing, but no piece reaches over it.
        return maxLength + 1;
      }
      depth++;
    }
    return depth;
  }

  private void take(int position, int length, int count) {
    if (length >= 2 && length <= maxLength) {
      found.add(new Seed(new String(text, position, length), (double) count * length));
    }
  }
}
