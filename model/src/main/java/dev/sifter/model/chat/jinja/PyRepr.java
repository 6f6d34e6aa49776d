package dev.sifter.model.chat.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** {@code str()} and {@code repr()}. */
final class PyRepr {
  private static final MathContext ONE_DIGIT = new MathContext(1);

  private PyRepr() {}

  static String str(Object value) {
    if (value instanceof String text) {
      return text;
    }
    if (value instanceof Undefined) {
      Undefined.check(value);
      return "";
    }
    return value instanceof Markup markup ? markup.text() : repr(value);
  }

  static String repr(Object value) {
    StringBuilder out = new StringBuilder();
    append(value, out, 0);
    return out.toString();
  }

  private static void append(Object value, StringBuilder out, int depth) {
    Budget.visit();
    if (value == null) {
      out.append("None");
    } else if (value instanceof String text) {
      quote(text, out);
    } else if (value instanceof Boolean b) {
      out.append(b ? "True" : "False");
    } else if (value instanceof Long number) {
      out.append((long) number);
    } else if (value instanceof BigInteger big) {
      out.append(integer(big));
    } else if (value instanceof Double d) {
      out.append(real(d));
    } else if (value instanceof List<?> list) {
      sequence(list, out, '[', ']', depth);
    } else if (value instanceof Map<?, ?> map) {
      dict(map, out, depth);
    } else if (value instanceof PyTuple tuple) {
      sequence(tuple.items(), out, '(', ')', depth);
    } else {
      special(value, out, depth);
    }
    Budget.checkSize(out.length());
  }

  private static void special(Object value, StringBuilder out, int depth) {
    if (value instanceof Undefined) {
      out.append("Undefined");
    } else if (value instanceof Markup markup) {
      out.append("Markup(");
      quote(markup.text(), out);
      out.append(')');
    } else if (value instanceof PyRange range) {
      out.append("range(").append(range.start()).append(", ").append(range.stop());
      out.append(range.step() == 1 ? "" : ", " + range.step()).append(')');
    } else if (value instanceof Namespace namespace) {
      out.append("<Namespace ");
      dict(namespace.attributes(), out, depth);
      out.append('>');
    } else if (value instanceof LoopContext loop) {
      out.append("<LoopContext ").append(loop.index0() + 1).append('/').append(loop.length());
      out.append('>');
    } else if (value instanceof Macro macro) {
      String name = macro.name() == null ? "anonymous" : repr(macro.name());
      out.append("<Macro ").append(name).append('>');
    } else if (value instanceof DictView view) {
      out.append(view.part().typeName).append('(');
      items(view.iterator(), out, '[', ']', depth);
      out.append(')');
    } else if (value instanceof Slices slice) {
      append(new PyTuple(slice.start(), slice.stop(), slice.step()), out.append("slice"), depth);
    } else if (value instanceof Globals.Function function && function.className() != null) {
      out.append("<class '").append(function.className()).append("'>");
    } else {
      out.append('<').append(Py.typeName(value)).append(" object>");
    }
  }

  private static void sequence(List<?> list, StringBuilder out, char open, char close, int depth) {
    if (open == '(' && list.size() == 1) {
      out.append(open);
      append(list.get(0), out, deeper(depth));
      out.append(",)");
    } else {
      items(list.iterator(), out, open, close, depth);
    }
  }

  private static void items(
      Iterator<?> items, StringBuilder out, char open, char close, int depth) {
    out.append(open);
    boolean first = true;
    while (items.hasNext()) {
      if (!first) {
        out.append(", ");
      }
      first = false;
      append(items.next(), out, deeper(depth));
    }
    out.append(close);
  }

  private static void dict(Map<?, ?> map, StringBuilder out, int depth) {
    out.append('{');
    boolean first = true;
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      if (!first) {
        out.append(", ");
      }
      first = false;
      append(entry.getKey(), out, deeper(depth));
      out.append(": ");
      append(entry.getValue(), out, deeper(depth));
    }
    out.append('}');
  }

  static int deeper(int depth) {
    if (depth > 900) {
      throw new JinjaException(
          "RecursionError", "maximum recursion depth exceeded while getting the repr of an object");
    }
    return depth + 1;
  }

  static String integer(BigInteger value) {
    if (value.bitLength() > 14_284) {
      throw JinjaException.value(
          "Exceeds the limit (4300 digits) for integer string conversion;"
              + " use sys.set_int_max_str_digits() to increase the limit");
    }
    return value.toString();
  }

  /** The shortest decimal that reads back as the same double, in Python's spelling. */
  static String real(double value) {
    if (Double.isNaN(value)) {
      return "nan";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "inf" : "-inf";
    }
    if (value == 0) {
      return 1 / value < 0 ? "-0.0" : "0.0";
    }
    BigDecimal decimal = shortest(value);
    String digits = decimal.unscaledValue().abs().toString();
    int exponent = digits.length() - decimal.scale() - 1;
    StringBuilder out = new StringBuilder(value < 0 ? "-" : "");
    if (exponent < -4 || exponent >= 16) {
      out.append(digits.charAt(0));
      if (digits.length() > 1) {
        out.append('.').append(digits, 1, digits.length());
      }
      out.append('e').append(exponent < 0 ? '-' : '+');
      int magnitude = Math.abs(exponent);
      return out.append(magnitude < 10 ? "0" : "").append(magnitude).toString();
    }
    String plain = decimal.abs().toPlainString();
    out.append(plain);
    return plain.indexOf('.') < 0 ? out.append(".0").toString() : out.toString();
  }

  /** Java writes at least two digits, and so some of the smallest doubles with one too many. */
  private static BigDecimal shortest(double value) {
    BigDecimal decimal = new BigDecimal(Double.toString(value)).stripTrailingZeros();
    if (decimal.precision() == 2) {
      BigDecimal rounded = decimal.round(ONE_DIGIT);
      return rounded.doubleValue() == value ? rounded : decimal;
    }
    return decimal;
  }

  private static void quote(String text, StringBuilder out) {
    char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
    out.append(quote);
    for (int i = 0; i < text.length(); ) {
      int cp = text.codePointAt(i);
      i += Character.charCount(cp);
      if (cp == quote || cp == '\\') {
        out.append('\\').append((char) cp);
      } else if (cp >= 0x20 && cp < 0x7f) {
        out.append((char) cp);
      } else {
        escape(cp, out);
      }
    }
    out.append(quote);
  }

  /** {@code ascii(value)}: the repr, with all that is not ASCII escaped. */
  static String ascii(Object value) {
    StringBuilder out = new StringBuilder();
    repr(value)
        .codePoints()
        .forEach(
            cp -> {
              if (cp < 128) {
                out.append((char) cp);
              } else {
                escapeCode(cp, out);
              }
            });
    return out.toString();
  }

  private static void escape(int cp, StringBuilder out) {
    switch (cp) {
      case '\n' -> out.append("\\n");
      case '\r' -> out.append("\\r");
      case '\t' -> out.append("\\t");
      default -> {
        if (PyStr.isPrintable(cp)) {
          out.appendCodePoint(cp);
        } else {
          escapeCode(cp, out);
        }
      }
    }
  }

  private static void escapeCode(int cp, StringBuilder out) {
    if (cp < 0x100) {
      hex(out.append("\\x"), cp, 2);
    } else if (cp < 0x10000) {
      hex(out.append("\\u"), cp, 4);
    } else {
      hex(out.append("\\U"), cp, 8);
    }
  }

  /** Appends a number as so many lower-case hexadecimal digits. */
  static void hex(StringBuilder out, int value, int digits) {
    for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4) {
      out.append(Character.forDigit(value >>> shift & 15, 16));
    }
  }
}
