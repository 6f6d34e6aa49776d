package dev.sifter.model.chat.jinja;

/** A statement. */
abstract class Stmt {
  /** What comes after a statement: the next one, or the end or next turn of the loop. */
  enum Flow {
    NEXT,
    BREAK,
    CONTINUE
  }

  final int line;

  Stmt(int line) {
    this.line = line;
  }

  /** Runs it, writing to an output. */
  abstract Flow exec(Scope scope, StringBuilder out);

  /**
   * What a filter or call block prints: Jinja joins the pieces of a text without making them text.
   */
  static String requireText(Object value, String block) {
    if (!Py.isText(value)) {
      throw JinjaException.type("the " + block + " block gave no str but " + Py.typeName(value));
    }
    return value.toString();
  }

  /** Shows its expressions and blocks to the checks that follow parsing. */
  abstract void check(Checks checks);
}
