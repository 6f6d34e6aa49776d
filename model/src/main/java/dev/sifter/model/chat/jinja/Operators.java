package dev.sifter.model.chat.jinja;

import java.util.List;
import java.util.Locale;

/** Expressions that combine values. */
final class Operators {
  private Operators() {}

  /** {@code a + b} and the other arithmetic. */
  static final class Binary extends Expr {
    private final Kind operator;
    private final Expr left;
    private final Expr right;

    Binary(Kind operator, Expr left, Expr right) {
      this.operator = operator;
      this.left = left;
      this.right = right;
    }

    @Override
    Object eval(Scope scope) {
      Object a = left.eval(scope);
      return scope.run.keep(Arithmetic.binary(operator, a, right.eval(scope)));
    }

    @Override
    Expr[] children() {
      return new Expr[] {left, right};
    }

    @Override
    String kind() {
      return switch (operator) {
        case FLOORDIV -> "floordiv";
        default -> operator.name().toLowerCase(Locale.ROOT);
      };
    }
  }

  /** {@code -a}, {@code +a}. */
  static final class Sign extends Expr {
    private final boolean plus;
    private final Expr value;

    Sign(boolean plus, Expr value) {
      this.plus = plus;
      this.value = value;
    }

    @Override
    Object eval(Scope scope) {
      return Arithmetic.negate(value.eval(scope), plus);
    }

    @Override
    Expr[] children() {
      return new Expr[] {value};
    }

    @Override
    String kind() {
      return plus ? "pos" : "neg";
    }
  }

  /** {@code a ~ b}: plain text, without escaping. */
  static final class Concat extends Expr {
    private final Expr[] parts;

    Concat(List<Expr> parts) {
      this.parts = parts.toArray(Expr.NONE);
    }

    @Override
    Object eval(Scope scope) {
      Object[] values = new Object[parts.length];
      for (int i = 0; i < parts.length; i++) {
        values[i] = parts[i].eval(scope);
      }
      StringBuilder out = new StringBuilder();
      for (Object value : values) {
        scope.run.print(out, PyRepr.str(value));
      }
      return scope.run.keep(out.toString());
    }

    @Override
    Expr[] children() {
      return parts;
    }
  }

  /** {@code a and b}, {@code a or b}: the value that decides. */
  static final class Logic extends Expr {
    private final boolean and;
    private final Expr left;
    private final Expr right;

    Logic(boolean and, Expr left, Expr right) {
      this.and = and;
      this.left = left;
      this.right = right;
    }

    @Override
    Object eval(Scope scope) {
      Object value = left.eval(scope);
      return Py.truth(value) == and ? right.eval(scope) : value;
    }

    @Override
    boolean mayFold() {
      return left.foldable();
    }

    @Override
    Expr[] children() {
      return new Expr[] {left, right};
    }

    @Override
    String kind() {
      return and ? "and" : "or";
    }
  }

  /** {@code not a}. */
  static final class Not extends Expr {
    private final Expr value;

    Not(Expr value) {
      this.value = value;
    }

    @Override
    Object eval(Scope scope) {
      return !Py.truth(value.eval(scope));
    }

    @Override
    Expr[] children() {
      return new Expr[] {value};
    }
  }

  /** {@code a < b <= c}: each operand is evaluated once, and no more than needed. */
  static final class Comparison extends Expr {
    private final Expr[] operands;
    private final Op[] operators;

    /** A comparison; {@code IN} and {@code NOT_IN} have no token of their own. */
    enum Op {
      EQ,
      NE,
      IN,
      NOT_IN,
      LT(Kind.LT),
      LTEQ(Kind.LTEQ),
      GT(Kind.GT),
      GTEQ(Kind.GTEQ);

      private final Kind order;

      Op() {
        this(null);
      }

      Op(Kind order) {
        this.order = order;
      }

      /** The operator of a token, or null. */
      static Op of(Kind kind) {
        return switch (kind) {
          case EQ -> EQ;
          case NE -> NE;
          case LT -> LT;
          case LTEQ -> LTEQ;
          case GT -> GT;
          case GTEQ -> GTEQ;
          default -> null;
        };
      }

      boolean holds(Object a, Object b) {
        return switch (this) {
          case EQ -> Compare.equal(a, b);
          case NE -> !Compare.equal(a, b);
          case IN -> Compare.contains(b, a);
          case NOT_IN -> !Compare.contains(b, a);
          default -> Compare.ordered(a, b, order);
        };
      }
    }

    Comparison(List<Expr> operands, List<Op> operators) {
      this.operands = operands.toArray(Expr.NONE);
      this.operators = operators.toArray(new Op[0]);
    }

    @Override
    Object eval(Scope scope) {
      Object left = operands[0].eval(scope);
      for (int i = 0; i < operators.length; i++) {
        Object right = operands[i + 1].eval(scope);
        if (!operators[i].holds(left, right)) {
          return false;
        }
        left = right;
      }
      return true;
    }

    @Override
    Expr[] children() {
      return operands;
    }

    @Override
    String kind() {
      return "compare";
    }
  }

  /** {@code a if test else b}; without else the other value is undefined. */
  static final class Conditional extends Expr {
    private final Expr test;
    private final Expr value;
    private final Expr otherwise;

    private final int line;

    Conditional(Expr test, Expr value, Expr otherwise, int line) {
      this.line = line;
      this.test = test;
      this.value = value;
      this.otherwise = otherwise;
    }

    @Override
    Object eval(Scope scope) {
      if (Py.truth(test.eval(scope))) {
        return value.eval(scope);
      }
      if (otherwise != null) {
        return otherwise.eval(scope);
      }
      if (scope.run.folding) {
        throw Folding.IMPOSSIBLE;
      }
      return Undefined.hint(
          "the inline if-expression on line "
              + line
              + " evaluated to false and no else section was defined.");
    }

    @Override
    boolean mayFold() {
      return test.foldable();
    }

    @Override
    Expr[] children() {
      return otherwise == null ? new Expr[] {value, test} : new Expr[] {value, test, otherwise};
    }

    @Override
    String kind() {
      return "condexpr";
    }
  }
}
