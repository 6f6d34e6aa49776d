package dev.sifter.model.chat.jinja;

import java.util.ArrayList;
import java.util.List;

/**
 * Parses expressions, with Jinja's precedence: filters and tests bind to the operand before them.
 */
class ExpressionParser {
  private static final int MAX_DEPTH = 150;

  final TokenStream stream;
  final Folding folding = new Folding();

  /** Names that the macro being parsed uses; macros around it see them too. */
  final List<String> used = new ArrayList<>();

  private int depth;

  ExpressionParser(TokenStream stream) {
    this.stream = stream;
  }

  final Expr fold(Expr expression) {
    return folding.fold(expression);
  }

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
      left = fold(new Operators.Binary(Kind.POW, left, unary(true)));
    }
    return left;
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

  final Expr primary(boolean withNamespace) {
    Token token = stream.current();
    switch (token.kind()) {
      case NAME:
        stream.next();
        return name((String) token.value(), withNamespace);
      case STRING:
        StringBuilder text = new StringBuilder();
        while (stream.kind() == Kind.STRING) {
          text.append(stream.next().value());
        }
        return new Operands.Const(text.toString());
      case INTEGER, FLOAT:
        return new Operands.Const(stream.next().value());
      case LPAREN:
        stream.next();
        Expr inside = tuple(true, true);
        stream.expect(Kind.RPAREN);
        return inside;
      case LBRACKET:
        return list();
      case LBRACE:
        return dict();
      default:
        throw stream.fail("unexpected " + PyRepr.repr(token.describe()));
    }
  }

  private Expr name(String name, boolean withNamespace) {
    switch (name) {
      case "true", "True":
        return new Operands.Const(true);
      case "false", "False":
        return new Operands.Const(false);
      case "none", "None":
        return new Operands.Const(null);
      default:
        used.add(name);
    }
    if (withNamespace && stream.skipIf(Kind.DOT)) {
      return new Operands.NSRef(name, (String) stream.expect(Kind.NAME).value());
    }
    return new Operands.Name(name);
  }

  /** One expression, or a tuple of them without brackets. */
  final Expr tuple(boolean explicit, boolean conditional) {
    List<Expr> items = new ArrayList<>();
    boolean isTuple = false;
    while (true) {
      if (!items.isEmpty()) {
        stream.expect(Kind.COMMA);
      }
      if (isTupleEnd()) {
        break;
      }
      items.add(conditional ? expression() : or());
      if (stream.kind() != Kind.COMMA) {
        break;
      }
      isTuple = true;
    }
    if (!isTuple && !items.isEmpty()) {
      return items.get(0);
    }
    if (!isTuple && !explicit) {
      throw stream.fail("Expected an expression, got " + PyRepr.repr(stream.current().describe()));
    }
    return fold(new Operands.Tuple(items));
  }

  final boolean isTupleEnd() {
    return switch (stream.kind()) {
      case VARIABLE_END, BLOCK_END, RPAREN -> true;
      default -> stream.current().isName("recursive") && inFor;
    };
  }

  /** Whether the items of a for statement are being parsed, which {@code recursive} may end. */
  boolean inFor;

  private Expr list() {
    stream.expect(Kind.LBRACKET);
    List<Expr> items = new ArrayList<>();
    while (stream.kind() != Kind.RBRACKET) {
      if (!items.isEmpty()) {
        stream.expect(Kind.COMMA);
      }
      if (stream.kind() == Kind.RBRACKET) {
        break;
      }
      items.add(expression());
    }
    stream.expect(Kind.RBRACKET);
    return fold(new Operands.ListDisplay(items));
  }

  private Expr dict() {
    stream.expect(Kind.LBRACE);
    List<Expr> items = new ArrayList<>();
    while (stream.kind() != Kind.RBRACE) {
      if (!items.isEmpty()) {
        stream.expect(Kind.COMMA);
      }
      if (stream.kind() == Kind.RBRACE) {
        break;
      }
      items.add(expression());
      stream.expect(Kind.COLON);
      items.add(expression());
    }
    stream.expect(Kind.RBRACE);
    return fold(new Operands.DictDisplay(items));
  }

  final Expr postfix(Expr operand) {
    Expr value = operand;
    while (true) {
      switch (stream.kind()) {
        case DOT -> value = fold(dot(value));
        case LBRACKET -> value = fold(subscript(value));
        case LPAREN -> value = new Calls.Call(value, arguments());
        default -> {
          return value;
        }
      }
    }
  }

  private Expr dot(Expr value) {
    stream.next();
    Token attribute = stream.next();
    return switch (attribute.kind()) {
      case NAME -> new Operands.Getattr(value, (String) attribute.value());
      case INTEGER -> new Operands.Getitem(value, new Operands.Const(attribute.value()));
      default -> throw JinjaException.syntax("expected name or number", attribute.line());
    };
  }

  private Expr subscript(Expr value) {
    stream.next();
    List<Expr> items = new ArrayList<>();
    while (stream.kind() != Kind.RBRACKET) {
      if (!items.isEmpty()) {
        stream.expect(Kind.COMMA);
      }
      items.add(subscribed());
    }
    stream.expect(Kind.RBRACKET);
    return new Operands.Getitem(
        value, items.size() == 1 ? items.get(0) : new Operands.Tuple(items));
  }

  private Expr subscribed() {
    Expr start = null;
    if (stream.kind() != Kind.COLON) {
      start = expression();
      if (stream.kind() != Kind.COLON) {
        return start;
      }
    }
    stream.next();
    Expr stop = stream.kind() == Kind.COLON ? null : slicePart();
    Expr step = stream.skipIf(Kind.COLON) ? slicePart() : null;
    return new Operands.Slice(start, stop, step);
  }

  private Expr slicePart() {
    boolean end = stream.kind() == Kind.RBRACKET || stream.kind() == Kind.COMMA;
    return end ? null : expression();
  }

  private Expr filters(Expr operand) {
    Expr value = operand;
    while (true) {
      if (stream.kind() == Kind.PIPE) {
        value = filter(value, false);
      } else if (stream.current().isName("is")) {
        value = test(value);
      } else if (stream.kind() == Kind.LPAREN) {
        value = new Calls.Call(value, arguments());
      } else {
        return value;
      }
    }
  }

  /** A chain of filters; {@code bare} is the form of a filter block, without the first bar. */
  final Expr filter(Expr operand, boolean bare) {
    Expr value = operand;
    boolean first = bare;
    while (first || stream.kind() == Kind.PIPE) {
      if (!first) {
        stream.next();
      }
      first = false;
      int line = stream.current().line();
      String name = dottedName();
      Calls.Arguments arguments = stream.kind() == Kind.LPAREN ? arguments() : Calls.Arguments.NONE;
      value = fold(new Calls.Filter(value, name, arguments, line));
    }
    return value;
  }

  private String dottedName() {
    String name = (String) stream.expect(Kind.NAME).value();
    while (stream.skipIf(Kind.DOT)) {
      name += "." + stream.expect(Kind.NAME).value();
    }
    return name;
  }

  private Expr test(Expr value) {
    int line = stream.next().line();
    boolean negated = stream.skipIf("not");
    String name = dottedName();
    Calls.Arguments arguments = Calls.Arguments.NONE;
    switch (stream.kind()) {
      case LPAREN -> arguments = arguments();
      case NAME, STRING, INTEGER, FLOAT, LBRACKET, LBRACE -> {
        if (stream.current().isName("is")) {
          throw stream.fail("You cannot chain multiple tests with is");
        }
        if (!stream.isAnyName("else", "or", "and")) {
          Expr argument = postfix(primary(false));
          arguments =
              new Calls.Arguments(new Expr[] {argument}, new String[0], Expr.NONE, null, null);
        }
      }
      default -> {}
    }
    Expr test = fold(new Calls.Test(value, name, arguments, line));
    return negated ? fold(new Operators.Not(test)) : test;
  }

  final Calls.Arguments arguments() {
    Token open = stream.expect(Kind.LPAREN);
    ArgumentList list = new ArgumentList(open.line());
    boolean comma = false;
    while (stream.kind() != Kind.RPAREN) {
      if (comma) {
        stream.expect(Kind.COMMA);
        if (stream.kind() == Kind.RPAREN) {
          break;
        }
      }
      comma = true;
      if (stream.skipIf(Kind.MUL)) {
        list.star(this);
      } else if (stream.skipIf(Kind.POW)) {
        list.starStar(this);
      } else if (stream.kind() == Kind.NAME && stream.look().kind() == Kind.ASSIGN) {
        list.named(this);
      } else {
        list.positional(this);
      }
    }
    stream.expect(Kind.RPAREN);
    return list.finish();
  }
}
