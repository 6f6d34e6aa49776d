package dev.sifter.model.chat.jinja;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The filter {@code urlize}: addresses of pages and of mail become links. */
final class Urlize {
  private static final Pattern SCHEME = ignoringCase("https?://");
  private static final Pattern WWW = ignoringCase("www\\.");
  private static final Pattern REST = ignoringCase("(?::\\p{Nd}{1,5})?(?:[/?#].*)?");
  private static final Pattern ANY_DOMAIN = ignoringCase("[a-z]{2,63}|xn--[\\p{L}\\p{N}_%]{2,59}");
  private static final Pattern KNOWN_DOMAIN = ignoringCase("com|net|int|edu|gov|org|info|mil");
  private static final Pattern IPV4 = ignoringCase("\\p{Nd}{1,3}(?:\\.\\p{Nd}{1,3}){3}");
  private static final Pattern IPV6 =
      ignoringCase("\\[(?:[\\p{Nd}a-f]{0,4}:){2}(?:[\\p{Nd}a-f]{0,4}:?){1,6}\\]");
  private static final Pattern SCHEME_PREFIX = Pattern.compile("[\\p{L}\\p{N}_.+-]{2,}+:/{0,2}");
  private static final String[][] BRACKETS = {{"(", ")"}, {"<", ">"}, {"&lt;", "&gt;"}};

  private final Object limit;
  private final String attributes;
  private final Object schemes;

  private Urlize(Object limit, String attributes, Object schemes) {
    this.limit = limit;
    this.attributes = attributes;
    this.schemes = schemes;
  }

  private static Pattern ignoringCase(String regex) {
    return Pattern.compile(regex, Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE | Pattern.DOTALL);
  }

  /** The text with its links; the arguments are those of the filter, in its order. */
  static String urlize(Object[] args) {
    String attributes = attribute("rel", rel(args[4], Py.truth(args[2])));
    attributes += attribute("target", args[3]);
    Object schemes = args[5] == null ? PyTuple.EMPTY : args[5];
    requireSchemes(schemes);
    return new Urlize(args[1], attributes, schemes).text(Markup.escape(args[0]).text());
  }

  private static String rel(Object given, boolean noFollow) {
    Set<String> parts = new TreeSet<>(Compare::byCodePoints);
    if (Py.truth(given)) {
      if (!Py.isText(given)) {
        throw JinjaException.attribute(
            "'" + Py.typeName(given) + "' object has no attribute 'split'");
      }
      PyStr.split(given.toString(), null, -1).forEach(part -> parts.add((String) part));
    }
    if (noFollow) {
      parts.add("nofollow");
    }
    parts.add("noopener");
    return String.join(" ", parts);
  }

  private static String attribute(String name, Object value) {
    return Py.truth(value) ? " " + name + "=\"" + Markup.escape(value) + "\"" : "";
  }

  private static void requireSchemes(Object schemes) {
    Iterator<Object> items = Py.iterate(schemes);
    while (items.hasNext()) {
      Object scheme = items.next();
      if (!Py.isText(scheme)) {
        throw JinjaException.type(
            "expected string or bytes-like object, got '" + Py.typeName(scheme) + "'");
      }
      if (!SCHEME_PREFIX.matcher(scheme.toString()).matches()) {
        throw JinjaException.filterArgument(
            PyRepr.repr(scheme) + " is not a valid URI scheme prefix.");
      }
    }
  }

  private String text(String text) {
    StringBuilder out = new StringBuilder(text.length());
    int at = 0;
    while (at < text.length()) {
      Budget.visit();
      int end = at;
      boolean space = PyStr.isSpace(text.charAt(at));
      while (end < text.length() && PyStr.isSpace(text.charAt(end)) == space) {
        end++;
      }
      String word = text.substring(at, end);
      out.append(space ? word : word(word));
      Budget.checkSize(out.length());
      at = end;
    }
    return out.toString();
  }

  /** A word with a link round its middle, without the brackets and full stops at its ends. */
  private String word(String word) {
    int start = 0;
    while (word.startsWith("&lt;", start) || "(<".indexOf(word.codePointAt(start)) >= 0) {
      start += word.charAt(start) == '&' ? 4 : 1;
      if (start == word.length()) {
        return word;
      }
    }
    int end = word.length();
    while (end > start && tail(word, start, end) > 0) {
      end -= tail(word, start, end);
    }
    end = balanced(word, start, end);
    return word.substring(0, start) + link(word.substring(start, end)) + word.substring(end);
  }

  /** How many characters at the end of a word are no part of a link. */
  private static int tail(String word, int start, int end) {
    boolean entity = end - start >= 4 && word.startsWith("&gt;", end - 4);
    return entity ? 4 : ").>,".indexOf(word.charAt(end - 1)) >= 0 ? 1 : 0;
  }

  /** The end of the middle once it has a closing bracket, of those behind it, for each it opens. */
  private static int balanced(String word, int start, int from) {
    int end = from;
    for (String[] pair : BRACKETS) {
      String middle = word.substring(start, end);
      long opened = count(middle, pair[0]);
      if (opened <= count(middle, pair[1])) {
        continue;
      }
      for (long n = Math.min(opened, count(word.substring(end), pair[1])); n > 0; n--) {
        end = word.indexOf(pair[1], end) + pair[1].length();
      }
    }
    return end;
  }

  private static long count(String text, String part) {
    return StrSearch.count(text, part);
  }

  private String link(String middle) {
    if (isPage(middle)) {
      boolean complete = middle.startsWith("https://") || middle.startsWith("http://");
      String address = complete ? middle : "https://" + middle;
      return "<a href=\"" + address + "\"" + attributes + ">" + trimmed(middle) + "</a>";
    }
    if (middle.startsWith("mailto:") && isMail(middle.substring(7))) {
      return "<a href=\"" + middle + "\">" + middle.substring(7) + "</a>";
    }
    boolean bare = !middle.startsWith("www.") && !middle.startsWith("@") && !middle.contains(":");
    if (bare && isMail(middle)) {
      return "<a href=\"mailto:" + middle + "\">" + middle + "</a>";
    }
    String out = middle;
    Iterator<Object> prefixes = Py.iterate(schemes);
    while (prefixes.hasNext()) {
      String prefix = prefixes.next().toString();
      if (!out.equals(prefix) && out.startsWith(prefix)) {
        out = "<a href=\"" + out + "\"" + attributes + ">" + out + "</a>";
      }
    }
    return out;
  }

  private String trimmed(String address) {
    if (limit == null || !Compare.ordered((long) PyStr.length(address), limit, Kind.GT)) {
      return address;
    }
    return Attributes.slice(address, new Slices(null, limit, null)) + "...";
  }

  /** A host after {@code http://} or {@code www.}, or one under a well-known domain. */
  private static boolean isPage(String text) {
    Matcher scheme = SCHEME.matcher(text);
    if (scheme.lookingAt()) {
      String address = text.substring(scheme.end());
      return isHost(address, 1, Integer.MAX_VALUE, ANY_DOMAIN) || isNumbered(address);
    }
    Matcher www = WWW.matcher(text);
    return www.lookingAt() && isHost(text.substring(www.end()), 1, Integer.MAX_VALUE, ANY_DOMAIN)
        || text.indexOf('.') > 0 && isHost(text, 2, 63, KNOWN_DOMAIN);
  }

  /** Labels of so many characters, then a domain; for well-known ones there must be a label. */
  private static boolean isHost(String address, int least, int most, Pattern domain) {
    int end = 0;
    while (end < address.length() && ":/?#".indexOf(address.charAt(end)) < 0) {
      end++;
    }
    List<String> labels = new ArrayList<>(List.of(address.substring(0, end).split("\\.", -1)));
    String last = labels.removeLast();
    return !(labels.isEmpty() && domain == KNOWN_DOMAIN)
        && labels.stream().allMatch(label -> isLabel(label, least, most))
        && domain.matcher(last).matches()
        && REST.matcher(address.substring(end)).matches();
  }

  private static boolean isLabel(String label, int least, int most) {
    int length = PyStr.length(label);
    return length >= least
        && length <= most
        && label.codePoints().allMatch(cp -> cp == '%' || cp == '-' || Casing.isWord(cp));
  }

  private static boolean isNumbered(String address) {
    return startsWith(IPV4, address) || startsWith(IPV6, address);
  }

  private static boolean startsWith(Pattern host, String address) {
    Matcher matcher = host.matcher(address);
    return matcher.lookingAt() && REST.matcher(address.substring(matcher.end())).matches();
  }

  /** {@code \S+@\w[\w.-]*\.\w+}; behind the last at sign there is none that could be meant. */
  private static boolean isMail(String text) {
    int at = text.lastIndexOf('@');
    String host = text.substring(at + 1);
    int dot = host.lastIndexOf('.');
    return at > 0
        && dot > 0
        && dot < host.length() - 1
        && host.codePoints().allMatch(cp -> cp == '.' || cp == '-' || Casing.isWord(cp))
        && Casing.isWord(host.codePointAt(0))
        && host.indexOf('-', dot) < 0;
  }
}
