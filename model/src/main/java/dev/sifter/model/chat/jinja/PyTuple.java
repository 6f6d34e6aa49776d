package dev.sifter.model.chat.jinja;

import java.util.Arrays;
import java.util.List;

/** Python's tuple; unlike a list it may be a key. */
class PyTuple {
  static final PyTuple EMPTY = new PyTuple();

  private final Object[] items;

  PyTuple(Object... items) {
    this.items = items;
  }

  /** The elements; not to be changed. */
  List<Object> items() {
    return Arrays.asList(items);
  }

  Object[] array() {
    return items;
  }

  int size() {
    return items.length;
  }

  @Override
  public final boolean equals(Object other) {
    return other instanceof PyTuple tuple && Compare.equal(this, tuple);
  }

  @Override
  public final int hashCode() {
    int hash = 7;
    for (Object item : items) {
      hash = 31 * hash + Compare.hash(item);
    }
    return hash;
  }
}
