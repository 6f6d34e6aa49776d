package dev.sifter.model.chat.jinja;

import java.util.ArrayList;
import java.util.List;

/**
 * Parses expressions, with Jinja's precedence: filters and tests bind to the operand before them.
 */
abstract class ExpressionParser extends OperandParser {
  private static final int MAX_DEPTH = 150;

  private int depth;

  ExpressionParser(TokenStream stream, boolean strict) {
    super(stream, strict);
  }

  @Override
  final Expr expression() {
    if (++depth > MAX_DEPTH) {
      throw stream.fail("an expression is nested more than " + MAX_DEPTH + " deep");
    }
    int line = stream.current().line();
    Expr value = or();
    while (stream.skipIf("if")) {
      Expr test = or();
      Expr otherwise = stream.skipIf("else") ? expression() : null;
      value = fold(new Operators.Conditional(test, value, otherwise, line));
      line = stream.current().line();
    }
    depth--;
    return value;
  }

  @Override
  final Expr or() {
    Expr left = and();
    while (stream.skipIf("or")) {
      left = fold(new Operators.Logic(false, left, and()));
    }
    return left;
  }

  private Expr and() {
    Expr left = not();
    while (stream.skipIf("and")) {
      left = fold(new Operators.Logic(true, left, not()));
    }
    return left;
  }

  private Expr not() {
    int count = 0;
    while (stream.skipIf("not")) {
      count++;
    }
    Expr value = comparison();
    for (int i = 0; i < Math.min(count, 2 + count % 2); i++) {
      value = fold(new Operators.Not(value));
    }
    return value;
  }

  private Expr comparison() {
    Expr first = sum();
    List<Expr> operands = new ArrayList<>(List.of(first));
    List<Operators.Comparison.Op> operators = new ArrayList<>();
    while (true) {
      Operators.Comparison.Op operator = Operators.Comparison.Op.of(stream.kind());
      if (operator != null) {
        stream.next();
      } else if (stream.skipIf("in")) {
        operator = Operators.Comparison.Op.IN;
      } else if (stream.current().isName("not") && stream.look().isName("in")) {
        stream.next();
        stream.next();
        operator = Operators.Comparison.Op.NOT_IN;
      } else {
        break;
      }
      operators.add(operator);
      operands.add(sum());
    }
    return operators.isEmpty() ? first : fold(new Operators.Comparison(operands, operators));
  }

  private Expr sum() {
    Expr left = concat();
    while (stream.kind() == Kind.ADD || stream.kind() == Kind.SUB) {
      Kind operator = stream.next().kind();
      left = fold(new Operators.Binary(operator, left, concat()));
    }
    return left;
  }

  private Expr concat() {
    Expr first = product();
    if (stream.kind() != Kind.TILDE) {
      return first;
    }
    List<Expr> parts = new ArrayList<>(List.of(first));
    while (stream.skipIf(Kind.TILDE)) {
      parts.add(product());
    }
    return fold(new Operators.Concat(parts));
  }

  private Expr product() {
    Expr left = power();
    while (true) {
      switch (stream.kind()) {
        case MUL, DIV, FLOORDIV, MOD -> {
          Kind operator = stream.next().kind();
          left = fold(new Operators.Binary(operator, left, power()));
        }
        default -> {
          return left;
        }
      }
    }
  }

  private Expr power() {
    Expr left = unary(true);
    while (stream.skipIf(Kind.POW)) {
      Expr right = unary(true);
      left =
          right.foldable() ? fold(new Operators.Binary(Kind.POW, left, right)) : power(left, right);
    }
    return left;
  }

  /** Jinja writes a negative constant into Python code, where its sign comes after the power. */
  private static Expr power(Expr base, Expr exponent) {
    Object value = base instanceof Operands.Const constant ? constant.value : null;
    boolean negative =
        value instanceof Double d && Math.copySign(1, d) < 0
            || Numbers.isInteger(value) && Numbers.big(value).signum() < 0;
    if (!negative) {
      return new Operators.Binary(Kind.POW, base, exponent);
    }
    Expr positive = new Operands.Const(Arithmetic.negate(value, false));
    return new Operators.Sign(false, new Operators.Binary(Kind.POW, positive, exponent));
  }

  private Expr unary(boolean withFilter) {
    Expr value;
    if (stream.kind() == Kind.SUB || stream.kind() == Kind.ADD) {
      boolean plus = stream.next().kind() == Kind.ADD;
      if (++depth > MAX_DEPTH) {
        throw stream.fail("an expression is nested more than " + MAX_DEPTH + " deep");
      }
      value = fold(new Operators.Sign(plus, unary(false)));
      depth--;
    } else {
      value = primary(false);
    }
    value = postfix(value);
    return withFilter ? filters(value) : value;
  }
}
