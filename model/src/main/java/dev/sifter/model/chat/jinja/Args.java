package dev.sifter.model.chat.jinja;

import java.util.LinkedHashMap;
import java.util.List;
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

  /** Fails where there are named arguments, which a function written in C does not take. */
  void noNames(String function) {
    if (hasNames()) {
      throw JinjaException.type(function + "() takes no keyword arguments");
    }
  }

  /** The same for a method, whose whole name is put together only to fail. */
  void noNames(String type, String method) {
    if (hasNames()) {
      noNames(type + "." + method);
    }
  }

  /** Fails where there are other named arguments than these. */
  void onlyNames(String function, String... allowed) {
    for (String name : names) {
      if (!List.of(allowed).contains(name)) {
        throw JinjaException.type(
            "'" + name + "' is an invalid keyword argument for " + function + "()");
      }
    }
  }

  void atLeast(String function, int least) {
    if (count() < least) {
      throw expected(function, "at least " + least, least);
    }
  }

  void atMost(String function, int most) {
    if (count() > most) {
      throw expected(function, "at most " + most, most);
    }
  }

  private JinjaException expected(String function, String bound, int arguments) {
    String noun = arguments == 1 ? " argument" : " arguments";
    return JinjaException.type(function + " expected " + bound + noun + ", got " + count());
  }

  /** The only argument of a function that takes one. */
  Object only(String function) {
    noNames(function);
    if (count() != 1) {
      throw JinjaException.type(function + "() takes exactly one argument (" + count() + " given)");
    }
    return positional[0];
  }

  /** The argument at a place or of a name, else a default. */
  Object option(int at, String name, Object otherwise) {
    if (count() > at) {
      return positional[at];
    }
    Object value = named(name);
    return value == Undefined.MISSING ? otherwise : value;
  }

  /** The same arguments without the first positional ones. */
  Args skip(int count) {
    int rest = Math.max(0, positional.length - count);
    Object[] kept = new Object[rest];
    System.arraycopy(positional, positional.length - rest, kept, 0, rest);
    return new Args(kept, names, named);
  }
}
