package dev.sifter.model.chat.jinja;

/** A value that a strict template prints, tests or goes through: it must be there. */
final class Defined extends Expr {
  private final Expr value;

  Defined(Expr value) {
    this.value = value;
  }

  @Override
  Object eval(Scope scope) {
    Object found = value.eval(scope);
    if (found instanceof Undefined undefined) {
      throw undefined.error();
    }
    return found;
  }

  @Override
  Expr[] children() {
    return new Expr[] {value};
  }
}
