package dev.sifter.model.chat.jinja;

import java.util.ArrayList;
import java.util.List;

/**
 * Parses operands: literals, names, brackets, and the subscripts, calls, filters and tests after
 * them.
 */
abstract class OperandParser {
  final TokenStream stream;
  final Folding folding;

  /** Names that the template uses, in the order of their use. */
  final List<String> used = new ArrayList<>();

  OperandParser(TokenStream stream, boolean strict) {
    this.stream = stream;
    this.folding = new Folding(strict);
  }

  final Expr fold(Expr expression) {
    return folding.fold(expression);
  }

  /** A whole expression. */
  abstract Expr expression();

  /** An expression without {@code a if b else c}. */
  abstract Expr or();

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

  final Expr filters(Expr operand) {
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
