package dev.sifter.model.chat.jinja;

/** {@code str.format} with plain fields: {@code {}}, {@code {0}}, {@code {name}}, {@code !r}. */
final class StrFormat {
  private StrFormat() {}

  static String format(String text, Args args) {
    StringBuilder out = new StringBuilder();
    int automatic = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean doubled = i + 1 < text.length() && text.charAt(i + 1) == c;
      if ((c == '{' || c == '}') && doubled) {
        out.append(c);
        i++;
      } else if (c == '{') {
        int end = text.indexOf('}', i);
        if (end < 0) {
          throw JinjaException.value(
              i + 1 == text.length()
                  ? "Single '{' encountered in format string"
                  : "expected '}' before end of string");
        }
        String field = text.substring(i + 1, end);
        boolean repr = field.endsWith("!r");
        String key = repr || field.endsWith("!s") ? field.substring(0, field.length() - 2) : field;
        Object value = key.isEmpty() ? at(args, automatic++) : field(args, key);
        out.append(repr ? PyRepr.repr(value) : PyRepr.str(value));
        i = end;
      } else if (c == '}') {
        throw JinjaException.value("Single '}' encountered in format string");
      } else {
        out.append(c);
      }
      Budget.checkSize(out.length());
    }
    return out.toString();
  }

  private static Object field(Args args, String key) {
    boolean number = key.length() < 6 && key.chars().allMatch(c -> c >= '0' && c <= '9');
    if (number) {
      return at(args, Integer.parseInt(key));
    }
    if (!Casing.isIdentifier(key)) {
      throw JinjaException.value(
          "format field '" + key + "': only plain fields are part of the sandbox; use % or ~");
    }
    Object value = args.named(key);
    if (value == Undefined.MISSING) {
      throw new JinjaException("KeyError", PyRepr.repr(key));
    }
    return value;
  }

  private static Object at(Args args, int index) {
    if (index >= args.count()) {
      throw new JinjaException(
          "IndexError", "Replacement index " + index + " out of range for positional args tuple");
    }
    return args.get(index);
  }
}
