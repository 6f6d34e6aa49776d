package dev.sifter.model.chat.jinja;

import java.util.List;

/** Statements in a row. */
record Block(Stmt[] statements) {
  static final Block EMPTY = new Block(new Stmt[0]);

  static Block of(List<Stmt> statements) {
    return statements.isEmpty() ? EMPTY : new Block(statements.toArray(new Stmt[0]));
  }

  Stmt.Flow exec(Scope scope, StringBuilder out) {
    Run run = scope.run;
    for (Stmt statement : statements) {
      run.line = statement.line;
      run.budget.step();
      Stmt.Flow flow = statement.exec(scope, out);
      if (flow != Stmt.Flow.NEXT) {
        return flow;
      }
    }
    return Stmt.Flow.NEXT;
  }

  void check(Checks checks) {
    for (Stmt statement : statements) {
      statement.check(checks);
    }
  }
}
