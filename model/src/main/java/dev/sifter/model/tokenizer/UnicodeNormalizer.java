package dev.sifter.model.tokenizer;

import java.text.Normalizer.Form;

/**
 * A Unicode normal form (UAX 15), aligned with the text that it was made from.
 *
 * <p>Text is taken in segments that normalise by themselves: a character, and those after it that
 * may combine with it or move within the segment. Within a segment, characters of the result are
 * matched with those of the source in order.
 */
final class UnicodeNormalizer implements Normalizer {
  private final Form form;

  /** The normal form {@code form}. */
  UnicodeNormalizer(Form form) {
    this.form = form;
  }

  @Override
  public AlignedText apply(AlignedText text) {
    if (isAscii(text.chars) || java.text.Normalizer.isNormalized(text.toString(), form)) {
      return text;
    }
    AlignedText.Builder out = new AlignedText.Builder(text);
    int length = text.length();
    for (int from = 0; from < length; ) {
      int to = from + Character.charCount(Character.codePointAt(text.chars, from, length));
      while (to < length && attaches(Character.codePointAt(text.chars, to, length))) {
        to += Character.charCount(Character.codePointAt(text.chars, to, length));
      }
      segment(text, from, to, out);
      from = to;
    }
    return out.build();
  }

  private void segment(AlignedText text, int from, int to, AlignedText.Builder out) {
    String source = new String(text.chars, from, to - from);
    String normal = java.text.Normalizer.normalize(source, form);
    if (normal.equals(source)) {
      out.copy(from, to);
      return;
    }
    int at = from;
    for (int i = 0; i < normal.length(); ) {
      int cp = normal.codePointAt(i);
      out.append(cp, at);
      i += Character.charCount(cp);
      int next = at + Character.charCount(Character.codePointAt(text.chars, at, to));
      at = next < to ? next : at;
    }
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

  private static boolean isAscii(char[] chars) {
    int all = 0;
    for (char c : chars) {
      all |= c;
    }
    return all < 0x80;
  }
}
