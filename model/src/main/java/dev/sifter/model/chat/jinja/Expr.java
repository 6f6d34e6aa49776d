package dev.sifter.model.chat.jinja;

import java.util.Locale;

/** An expression. */
abstract class Expr {
  static final Expr[] NONE = {};

  /** Its value; may change nothing but the budget and lazy sequences. */
  abstract Object eval(Scope scope);

  /** The expressions inside, in the order in which Jinja compiles them. */
  abstract Expr[] children();

  private Boolean foldable;

  /** Whether it is worth trying to evaluate it while compiling. */
  final boolean foldable() {
    if (foldable == null) {
      foldable = mayFold();
    }
    return foldable;
  }

  boolean mayFold() {
    for (Expr child : children()) {
      if (child != null && !child.foldable()) {
        return false;
      }
    }
    return true;
  }

  /** The word that Jinja uses for it in "can't assign to". */
  String kind() {
    return getClass().getSimpleName().toLowerCase(Locale.ROOT);
  }

  /** The value as a text output. */
  final String print(Scope scope) {
    return PyRepr.str(eval(scope));
  }
}
