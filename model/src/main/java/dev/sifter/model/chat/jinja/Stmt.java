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

  /** Shows its expressions and blocks to the checks that follow parsing. */
  abstract void check(Checks checks);
}
