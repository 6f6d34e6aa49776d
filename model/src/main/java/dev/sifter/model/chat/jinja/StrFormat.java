package dev.sifter.model.chat.jinja;

/**
 * {@code str.format} as the sandbox runs it: fields such as {@code {}}, {@code {0[a]}} and {@code
 * {name.b!r:>8}}, whose specifications may hold fields too.
 */
final class StrFormat {
  /** A field in the specification of a field is the deepest. */
  private static final int MAX_DEPTH = 2;

  private final Args args;
  private final Object mapping;
  private final boolean escape;
  private int automatic;
  private boolean manual;

  private StrFormat(Args args, Object mapping, boolean escape) {
    this.args = args;
    this.mapping = mapping;
    this.escape = escape;
  }

  /** Formats; where {@code escape} holds, as for Markup, the values of fields are escaped. */
  static String format(String text, Args args, boolean escape) {
    return new StrFormat(args, args.namedAsDict(), escape).format(text, MAX_DEPTH);
  }

  /** {@code str.format_map}: as {@link #format}, with the fields' values from one mapping. */
  static String formatMap(String text, Args args, boolean escape) {
    Object mapping = args.only("format_map");
    return new StrFormat(Args.NONE, mapping, escape).format(text, MAX_DEPTH);
  }

  private String format(String text, int depth) {
    if (depth == 0) {
      throw JinjaException.value("Max string recursion exceeded");
    }
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean doubled = i + 1 < text.length() && text.charAt(i + 1) == c;
      if ((c == '{' || c == '}') && doubled) {
        out.append(c);
        i++;
      } else if (c == '{') {
        i = field(text, i + 1, out, depth);
      } else if (c == '}') {
        throw JinjaException.value("Single '}' encountered in format string");
      } else {
        out.append(c);
      }
      Budget.checkSize(out.length());
    }
    return out.toString();
  }

  /** Writes the field that begins at a position, and returns where its brace closes. */
  private int field(String text, int from, StringBuilder out, int depth) {
    int at = nameEnd(text, from);
    String name = text.substring(from, at);
    char conversion = 0;
    if (text.charAt(at) == '!') {
      if (at + 2 >= text.length()) {
        throw JinjaException.value("end of string while looking for conversion specifier");
      }
      conversion = text.charAt(at + 1);
      at += 2;
      if (text.charAt(at) != '}' && text.charAt(at) != ':') {
        throw JinjaException.value("expected ':' after conversion specifier");
      }
    }
    int end = text.charAt(at) == ':' ? closing(text, at + 1) : at;
    Object value = converted(value(name), conversion);
    String spec = text.charAt(at) == ':' ? text.substring(at + 1, end) : "";
    if (spec.indexOf('{') >= 0) {
      spec = format(spec, depth - 1);
    }
    out.append(
        escape && value instanceof Markup && spec.isEmpty()
            ? value
            : escape
                ? Markup.escape(FormatSpec.format(value, spec)).text()
                : FormatSpec.format(value, spec));
    return end;
  }

  private static int nameEnd(String text, int from) {
    boolean bracket = false;
    for (int i = from; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '{') {
        throw JinjaException.value("unexpected '{' in field name");
      } else if (c == '[') {
        bracket = true;
      } else if (c == ']') {
        bracket = false;
      } else if (!bracket && (c == '}' || c == ':' || c == '!')) {
        return i;
      }
    }
    throw JinjaException.value(
        from == text.length()
            ? "Single '{' encountered in format string"
            : "expected '}' before end of string");
  }

  private static int closing(String text, int from) {
    int open = 1;
    for (int i = from; i < text.length(); i++) {
      char c = text.charAt(i);
      open += c == '{' ? 1 : c == '}' ? -1 : 0;
      if (open == 0) {
        return i;
      }
    }
    throw JinjaException.value("unmatched '{' in format spec");
  }

  private static Object converted(Object value, char conversion) {
    return switch (conversion) {
      case 0 -> value;
      case 's' -> PyRepr.str(value);
      case 'r' -> PyRepr.repr(value);
      case 'a' -> PyRepr.ascii(value);
      default -> throw JinjaException.value("Unknown conversion specifier " + conversion);
    };
  }

  /** The value of a name with its attributes and elements. */
  private Object value(String name) {
    int at = 0;
    while (at < name.length() && ".[".indexOf(name.charAt(at)) < 0) {
      at++;
    }
    Object value = argument(name.substring(0, at), name.isEmpty());
    while (at < name.length()) {
      boolean attribute = name.charAt(at) == '.';
      if (!attribute && name.charAt(at) != '[') {
        throw JinjaException.value("Only '.' or '[' may follow ']' in format field specifier");
      }
      int end = at + 1;
      while (end < name.length()
          && (attribute ? ".[".indexOf(name.charAt(end)) < 0 : name.charAt(end) != ']')) {
        end++;
      }
      if (!attribute && end == name.length()) {
        throw JinjaException.value("Missing ']' in format string");
      }
      String part = name.substring(at + 1, end);
      if (part.isEmpty()) {
        throw JinjaException.value("Empty attribute in format string");
      }
      value =
          attribute
              ? Attributes.attribute(value, part)
              : Attributes.item(value, isNumber(part) ? (Object) number(part) : part);
      at = attribute ? end : end + 1;
    }
    return value;
  }

  private static boolean isNumber(String text) {
    return !text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9');
  }

  private static long number(String digits) {
    if (digits.length() > 9) {
      throw JinjaException.value("Too many decimal digits in format string");
    }
    return Long.parseLong(digits);
  }

  private Object argument(String name, boolean unnamed) {
    boolean numbered = isNumber(name);
    if (unnamed && manual || numbered && automatic > 0) {
      throw JinjaException.value(
          "cannot switch from manual field specification to automatic field numbering");
    }
    manual |= numbered;
    if (unnamed || numbered) {
      long index = unnamed ? automatic++ : number(name);
      if (index >= args.count()) {
        throw new JinjaException("IndexError", "tuple index out of range");
      }
      return args.get((int) index);
    }
    Object value = Attributes.subscript(mapping, name);
    if (value == Undefined.MISSING) {
      throw new JinjaException("KeyError", PyRepr.repr(name));
    }
    return value;
  }
}
