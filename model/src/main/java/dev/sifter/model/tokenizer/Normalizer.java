package dev.sifter.model.tokenizer;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/** Rewrites text before it is cut: Unicode normal forms, letter case, replacements. */
@FunctionalInterface
interface Normalizer {
  /** The names of the components that {@link #parse} reads. */
  List<String> SUPPORTED =
      List.of(
          "BertNormalizer",
          "ByteLevel",
          "Lowercase",
          "NFC",
          "NFD",
          "NFKC",
          "NFKD",
          "Nmt",
          "Precompiled",
          "Prepend",
          "Replace",
          "Sequence",
          "Strip",
          "StripAccents");

  /** The rewritten text, aligned with the same original. */
  AlignedText apply(AlignedText text);

  /** Reads a normalizer of the file format; an absent one leaves text as it is. */
  static Normalizer parse(JsonAt json) {
    if (json.absent()) {
      return text -> text;
    }
    return switch (json.type()) {
      case "NFC", "NFD", "NFKC", "NFKD" ->
          new UnicodeNormalizer(java.text.Normalizer.Form.valueOf(json.type()));
      case "Lowercase" -> Normalizer::lowercase;
      case "StripAccents" -> text -> filter(text, cp -> !Chars.isMark(cp));
      case "Strip" -> strip(json.get("strip_left").bool(true), json.get("strip_right").bool(true));
      case "Prepend" -> prepend(json.get("prepend").string());
      case "Replace" ->
          replace(TextPattern.parse(json.get("pattern")), json.get("content").string());
      case "ByteLevel" -> text -> Pieces.whole(text).asBytes().spelled().text;
      case "BertNormalizer" -> bert(json);
      case "Precompiled" -> PrecompiledNormalizer.parse(json);
      case "Nmt" -> Normalizer::nmt;
      case "Sequence" -> {
        List<Normalizer> steps = new ArrayList<>();
        json.get("normalizers").elements().forEach(step -> steps.add(parse(step)));
        yield sequence(steps);
      }
      default -> throw json.unsupported(SUPPORTED);
    };
  }

  /** The normalizers one after the other. */
  static Normalizer sequence(List<Normalizer> steps) {
    return text -> {
      AlignedText result = text;
      for (Normalizer step : steps) {
        result = step.apply(result);
      }
      return result;
    };
  }

  /** Keeps the characters that {@code keep} accepts. */
  static AlignedText filter(AlignedText text, IntPredicate keep) {
    return map(
        text,
        (cp, i, out) -> {
          if (keep.test(cp)) {
            out.append(cp, i);
          }
        });
  }

  /** Puts {@code prefix} before text that is not empty. */
  static Normalizer prepend(String prefix) {
    return text -> {
      if (text.length() == 0) {
        return text;
      }
      AlignedText.Builder out = new AlignedText.Builder(text);
      out.append(prefix, 0);
      out.copy(0, text.length());
      return out.build();
    };
  }

  /** Puts {@code content} for every match of {@code pattern}. */
  static Normalizer replace(TextPattern pattern, String content) {
    return text -> {
      boolean[] any = new boolean[1];
      AlignedText.Builder out = new AlignedText.Builder(text);
      pattern.find(
          text,
          0,
          text.length(),
          (from, to, match) -> {
            any[0] |= match;
            if (!match) {
              out.copy(from, to);
            } else if (to > 0) {
              // What stands for an empty match belongs to the character before it.
              out.append(content, lastCharacter(text, to));
            } else {
              out.appendBefore(content);
            }
          });
      return any[0] ? out.build() : text;
    };
  }

  private static int lastCharacter(AlignedText text, int to) {
    return to >= 2 && Character.isSurrogatePair(text.chars[to - 2], text.chars[to - 1])
        ? to - 2
        : to - 1;
  }

  /** Handles one character: {@code i} is where it is in the source. */
  @FunctionalInterface
  interface CharacterMap {
    /** Appends what the character becomes. */
    void map(int codePoint, int i, AlignedText.Builder out);
  }

  /** Maps text character by character. */
  static AlignedText map(AlignedText text, CharacterMap map) {
    AlignedText.Builder out = new AlignedText.Builder(text);
    for (int i = 0; i < text.length(); ) {
      int cp = Character.codePointAt(text.chars, i, text.length());
      map.map(cp, i, out);
      i += Character.charCount(cp);
    }
    return out.build();
  }

  /** Lower case, each character by itself (no final sigma). */
  private static AlignedText lowercase(AlignedText text) {
    return map(
        text,
        (cp, i, out) -> {
          if (cp == 0x130) {
            out.append("i\u0307", i);
          } else {
            out.append(Character.toLowerCase(cp), i);
          }
        });
  }

  private static Normalizer strip(boolean left, boolean right) {
    return text -> {
      int from = 0;
      int to = text.length();
      while (left && from < to && Chars.isWhitespace(text.chars[from])) {
        from++;
      }
      while (right && to > from && Chars.isWhitespace(text.chars[to - 1])) {
        to--;
      }
      return text.slice(from, to);
    };
  }

  /** Drops control characters and turns exotic spaces into plain ones, as Google's NMT does. */
  private static AlignedText nmt(AlignedText text) {
    return map(
        text,
        (cp, i, out) -> {
          boolean dropped =
              (cp >= 0x01 && cp <= 0x08)
                  || cp == 0x0B
                  || (cp >= 0x0E && cp <= 0x1F)
                  || cp == 0x7F
                  || cp == 0x8F
                  || cp == 0x9F;
          boolean space =
              cp == 0x09
                  || cp == 0x0A
                  || cp == 0x0C
                  || cp == 0x0D
                  || cp == 0x1680
                  || (cp >= 0x200B && cp <= 0x200F)
                  || cp == 0x2028
                  || cp == 0x2029
                  || cp == 0x2581
                  || cp == 0xFEFF
                  || cp == 0xFFFD;
          if (!dropped) {
            out.append(space ? ' ' : cp, i);
          }
        });
  }

  private static Normalizer bert(JsonAt json) {
    boolean lower = json.get("lowercase").bool(true);
    List<Normalizer> steps = new ArrayList<>();
    if (json.get("clean_text").bool(true)) {
      steps.add(Normalizer::cleanUp);
    }
    if (json.get("handle_chinese_chars").bool(true)) {
      steps.add(Normalizer::isolateChinese);
    }
    if (json.get("strip_accents").bool(lower)) {
      steps.add(new UnicodeNormalizer(java.text.Normalizer.Form.NFD));
      steps.add(text -> filter(text, cp -> Character.getType(cp) != Character.NON_SPACING_MARK));
    }
    if (lower) {
      steps.add(Normalizer::lowercase);
    }
    return sequence(steps);
  }

  private static AlignedText cleanUp(AlignedText text) {
    return map(
        text,
        (cp, i, out) -> {
          if (cp != 0 && cp != 0xFFFD && !Chars.isControl(cp)) {
            out.append(Chars.isWhitespace(cp) ? ' ' : cp, i);
          }
        });
  }

  private static AlignedText isolateChinese(AlignedText text) {
    return map(
        text,
        (cp, i, out) -> {
          if (Chars.isChinese(cp)) {
            out.append(' ', i);
            out.append(cp, i);
            out.append(' ', i);
          } else {
            out.append(cp, i);
          }
        });
  }
}
