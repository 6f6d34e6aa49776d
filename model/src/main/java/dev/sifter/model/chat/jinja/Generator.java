package dev.sifter.model.chat.jinja;

import java.util.Iterator;
import java.util.List;

/** A generator whose body starts when the first element is asked for. */
abstract class Generator extends PyIterator {
  private final Object value;
  private Iterator<Object> items;

  Generator(Object value) {
    super("generator", null);
    this.value = value;
  }

  /** What happens before the first element: nothing, if not overridden. */
  void start() {}

  /** Whether nothing is asked of a value that is not true. */
  boolean skipsEmpty() {
    return true;
  }

  final Iterator<Object> items() {
    if (items == null) {
      if (skipsEmpty() && !Py.truth(value)) {
        items = List.of().iterator();
      } else {
        start();
        items = Py.iterate(value);
      }
    }
    return items;
  }
}
