package dev.sifter.model.chat.jinja;

import java.util.ArrayList;
import java.util.List;

/** Collects the arguments of a call and refuses an order that Python refuses. */
final class ArgumentList {
  private final int line;
  private final List<Expr> positional = new ArrayList<>();
  private final List<String> names = new ArrayList<>();
  private final List<Expr> named = new ArrayList<>();
  private Expr star;
  private Expr starStar;

  ArgumentList(int line) {
    this.line = line;
  }

  private void ensure(boolean allowed) {
    if (!allowed) {
      throw JinjaException.syntax("invalid syntax for function call expression", line);
    }
  }

  void star(OperandParser parser) {
    ensure(star == null && starStar == null);
    star = parser.expression();
  }

  void starStar(OperandParser parser) {
    ensure(starStar == null);
    starStar = parser.expression();
  }

  void named(OperandParser parser) {
    ensure(starStar == null);
    String name = (String) parser.stream.next().value();
    parser.stream.next();
    if (names.contains(name)) {
      throw new JinjaException("SyntaxError", "keyword argument repeated: " + name).at(line);
    }
    names.add(name);
    named.add(parser.expression());
  }

  void positional(OperandParser parser) {
    ensure(star == null && starStar == null && names.isEmpty());
    positional.add(parser.expression());
  }

  Calls.Arguments finish() {
    return new Calls.Arguments(
        positional.toArray(Expr.NONE),
        names.toArray(new String[0]),
        named.toArray(Expr.NONE),
        star,
        starStar);
  }
}
