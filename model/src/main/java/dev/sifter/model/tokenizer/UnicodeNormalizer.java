package dev.sifter.model.tokenizer;

import java.text.Normalizer.Form;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A Unicode normal form (UAX 15), aligned with the text that it was made from.
 *
 * <p>Text is taken in segments that normalise by themselves: a character, and those after it that
 * may combine with it or move within the segment. Within a segment, characters of the result are
 * matched with those of the source as the Rust crate {@code unicode-normalization-alignments} does
 * it. The JDK says nothing of combining classes; they are found out by letting it order pairs.
 */
final class UnicodeNormalizer implements Normalizer {
  /** U+0345, whose combining class, 240, is the highest there is: it goes behind all others. */
  private static final int HIGHEST_CLASS = 0x345;

  /**
   * The longest segment. Ordering marks takes the JDK quadratic time, so a hostile run of them is
   * normalised in parts; no language has words of a thousand marks.
   */
  private static final int MAX_SEGMENT = 1024;

  private final Form form;

  /** The normal form {@code form}. */
  UnicodeNormalizer(Form form) {
    this.form = form;
  }

  @Override
  public AlignedText apply(AlignedText text) {
    if (isAscii(text.chars)
        || (!hasLongRun(text.chars) && java.text.Normalizer.isNormalized(text.toString(), form))) {
      return text;
    }
    Transformation result = new Transformation();
    int length = text.length();
    for (int from = 0; from < length; ) {
      int to = from + Character.charCount(Character.codePointAt(text.chars, from, length));
      while (to < length
          && to - from < MAX_SEGMENT
          && attaches(Character.codePointAt(text.chars, to, length))) {
        to += Character.charCount(Character.codePointAt(text.chars, to, length));
      }
      segment(new String(text.chars, from, to - from), result);
      from = to;
    }
    return result.apply(text);
  }

  private void segment(String source, Transformation result) {
    if (java.text.Normalizer.isNormalized(source, form)) {
      source.codePoints().forEach(cp -> result.add(cp, 0));
      return;
    }
    List<Item> items = decompose(source);
    if (form == Form.NFC || form == Form.NFKC) {
      items = compose(items);
    }
    items.forEach(item -> result.add(item.cp, item.change));
  }

  /** A character of the result, with its change as {@link Transformation} defines it. */
  private record Item(int cp, int change) {}

  /** The full decomposition, in canonical order. */
  private List<Item> decompose(String source) {
    Form full = form == Form.NFC || form == Form.NFD ? Form.NFD : Form.NFKD;
    Map<Integer, Deque<Item>> unordered = new HashMap<>();
    source
        .codePoints()
        .forEach(
            cp -> {
              int[] parts = normalize(full, cp).codePoints().toArray();
              for (int i = 0; i < parts.length; i++) {
                unordered
                    .computeIfAbsent(parts[i], p -> new ArrayDeque<>())
                    .add(new Item(parts[i], i == 0 ? 0 : 1));
              }
            });
    List<Item> ordered = new ArrayList<>();
    java.text.Normalizer.normalize(source, full)
        .codePoints()
        .forEach(cp -> ordered.add(unordered.get(cp).remove()));
    return ordered;
  }

  /**
   * The canonical composition algorithm of UAX 15, which also counts what went into a character.
   */
  private static List<Item> compose(List<Item> items) {
    List<Item> result = new ArrayList<>(items.size());
    int starter = -1;
    for (Item item : items) {
      int lastCp = result.isEmpty() ? -1 : result.getLast().cp;
      boolean adjacent = starter == result.size() - 1;
      // A character in between blocks unless its combining class is lower.
      boolean reaches = starter >= 0 && (adjacent || reorders(item.cp, lastCp));
      if (reaches) {
        Item before = result.get(starter);
        String pair = normalize(Form.NFC, before.cp, item.cp);
        if (pair.codePointCount(0, pair.length()) == 1) {
          result.set(starter, new Item(pair.codePointAt(0), before.change + item.change - 1));
          continue;
        }
      }
      result.add(item);
      if (!reorders(HIGHEST_CLASS, item.cp) && item.cp != HIGHEST_CLASS) {
        starter = result.size() - 1;
      }
    }
    return result;
  }

  /** Whether canonical ordering turns {@code first second} round. */
  private static boolean reorders(int first, int second) {
    return first != second && normalize(Form.NFD, first, second).codePointAt(0) == second;
  }

  private static String normalize(Form form, int... codePoints) {
    return java.text.Normalizer.normalize(new String(codePoints, 0, codePoints.length), form);
  }

  /** Whether the character may combine with the one before it, or move before it. */
  private boolean attaches(int cp) {
    if (cp < 0x300) {
      return false;
    }
    int first =
        form == Form.NFKC || form == Form.NFKD
            ? java.text.Normalizer.normalize(Character.toString(cp), Form.NFKD).codePointAt(0)
            : cp;
    return Chars.isMark(first) || (first >= 0x1160 && first <= 0x11FF);
  }

  private static boolean hasLongRun(char[] chars) {
    int run = 0;
    for (int i = 0; i < chars.length && run < MAX_SEGMENT; i++) {
      boolean mark = chars[i] >= 0x300 && Chars.isMark(Character.codePointAt(chars, i));
      // A low surrogate neither extends a run nor ends it: some marks are pairs.
      boolean ends = !mark && !Character.isLowSurrogate(chars[i]);
      run = mark ? run + 1 : ends ? 0 : run;
    }
    return run == MAX_SEGMENT;
  }

  private static boolean isAscii(char[] chars) {
    int all = 0;
    for (char c : chars) {
      all |= c;
    }
    return all < 0x80;
  }
}
