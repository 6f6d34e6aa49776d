package dev.sifter.model.tokenizer;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * The character properties of Oniguruma by name, as what stands for them in a bracket of Java's.
 *
 * <p>The tables of both are those of Unicode 16 (JDK 25, Oniguruma 6.9.10).
 */
final class UnicodeProperties {
  static final String SPACE =
      "\\t-\\r\\x20\\x85\\xA0\\u1680\\u2000-\\u200A\\u2028\\u2029\\u202F\\u205F\\u3000";

  /** Word characters in a bracket. */
  static final String WORD = "\\p{IsAlphabetic}\\p{M}\\p{Nd}\\p{Pc}";

  /** Word characters outside of brackets, where ² ³ ¹ ¼ ½ ¾ are some as well. */
  static final String WORD_ALONE = WORD + "\\xB2\\xB3\\xB9\\xBC-\\xBE";

  static final String DIGIT = "\\p{Nd}";
  static final String HEX = "0-9a-fA-F";

  private static final String GRAPH = "[^\\p{Z}\\p{Cc}\\p{Cn}\\p{Cs}]";

  private static final Map<String, String> POSIX =
      Map.ofEntries(
          Map.entry("alpha", "\\p{IsAlphabetic}"),
          Map.entry("digit", DIGIT),
          Map.entry("alnum", "\\p{IsAlphabetic}\\p{Nd}"),
          Map.entry("space", SPACE),
          Map.entry("upper", "\\p{IsUppercase}"),
          Map.entry("lower", "\\p{IsLowercase}"),
          Map.entry("punct", "\\p{P}\\p{S}"),
          Map.entry("word", WORD),
          Map.entry("xdigit", HEX),
          Map.entry("cntrl", "\\p{Cc}"),
          Map.entry("ascii", "\\x00-\\x7F"),
          Map.entry("blank", "\\t\\p{Zs}"),
          Map.entry("graph", GRAPH),
          Map.entry("print", GRAPH + "\\p{Zs}"));

  /** General categories by their long names, and what has another name in Java. */
  private static final Map<String, String> PROPERTIES = new HashMap<>(POSIX);

  static {
    String categories =
        "letter L, casedletter LC, uppercaseletter Lu, lowercaseletter Ll, titlecaseletter Lt,"
            + "modifierletter Lm, otherletter Lo, mark M, combiningmark M, nonspacingmark Mn,"
            + "spacingmark Mc, enclosingmark Me, number N, decimalnumber Nd, letternumber Nl,"
            + "othernumber No, punctuation P, punct P, connectorpunctuation Pc, dashpunctuation Pd,"
            + "openpunctuation Ps, closepunctuation Pe, initialpunctuation Pi, finalpunctuation Pf,"
            + "otherpunctuation Po, symbol S, mathsymbol Sm, currencysymbol Sc, modifiersymbol Sk,"
            + "othersymbol So, separator Z, spaceseparator Zs, lineseparator Zl,"
            + "paragraphseparator Zp, other C, control Cc, format Cf, surrogate Cs, privateuse Co,"
            + "unassigned Cn";
    for (String category : categories.split(", *")) {
      String[] names = category.split(" ");
      String java = "\\p{" + names[1] + "}";
      PROPERTIES.put(names[0], java);
      PROPERTIES.put(names[1].toLowerCase(Locale.ROOT), java);
    }
    PROPERTIES.put("any", "\\x{0}-\\x{10FFFF}");
    PROPERTIES.put("assigned", "\\P{Cn}");
  }

  private UnicodeProperties() {}

  /** What {@code [:name:]} stands for; null where there is no such class. */
  static String posix(String name) {
    return POSIX.get(name);
  }

  /** What {@code \p{name}} stands for: a class, a category, a script or a binary property. */
  static String named(String name) {
    String key = name.toLowerCase(Locale.ROOT).replaceAll("[ _-]", "");
    String java = PROPERTIES.get(key);
    return java != null ? java : "\\p{Is" + name.replace(' ', '_') + "}";
  }
}
