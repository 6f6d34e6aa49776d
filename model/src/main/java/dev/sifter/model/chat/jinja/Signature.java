package dev.sifter.model.chat.jinja;

import java.util.ArrayList;
import java.util.List;

/** Parameters of a Python function: binds arguments to them, with Python's messages. */
final class Signature {
  private final String function;
  private final int hidden;
  private final String[] names;
  private final Object[] defaults;
  private final int required;

  /**
   * A signature.
   *
   * @param hidden leading parameters that the environment passes; they count in messages
   * @param defaults the values of the last parameters
   */
  Signature(String function, int hidden, String[] names, Object... defaults) {
    this.function = function;
    this.hidden = hidden;
    this.names = names;
    this.defaults = defaults;
    this.required = names.length - defaults.length;
  }

  static Signature of(String function, String names, Object... defaults) {
    return new Signature(function, 0, names.split(" "), defaults);
  }

  static Signature withEnvironment(String function, String names, Object... defaults) {
    return new Signature(function, 1, names.split(" "), defaults);
  }

  /** One value a parameter; {@code first} is the value that a filter gets. */
  Object[] bind(Object first, Args args) {
    Object[] values = new Object[names.length];
    boolean[] given = new boolean[names.length];
    int count = args.count() + 1;
    values[0] = first;
    given[0] = true;
    for (int i = 1; i < Math.min(count, names.length); i++) {
      values[i] = args.get(i - 1);
      given[i] = true;
    }
    for (int i = 0; i < args.names().length; i++) {
      int at = indexOf(args.names()[i]);
      if (at < 0) {
        throw JinjaException.type(
            function + "() got an unexpected keyword argument '" + args.names()[i] + "'");
      }
      if (given[at]) {
        throw JinjaException.type(
            function + "() got multiple values for argument '" + args.names()[i] + "'");
      }
      values[at] = args.named()[i];
      given[at] = true;
    }
    if (count > names.length) {
      throw tooMany(count);
    }
    List<String> missing = new ArrayList<>();
    for (int i = 1; i < names.length; i++) {
      if (!given[i] && i < required) {
        missing.add("'" + names[i] + "'");
      } else if (!given[i]) {
        values[i] = defaults[i - required];
      }
    }
    if (!missing.isEmpty()) {
      throw missing(missing);
    }
    return values;
  }

  private int indexOf(String name) {
    for (int i = 0; i < names.length; i++) {
      if (names[i].equals(name)) {
        return i;
      }
    }
    return -1;
  }

  private JinjaException tooMany(int count) {
    int most = names.length + hidden;
    int least = required + hidden;
    String takes = least == most ? "takes " + most : "takes from " + least + " to " + most;
    String noun = most == 1 ? " positional argument but " : " positional arguments but ";
    int given = count + hidden;
    String were = given == 1 ? " was given" : " were given";
    return JinjaException.type(function + "() " + takes + noun + given + were);
  }

  private JinjaException missing(List<String> missing) {
    int count = missing.size();
    String list =
        switch (count) {
          case 1 -> missing.get(0);
          case 2 -> missing.get(0) + " and " + missing.get(1);
          default ->
              String.join(", ", missing.subList(0, count - 1)) + ", and " + missing.get(count - 1);
        };
    String noun =
        count == 1 ? " required positional argument: " : " required positional arguments: ";
    return JinjaException.type(function + "() missing " + count + noun + list);
  }
}
