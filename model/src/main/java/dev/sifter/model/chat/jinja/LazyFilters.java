package dev.sifter.model.chat.jinja;

import java.util.HashSet;
import java.util.Set;

/** Filters that are generators in Python: nothing happens, and nothing fails, before iteration. */
final class LazyFilters {
  private static final Signature UNIQUE =
      Signature.withEnvironment("sync_do_unique", "value case_sensitive attribute", false, null);

  private LazyFilters() {}

  static boolean exists(String name) {
    return switch (name) {
      case "map", "reject", "rejectattr", "select", "selectattr", "unique" -> true;
      default -> RowFilters.exists(name);
    };
  }

  static Object call(String name, Object value, Args args) {
    return switch (name) {
      case "map" -> new Mapping(value, args);
      case "select" -> new Selection(value, args, true, false);
      case "reject" -> new Selection(value, args, false, false);
      case "selectattr" -> new Selection(value, args, true, true);
      case "rejectattr" -> new Selection(value, args, false, true);
      case "unique" -> new Unique(value, UNIQUE.bind(value, args));
      default -> RowFilters.call(name, value, args);
    };
  }

  private static final class Mapping extends Generator {
    private final Args args;
    private AttributeGetter getter;
    private String filter;
    private Args rest;

    Mapping(Object value, Args args) {
      super(value);
      this.args = args;
    }

    @Override
    void start() {
      Object attribute = args.named("attribute");
      if (args.count() == 0 && attribute != Undefined.MISSING) {
        for (String name : args.names()) {
          if (!name.equals("attribute") && !name.equals("default")) {
            throw JinjaException.filterArgument("Unexpected keyword argument " + PyRepr.repr(name));
          }
        }
        Object otherwise = args.named("default");
        getter = new AttributeGetter(attribute, otherwise == Undefined.MISSING ? null : otherwise);
        return;
      }
      if (args.count() == 0) {
        throw JinjaException.filterArgument("map requires a filter argument");
      }
      filter = name(args.get(0), "filter");
      rest = args.skip(1);
    }

    @Override
    Object advance() {
      if (!items().hasNext()) {
        return Undefined.MISSING;
      }
      Object item = items().next();
      if (getter != null) {
        return getter.get(item);
      }
      if (!Filters.exists(filter)) {
        throw JinjaException.runtime("No filter named " + PyRepr.repr(filter) + ".");
      }
      return Filters.call(filter, item, rest);
    }
  }

  /** The name of a filter or test that is given as a value. */
  private static String name(Object value, String what) {
    if (Py.isText(value)) {
      return value.toString();
    }
    String message = "No " + what + " named " + PyRepr.repr(value) + ".";
    if (value instanceof Undefined undefined) {
      message +=
          " (" + undefined.error().getMessage() + "; did you forget to quote the callable name?)";
    } else {
      Compare.requireHashable(value);
    }
    throw JinjaException.runtime(message);
  }

  private static final class Selection extends Generator {
    private final Args args;
    private final boolean wanted;
    private final boolean byAttribute;
    private AttributeGetter getter;
    private Object test;
    private Args rest;

    Selection(Object value, Args args, boolean wanted, boolean byAttribute) {
      super(value);
      this.args = args;
      this.wanted = wanted;
      this.byAttribute = byAttribute;
    }

    @Override
    void start() {
      int offset = byAttribute ? 1 : 0;
      if (byAttribute) {
        if (args.count() == 0) {
          throw JinjaException.filterArgument("Missing parameter for attribute name");
        }
        getter = new AttributeGetter(args.get(0), null);
      }
      test = args.count() > offset ? args.get(offset) : Undefined.MISSING;
      rest = args.skip(offset + 1);
    }

    @Override
    Object advance() {
      while (items().hasNext()) {
        Object item = items().next();
        Object subject = getter == null ? item : getter.get(item);
        if (passes(subject) == wanted) {
          return item;
        }
      }
      return Undefined.MISSING;
    }

    private boolean passes(Object subject) {
      if (test == Undefined.MISSING) {
        return Py.truth(subject);
      }
      String name = name(test, "test");
      if (!Tests.exists(name)) {
        throw JinjaException.runtime("No test named " + PyRepr.repr(name) + ".");
      }
      return Py.truth(Tests.call(name, subject, rest));
    }
  }

  /** A key of a set: numbers that are equal, and text that is equal, are one key. */
  private record Key(Object value) {
    @Override
    public boolean equals(Object other) {
      return other instanceof Key key && (value == key.value || Compare.equal(value, key.value));
    }

    @Override
    public int hashCode() {
      return Compare.hash(value);
    }
  }

  private static final class Unique extends Generator {
    private final Object[] args;
    private final Set<Key> seen = new HashSet<>();
    private AttributeGetter getter;

    Unique(Object value, Object[] args) {
      super(value);
      this.args = args;
    }

    @Override
    void start() {
      getter = args[2] == null ? null : new AttributeGetter(args[2], null);
    }

    @Override
    boolean skipsEmpty() {
      return false;
    }

    @Override
    Object advance() {
      while (items().hasNext()) {
        Object item = items().next();
        Object key = getter == null ? item : getter.get(item);
        key = Py.truth(args[1]) ? key : SequenceFilters.ignoreCase(key);
        Compare.requireHashable(key);
        if (seen.add(new Key(key))) {
          return item;
        }
      }
      return Undefined.MISSING;
    }
  }
}
