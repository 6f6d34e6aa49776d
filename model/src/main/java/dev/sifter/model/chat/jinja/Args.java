package dev.sifter.model.chat.jinja;

import java.util.LinkedHashMap;
import java.util.Map;

/** The arguments of a call: by position, then by name. */
record Args(Object[] positional, String[] names, Object[] named) {
  private static final String[] NO_NAMES = {};
  private static final Object[] NOTHING = {};
  static final Args NONE = new Args(NOTHING, NO_NAMES, NOTHING);

  static Args of(Object... positional) {
    return positional.length == 0 ? NONE : new Args(positional, NO_NAMES, NOTHING);
  }

  int count() {
    return positional.length;
  }

  Object get(int index) {
    return positional[index];
  }

  boolean hasNames() {
    return names.length > 0;
  }

  /** The named argument, or {@link Undefined#MISSING}. */
  Object named(String name) {
    for (int i = 0; i < names.length; i++) {
      if (names[i].equals(name)) {
        return named[i];
      }
    }
    return Undefined.MISSING;
  }

  Map<Object, Object> namedAsDict() {
    Map<Object, Object> dict = new LinkedHashMap<>();
    for (int i = 0; i < names.length; i++) {
      dict.put(names[i], named[i]);
    }
    return dict;
  }

  /** The same arguments without the first positional ones. */
  Args skip(int count) {
    int rest = Math.max(0, positional.length - count);
    Object[] kept = new Object[rest];
    System.arraycopy(positional, positional.length - rest, kept, 0, rest);
    return new Args(kept, names, named);
  }
}
