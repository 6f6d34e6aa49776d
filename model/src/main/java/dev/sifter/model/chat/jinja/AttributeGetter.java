package dev.sifter.model.chat.jinja;

import java.util.ArrayList;
import java.util.List;

/** {@code attribute="a.b.0"} of filters: looks up one part after the other. */
final class AttributeGetter {
  private final List<Object> parts = new ArrayList<>();
  private final Object otherwise;

  /** A getter; {@code otherwise}, where it is not None, stands for what is undefined. */
  AttributeGetter(Object attribute, Object otherwise) {
    this.otherwise = otherwise;
    if (Py.isText(attribute)) {
      for (Object part : PyStr.split(attribute.toString(), ".", -1)) {
        boolean index = Casing.all((String) part, "isdigit");
        parts.add(index ? (Object) parse((String) part) : part);
      }
    } else if (attribute != null) {
      parts.add(attribute);
    }
  }

  private static long parse(String digits) {
    if (!Casing.all(digits, "isdecimal")) {
      throw JinjaException.value("invalid literal for int() with base 10: " + PyRepr.repr(digits));
    }
    try {
      return Long.parseLong(digits);
    } catch (NumberFormatException tooLarge) {
      return Long.MAX_VALUE;
    }
  }

  Object get(Object item) {
    Object value = item;
    for (Object part : parts) {
      value = Attributes.item(value, part);
      if (value instanceof Undefined && otherwise != null) {
        value = otherwise;
      }
    }
    return value;
  }
}
