package dev.sifter.model.chat.jinja;

import java.util.Arrays;

/** Variables of one block, and the scope around it. Names are interned. */
final class Scope {
  final Run run;
  private final Scope parent;
  private String[] names = new String[4];
  private Object[] values = new Object[4];
  private int size;

  Scope(Run run, Scope parent) {
    this.run = run;
    this.parent = parent;
  }

  Scope inner() {
    return new Scope(run, this);
  }

  /** The value of a variable here or further out, or {@link Undefined#MISSING}. */
  @SuppressWarnings("StringEquality")
  Object get(String name) {
    for (Scope scope = this; scope != null; scope = scope.parent) {
      String[] known = scope.names;
      for (int i = scope.size - 1; i >= 0; i--) {
        if (known[i] == name) {
          return scope.values[i];
        }
      }
    }
    return Undefined.MISSING;
  }

  /** Sets a variable of this very scope. */
  @SuppressWarnings("StringEquality")
  void set(String name, Object value) {
    for (int i = 0; i < size; i++) {
      if (names[i] == name) {
        values[i] = value;
        return;
      }
    }
    if (size == names.length) {
      names = Arrays.copyOf(names, size * 2);
      values = Arrays.copyOf(values, size * 2);
    }
    names[size] = name;
    values[size++] = value;
  }
}
