package dev.sifter.model.chat.jinja;

import java.util.ArrayList;
import java.util.List;

/** Parses a template into statements. */
final class Parser extends ExpressionParser {
  private static final int MAX_BLOCKS = 100;

  private final OpenTags tags = new OpenTags();

  private boolean marksGeneration;

  /**
   * A parser.
   *
   * @param strict whether undefined values are strict
   */
  Parser(List<Token> tokens, boolean strict) {
    super(new TokenStream(tokens), strict);
  }

  /** The statements of the template. */
  Block parse() {
    return body();
  }

  /** Whether there was a generation block. */
  boolean marksGeneration() {
    return marksGeneration;
  }

  /** Statements up to one of the end tags, which stays current, or to the end of the template. */
  private Block body(String... ends) {
    if (tags.depth() > MAX_BLOCKS) {
      throw stream.fail("blocks are nested more than " + MAX_BLOCKS + " deep");
    }
    if (ends.length > 0) {
      tags.expect(ends);
    }
    List<Stmt> statements = new ArrayList<>();
    while (stream.kind() != Kind.EOF) {
      Token token = stream.next();
      if (token.kind() == Kind.DATA) {
        statements.add(new Statements.Data((String) token.value(), token.line()));
      } else if (token.kind() == Kind.VARIABLE_BEGIN) {
        int line = stream.current().line();
        statements.add(print(tuple(false, true), line));
        stream.expect(Kind.VARIABLE_END);
      } else {
        if (stream.isAnyName(ends)) {
          break;
        }
        Stmt statement = statement();
        if (statement != null) {
          statements.add(statement);
        }
        stream.expect(Kind.BLOCK_END);
      }
    }
    if (ends.length > 0) {
      tags.found();
    }
    return Block.of(statements);
  }

  private Stmt print(Expr value, int line) {
    Object constant = folding.value(value);
    if (constant == Undefined.MISSING) {
      return new Statements.Print(value, line);
    }
    try {
      return new Statements.Data(PyRepr.str(constant), line);
    } catch (JinjaException tooLong) {
      return new Statements.Print(value, line);
    }
  }

  private Block block(String... ends) {
    stream.skipIf(Kind.COLON);
    stream.expect(Kind.BLOCK_END);
    Block body = body(ends);
    if (stream.kind() == Kind.EOF) {
      tags.expect(ends);
      throw tags.missing(stream.current().line());
    }
    return body;
  }

  /** A block whose end tag is dropped. */
  private Block closed(String end) {
    Block body = block(end);
    stream.next();
    return body;
  }

  private Stmt statement() {
    if (stream.kind() != Kind.NAME) {
      throw stream.fail("tag name expected");
    }
    Token tag = stream.next();
    String name = (String) tag.value();
    tags.open(name);
    int line = tag.line();
    Stmt statement =
        switch (name) {
          case "for" -> forLoop(line);
          case "if" -> condition(line);
          case "set" -> assignment(line);
          case "macro" -> macro(line);
          case "call" -> callBlock(line);
          case "filter" -> filterBlock(line);
          case "generation" -> generation(line);
          case "with" -> with(line);
          case "print" -> print(tuple(false, true), line);
          case "break" -> new Statements.Jump(Stmt.Flow.BREAK, line);
          case "continue" -> new Statements.Jump(Stmt.Flow.CONTINUE, line);
          case "include", "import", "from", "extends", "block", "autoescape" ->
              throw JinjaException.syntax(
                  "a chat template has no other templates: the tag '" + name + "' is not supported",
                  line);
          default -> {
            tags.close();
            throw tags.unknown(name, line);
          }
        };
    tags.close();
    return statement;
  }

  private Stmt generation(int line) {
    marksGeneration = true;
    return new Blocks.Generation(closed("endgeneration"), line);
  }

  /** A name, a tuple of names, or where it is allowed an attribute of a namespace. */
  private Expr target(boolean withNamespace) {
    int line = stream.current().line();
    List<Expr> items = new ArrayList<>();
    boolean isTuple = false;
    while (true) {
      if (!items.isEmpty()) {
        stream.expect(Kind.COMMA);
      }
      if (isTupleEnd()) {
        break;
      }
      items.add(primary(withNamespace));
      if (stream.kind() != Kind.COMMA) {
        break;
      }
      isTuple = true;
    }
    if (!isTuple && items.isEmpty()) {
      throw stream.fail("Expected an expression, got " + PyRepr.repr(stream.current().describe()));
    }
    Expr target = isTuple ? new Operands.Tuple(items) : items.get(0);
    requireAssignable(target, target, line);
    return target;
  }

  private void requireAssignable(Expr target, Expr whole, int line) {
    boolean assignable = target instanceof Operands.Name || target instanceof Operands.NSRef;
    if (target instanceof Operands.Tuple tuple) {
      for (Expr item : tuple.items) {
        requireAssignable(item, whole, line);
      }
    } else if (!assignable) {
      throw JinjaException.syntax("can't assign to " + PyRepr.repr(whole.kind()), line);
    }
  }

  private Stmt assignment(int line) {
    Expr target = target(true);
    if (stream.skipIf(Kind.ASSIGN)) {
      return new Statements.Assign(target, tuple(false, true), line);
    }
    Calls.Filter filter = (Calls.Filter) filter(null, false);
    return new Statements.AssignBlock(target, filter, closed("endset"), line);
  }

  private Stmt forLoop(int line) {
    Expr target = target(false);
    stream.expect("in");
    inFor = true;
    Expr items = tuple(false, false);
    inFor = false;
    Expr test = stream.skipIf("if") ? expression() : null;
    boolean recursive = stream.skipIf("recursive");
    Block body = block("endfor", "else");
    Block otherwise = stream.next().isName("else") ? closed("endfor") : Block.EMPTY;
    return new Blocks.For(target, items, test, recursive, body, otherwise, line);
  }

  private Stmt condition(int line) {
    List<Expr> tests = new ArrayList<>();
    List<Block> bodies = new ArrayList<>();
    while (true) {
      tests.add(tuple(false, false));
      bodies.add(block("elif", "else", "endif"));
      Token end = stream.next();
      if (end.isName("else")) {
        bodies.add(closed("endif"));
      }
      if (!end.isName("elif")) {
        return new Statements.If(tests, bodies, line);
      }
    }
  }

  private Stmt macro(int line) {
    String name = (String) stream.expect(Kind.NAME).value();
    List<String> parameters = new ArrayList<>();
    List<Expr> defaults = new ArrayList<>();
    signature(parameters, defaults);
    return new Blocks.MacroBlock(definition(name, "endmacro", parameters, defaults), line);
  }

  private Stmt callBlock(int line) {
    List<String> parameters = new ArrayList<>();
    List<Expr> defaults = new ArrayList<>();
    if (stream.kind() == Kind.LPAREN) {
      signature(parameters, defaults);
    }
    if (!(expression() instanceof Calls.Call call)) {
      throw JinjaException.syntax("expected call", line);
    }
    return new Blocks.CallBlock(call, definition(null, "endcall", parameters, defaults), line);
  }

  private Macro.Definition definition(
      String name, String end, List<String> parameters, List<Expr> defaults) {
    int from = used.size();
    Block body = closed(end);
    List<String> names = used.subList(from, used.size());
    return new Macro.Definition(
        name,
        parameters.toArray(new String[0]),
        defaults.toArray(Expr.NONE),
        body,
        names.contains("caller"),
        names.contains("varargs") && !parameters.contains("varargs"),
        names.contains("kwargs") && !parameters.contains("kwargs"));
  }

  private void signature(List<String> parameters, List<Expr> defaults) {
    stream.expect(Kind.LPAREN);
    while (stream.kind() != Kind.RPAREN) {
      if (!parameters.isEmpty()) {
        stream.expect(Kind.COMMA);
      }
      String parameter = (String) stream.expect(Kind.NAME).value();
      if (stream.skipIf(Kind.ASSIGN)) {
        defaults.add(expression());
      } else if (!defaults.isEmpty()) {
        throw stream.fail("non-default argument follows default argument");
      }
      parameters.add(parameter);
    }
    stream.expect(Kind.RPAREN);
  }

  private Stmt filterBlock(int line) {
    Calls.Filter filter = (Calls.Filter) filter(null, true);
    return new Statements.FilterBlock(filter, closed("endfilter"), line);
  }

  private Stmt with(int line) {
    List<Expr> targets = new ArrayList<>();
    List<Expr> values = new ArrayList<>();
    while (stream.kind() != Kind.BLOCK_END) {
      if (!targets.isEmpty()) {
        stream.expect(Kind.COMMA);
      }
      targets.add(target(false));
      stream.expect(Kind.ASSIGN);
      values.add(expression());
    }
    return new Statements.With(targets, values, closed("endwith"), line);
  }
}
