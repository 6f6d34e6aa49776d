package dev.sifter.model.chat.jinja;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * HTML's character references, such as {@code &amp;} and {@code &#39;}, read as a browser does. Of
 * the names only those are known that HTML takes without a semicolon too; another is refused, since
 * without the table of all names nobody can tell it from text.
 *
 * @see <a href="https://html.spec.whatwg.org/#character-reference-state">the HTML standard</a>
 */
final class CharacterReferences {
  private static final Pattern REFERENCE =
      Pattern.compile("&(#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[^\\t\\n\\f <&#;]{1,32};?)");
  private static final Pattern NAME = Pattern.compile("[A-Za-z][A-Za-z0-9]*;");

  /** The names of the code points from 0xa0, those of Latin-1. */
  private static final String LATIN =
      "nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr"
          + " deg plusmn sup2 sup3 acute micro para middot cedil sup1 ordm raquo"
          + " frac14 frac12 frac34 iquest"
          + " Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil"
          + " Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml"
          + " ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times"
          + " Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig"
          + " agrave aacute acirc atilde auml aring aelig ccedil"
          + " egrave eacute ecirc euml igrave iacute icirc iuml"
          + " eth ntilde ograve oacute ocirc otilde ouml divide"
          + " oslash ugrave uacute ucirc uuml yacute thorn yuml";

  /** What HTML reads for the numbers from 0x80, which are those of Windows' code page 1252. */
  private static final String WINDOWS =
      "\u20ac\u0081\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u008d\u017d"
          + "\u008f\u0090\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153"
          + "\u009d\u017e\u0178";

  private static final Map<String, String> NAMES = names();

  private CharacterReferences() {}

  private static Map<String, String> names() {
    Map<String, String> names = new LinkedHashMap<>();
    char c = 0xa0;
    for (String name : LATIN.split(" ")) {
      names.put(name, String.valueOf(c++));
    }
    for (String pair : "amp& lt< gt> quot\" AMP& LT< GT> QUOT\" COPY\u00a9 REG\u00ae".split(" ")) {
      int end = pair.length() - 1;
      names.put(pair.substring(0, end), pair.substring(end));
    }
    return names;
  }

  /** The text with every reference replaced by what it stands for. */
  static String unescape(String text) {
    Matcher matcher = REFERENCE.matcher(text);
    StringBuilder out = new StringBuilder(text.length());
    while (matcher.find()) {
      Budget.visit();
      String reference = matcher.group(1);
      String character = reference.charAt(0) == '#' ? numbered(reference) : named(reference);
      matcher.appendReplacement(out, Matcher.quoteReplacement(character));
    }
    return matcher.appendTail(out).toString();
  }

  private static String numbered(String reference) {
    boolean hex = reference.charAt(1) == 'x' || reference.charAt(1) == 'X';
    String digits = reference.substring(hex ? 2 : 1).replace(";", "");
    long number = 0;
    for (int i = 0; i < digits.length() && number <= Character.MAX_CODE_POINT; i++) {
      number = number * (hex ? 16 : 10) + Character.digit(digits.charAt(i), 16);
    }
    if (number == 0 || number > Character.MAX_CODE_POINT || number >= 0xd800 && number <= 0xdfff) {
      return "\ufffd";
    }
    if (number >= 0x80 && number <= 0x9f) {
      return WINDOWS.substring((int) number - 0x80, (int) number - 0x7f);
    }
    return isInvalid((int) number) ? "" : Character.toString((int) number);
  }

  /** Control characters and what Unicode calls no character. */
  private static boolean isInvalid(int number) {
    boolean space = number == '\t' || number == '\n' || number == '\f' || number == '\r';
    return number < 0x20 && !space
        || number == 0x7f
        || number >= 0xfdd0 && number <= 0xfdef
        || (number & 0xfffe) == 0xfffe;
  }

  private static String named(String reference) {
    boolean closed = reference.endsWith(";");
    String exact = NAMES.get(closed ? reference.substring(0, reference.length() - 1) : reference);
    if (exact != null) {
      return exact;
    }
    if (NAME.matcher(reference).matches()) {
      throw JinjaException.unsupported(
          "the character reference &" + reference, "only those of Latin-1 and of HTML itself are");
    }
    for (int end = reference.length() - 1; end > 1; end--) {
      String known = NAMES.get(reference.substring(0, end));
      if (known != null) {
        return known + reference.substring(end);
      }
    }
    return "&" + reference;
  }
}
