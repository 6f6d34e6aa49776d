package dev.sifter.model.chat.jinja;

import java.util.Locale;

/** Upper and lower case, and the questions about characters, as Python's str answers them. */
final class Casing {
  /** Superscript, circled and other digits that are not decimal, first and last of each range. */
  private static final int[][] DIGITS = {
    {0xb2, 0xb3},
    {0xb9, 0xb9},
    {0x1369, 0x1371},
    {0x19da, 0x19da},
    {0x2070, 0x2070},
    {0x2074, 0x2079},
    {0x2080, 0x2089},
    {0x2460, 0x2468},
    {0x2474, 0x247c},
    {0x2488, 0x2490},
    {0x24ea, 0x24ea},
    {0x24f5, 0x24fd},
    {0x24ff, 0x24ff},
    {0x2776, 0x277e},
    {0x2780, 0x2788},
    {0x278a, 0x2792},
    {0x10a40, 0x10a43},
    {0x10e60, 0x10e68},
    {0x11052, 0x1105a},
    {0x1f100, 0x1f10a}
  };

  /** Ideographs that Unicode gives a number, as it does to that of one. */
  private static final String NUMERALS =
      "㐅㒃㠪㭍一七万三九二五亖亿什仟仨伍佰億兆兩八六十千卄卅卌叁参參叄四壱壹幺廾廿弌弍"
          + "弎弐拾捌柒漆玖百肆萬貮貳贰阡陆陌陸零"
          + "\uf96b\uf973\uf978\uf9b2\uf9d1\uf9d3\uf9fd\ud840\udc01\ud840\udc64\ud840\udce2"
          + "\ud840\udd21\ud842\udd2a\ud842\udd83\ud842\udd8c\ud842\udd9c\ud842\udeea\ud842\udefd"
          + "\ud842\udf19\ud848\udf90\ud84a\udd98\ud84e\udf1b\ud858\ude6d\ud87e\udc90";

  private Casing() {}

  static String upper(String text) {
    return text.toUpperCase(Locale.ROOT);
  }

  static String lower(String text) {
    if (text.indexOf('Σ') < 0) {
      return text.toLowerCase(Locale.ROOT);
    }
    StringBuilder out = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i = text.offsetByCodePoints(i, 1)) {
      out.append(lowerAt(text, i));
    }
    return out.toString();
  }

  /** The lower-case form of the code point at an index; a sigma's depends on what is beside it. */
  private static String lowerAt(String text, int at) {
    if (text.charAt(at) == 'Σ') {
      return isCasedBefore(text, at) && !isCasedAfter(text, at + 1) ? "ς" : "σ";
    }
    return text.substring(at, text.offsetByCodePoints(at, 1)).toLowerCase(Locale.ROOT);
  }

  private static boolean isCasedBefore(String text, int end) {
    int at = end;
    while (at > 0 && isCaseIgnorable(text.codePointBefore(at))) {
      at = text.offsetByCodePoints(at, -1);
    }
    return at > 0 && isCased(text.codePointBefore(at));
  }

  private static boolean isCasedAfter(String text, int start) {
    int at = start;
    while (at < text.length() && isCaseIgnorable(text.codePointAt(at))) {
      at = text.offsetByCodePoints(at, 1);
    }
    return at < text.length() && isCased(text.codePointAt(at));
  }

  /** Unicode's Case_Ignorable: marks, modifiers, formats, and what may stand inside a word. */
  private static boolean isCaseIgnorable(int cp) {
    return switch (Character.getType(cp)) {
      case Character.NON_SPACING_MARK,
          Character.ENCLOSING_MARK,
          Character.FORMAT,
          Character.MODIFIER_LETTER,
          Character.MODIFIER_SYMBOL ->
          true;
      default -> "'.:·\u0387՟״‘’․‧︓﹒﹕＇．：".indexOf(cp) >= 0;
    };
  }

  static String capitalize(String text) {
    if (text.isEmpty()) {
      return text;
    }
    int end = text.offsetByCodePoints(0, 1);
    return titleCase(text.substring(0, end))
        + lower(text).substring(lower(text.substring(0, end)).length());
  }

  /** The title-case form of one code point: {@code ß} becomes {@code Ss}. */
  private static String titleCase(String one) {
    int cp = one.codePointAt(0);
    int title = Character.toTitleCase(cp);
    String upper = upper(one);
    if (title != cp || PyStr.length(upper) == 1) {
      return new String(Character.toChars(title));
    }
    int end = 0;
    while (end < upper.length() && (end == 0 || !isCased(upper.codePointBefore(end)))) {
      end = upper.offsetByCodePoints(end, 1);
    }
    return upper.substring(0, end) + lower(upper.substring(end));
  }

  /** {@code str.title()}: a letter after a character without case is upper, others lower. */
  static String title(String text) {
    StringBuilder out = new StringBuilder(text.length());
    boolean inWord = false;
    for (int i = 0; i < text.length(); ) {
      int end = text.offsetByCodePoints(i, 1);
      String one = text.substring(i, end);
      out.append(inWord ? lowerAt(text, i) : titleCase(one));
      inWord = isCased(one.codePointAt(0));
      i = end;
    }
    return out.toString();
  }

  static String swapCase(String text) {
    StringBuilder out = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); ) {
      int end = text.offsetByCodePoints(i, 1);
      String one = text.substring(i, end);
      int cp = one.codePointAt(0);
      out.append(Character.isUpperCase(cp) ? lowerAt(text, i) : isLower(cp) ? upper(one) : one);
      i = end;
    }
    return out.toString();
  }

  /** {@code str.casefold()}: Unicode's full case folding, which is that of every character. */
  static String fold(String text) {
    StringBuilder out = new StringBuilder(text.length());
    text.codePoints().forEach(cp -> foldTo(out, cp));
    return out.toString();
  }

  /** Lower of upper case, but for {@code ı}, {@code ẞ} and Cherokee, which folds to upper case. */
  private static void foldTo(StringBuilder out, int cp) {
    String upper = upper(Character.toString(cp));
    if (cp == 'ı') {
      out.append('ı');
    } else if (cp == 'ẞ') {
      out.append("ss");
    } else if (Character.UnicodeScript.of(cp) == Character.UnicodeScript.CHEROKEE) {
      out.append(upper);
    } else {
      upper.codePoints().forEach(each -> out.append(lower(Character.toString(each))));
    }
  }

  private static boolean isLower(int cp) {
    return Character.isLowerCase(cp);
  }

  static boolean isCased(int cp) {
    return Character.isUpperCase(cp) || Character.isLowerCase(cp) || Character.isTitleCase(cp);
  }

  /** {@code isupper()}: some cased character, and none of the other case. */
  static boolean isUpperText(String text) {
    return text.codePoints().noneMatch(cp -> isLower(cp) || Character.isTitleCase(cp))
        && text.codePoints().anyMatch(Character::isUpperCase);
  }

  static boolean isLowerText(String text) {
    return text.codePoints().noneMatch(cp -> Character.isUpperCase(cp) || Character.isTitleCase(cp))
        && text.codePoints().anyMatch(Casing::isLower);
  }

  static boolean isTitleText(String text) {
    boolean inWord = false;
    boolean any = false;
    for (int i = 0; i < text.length(); ) {
      int cp = text.codePointAt(i);
      i += Character.charCount(cp);
      boolean upper = Character.isUpperCase(cp) || Character.isTitleCase(cp);
      if (upper && inWord || isLower(cp) && !inWord) {
        return false;
      }
      inWord = isCased(cp);
      any |= inWord;
    }
    return any;
  }

  static boolean isDecimal(int cp) {
    return Character.getType(cp) == Character.DECIMAL_DIGIT_NUMBER;
  }

  /** Decimal digits, and those of Unicode's numeric type Digit, which Java does not tell. */
  static boolean isDigit(int cp) {
    if (isDecimal(cp)) {
      return true;
    }
    for (int[] range : DIGITS) {
      if (cp >= range[0] && cp <= range[1]) {
        return true;
      }
    }
    return false;
  }

  static boolean isAlpha(int cp) {
    return Character.isLetter(cp);
  }

  static boolean isNumeric(int cp) {
    int type = Character.getType(cp);
    return isDecimal(cp)
        || type == Character.LETTER_NUMBER
        || type == Character.OTHER_NUMBER
        || isAlpha(cp) && NUMERALS.indexOf(cp) >= 0;
  }

  /** Whether a regular expression of Python's takes it for part of a word. */
  static boolean isWord(int cp) {
    return cp == '_' || isAlpha(cp) || isNumeric(cp);
  }

  /** Whether the text has characters and all pass one of the questions of {@code str.is...}. */
  static boolean all(String text, String question) {
    for (int i = 0; i < text.length(); ) {
      int cp = text.codePointAt(i);
      i += Character.charCount(cp);
      boolean passes =
          switch (question) {
            case "isalpha" -> isAlpha(cp);
            case "isdigit" -> isDigit(cp);
            case "isdecimal" -> isDecimal(cp);
            case "isnumeric" -> isNumeric(cp);
            case "isalnum" -> isAlpha(cp) || isNumeric(cp) || isDigit(cp);
            case "isspace" -> PyStr.isSpace(cp);
            case "isprintable" -> PyStr.isPrintable(cp);
            default -> cp < 128;
          };
      if (!passes) {
        return false;
      }
    }
    return !text.isEmpty() || question.equals("isascii") || question.equals("isprintable");
  }

  static boolean isIdentifier(String text) {
    if (text.isEmpty()) {
      return false;
    }
    int first = text.codePointAt(0);
    return (first == '_' || Character.isUnicodeIdentifierStart(first))
        && text.codePoints()
            .allMatch(
                cp ->
                    Character.isUnicodeIdentifierPart(cp) && !Character.isIdentifierIgnorable(cp));
  }
}
