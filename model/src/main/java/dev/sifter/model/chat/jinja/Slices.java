package dev.sifter.model.chat.jinja;

import java.util.ArrayList;
import java.util.List;

/** {@code value[start:stop:step]} and {@code value[index]}. */
record Slices(Object start, Object stop, Object step) {

  /** The slice of a text, list, tuple or range; {@link Undefined#MISSING} for anything else. */
  Object of(Object value) {
    if (Py.isText(value)) {
      String text = slice(value.toString());
      return value instanceof Markup ? new Markup(text) : text;
    }
    if (value instanceof PyRange range) {
      long[] bounds = bounds(range.length());
      return range.slice(bounds[0], bounds[1], bounds[2]);
    }
    List<?> items = Py.sequence(value);
    if (items == null) {
      return Undefined.MISSING;
    }
    long[] bounds = bounds(items.size());
    int count = (int) new PyRange(bounds[0], bounds[1], bounds[2]).length();
    List<Object> out = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      out.add(items.get((int) (bounds[0] + i * bounds[2])));
    }
    return value instanceof PyTuple ? new PyTuple(out.toArray()) : out;
  }

  private String slice(String text) {
    Budget.read(text.length());
    int length = PyStr.length(text);
    long[] bounds = bounds(length);
    boolean plain = length == text.length();
    if (bounds[2] == 1) {
      if (bounds[1] <= bounds[0]) {
        return "";
      }
      int from = plain ? (int) bounds[0] : text.offsetByCodePoints(0, (int) bounds[0]);
      int count = (int) (bounds[1] - bounds[0]);
      return text.substring(from, plain ? from + count : text.offsetByCodePoints(from, count));
    }
    int[] points = text.codePoints().toArray();
    int count = (int) new PyRange(bounds[0], bounds[1], bounds[2]).length();
    StringBuilder out = new StringBuilder(count);
    for (int i = 0; i < count; i++) {
      out.appendCodePoint(points[(int) (bounds[0] + i * bounds[2])]);
    }
    return out.toString();
  }

  /** Start, stop and step for a length, as Python's {@code slice.indices}. */
  private long[] bounds(long length) {
    long by = step == null ? 1 : Math.clamp(index(step), -(1L << 40), 1L << 40);
    if (by == 0) {
      throw JinjaException.value("slice step cannot be zero");
    }
    long lowest = by < 0 ? -1 : 0;
    long highest = by < 0 ? length - 1 : length;
    long from = start == null ? (by < 0 ? highest : lowest) : place(start, length, lowest, highest);
    long to = stop == null ? (by < 0 ? lowest : highest) : place(stop, length, lowest, highest);
    return new long[] {from, to, by};
  }

  private static long place(Object value, long length, long lowest, long highest) {
    long at = index(value);
    return at < 0 ? Math.max(at + length, lowest) : Math.min(at, highest);
  }

  private static long index(Object value) {
    if (!Numbers.isInteger(value)) {
      throw JinjaException.type(
          "slice indices must be integers or None or have an __index__ method");
    }
    return Numbers.clamp(value);
  }

  /** The element at an integer index, or {@link Undefined#MISSING} where it is out of range. */
  static Object element(Object value, Object index) {
    long at = Numbers.clamp(index);
    if (value instanceof String text) {
      Budget.read(text.length());
      int length = PyStr.length(text);
      at += at < 0 ? length : 0;
      if (at < 0 || at >= length) {
        return Undefined.MISSING;
      }
      int from = text.offsetByCodePoints(0, (int) at);
      return text.substring(from, text.offsetByCodePoints(from, 1));
    }
    if (value instanceof Markup markup) {
      Object item = element(markup.text(), index);
      return item == Undefined.MISSING ? item : new Markup((String) item);
    }
    long length = value instanceof PyRange range ? range.length() : Py.sequence(value).size();
    at += at < 0 ? length : 0;
    if (at < 0 || at >= length) {
      return Undefined.MISSING;
    }
    return value instanceof PyRange range ? range.get(at) : Py.sequence(value).get((int) at);
  }
}
