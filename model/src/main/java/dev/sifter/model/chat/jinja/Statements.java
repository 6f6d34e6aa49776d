package dev.sifter.model.chat.jinja;

import java.util.List;

/** Output, conditions, assignments and jumps. */
final class Statements {
  private Statements() {}

  /** Text of the template. */
  static final class Data extends Stmt {
    private final String text;

    Data(String text, int line) {
      super(line);
      this.text = text;
    }

    @Override
    Flow exec(Scope scope, StringBuilder out) {
      scope.run.print(out, text);
      return Flow.NEXT;
    }

    @Override
    void check(Checks checks) {}
  }

  /** {@code {{ value }}}. */
  static final class Print extends Stmt {
    private final Expr value;

    Print(Expr value, int line) {
      super(line);
      this.value = value;
    }

    @Override
    Flow exec(Scope scope, StringBuilder out) {
      scope.run.print(out, value.print(scope));
      return Flow.NEXT;
    }

    @Override
    void check(Checks checks) {
      checks.expressions(value);
    }
  }

  /** {@code if}, {@code elif}, {@code else}: tests and as many bodies, or one more. */
  static final class If extends Stmt {
    private final Expr[] tests;
    private final Block[] bodies;

    If(List<Expr> tests, List<Block> bodies, int line) {
      super(line);
      this.tests = tests.toArray(Expr.NONE);
      this.bodies = bodies.toArray(new Block[0]);
    }

    @Override
    Flow exec(Scope scope, StringBuilder out) {
      for (int i = 0; i < tests.length; i++) {
        if (Py.truth(tests[i].eval(scope))) {
          return bodies[i].exec(scope, out);
        }
      }
      return bodies.length > tests.length ? bodies[tests.length].exec(scope, out) : Flow.NEXT;
    }

    @Override
    void check(Checks checks) {
      boolean outer = checks.enterIf();
      for (int i = 0; i < bodies.length; i++) {
        if (i < tests.length) {
          checks.expressions(tests[i]);
        }
        checks.block(bodies[i]);
      }
      checks.leaveIf(outer);
    }
  }

  /** {@code set target = value}. */
  static final class Assign extends Stmt {
    private final Expr target;
    private final Expr value;

    Assign(Expr target, Expr value, int line) {
      super(line);
      this.target = target;
      this.value = value;
    }

    @Override
    Flow exec(Scope scope, StringBuilder out) {
      Targets.requireNamespaces(target, scope);
      Targets.assign(target, value.eval(scope), scope);
      return Flow.NEXT;
    }

    @Override
    void check(Checks checks) {
      checks.assignment(target, line);
      checks.expressions(value);
    }
  }

  /** {@code set target} ... {@code endset}: the text of the body, perhaps filtered. */
  static final class AssignBlock extends Stmt {
    private final Expr target;
    private final Calls.Filter filter;
    private final Block body;

    AssignBlock(Expr target, Calls.Filter filter, Block body, int line) {
      super(line);
      this.target = target;
      this.filter = filter;
      this.body = body;
    }

    @Override
    Flow exec(Scope scope, StringBuilder out) {
      StringBuilder text = new StringBuilder();
      Scope inner = scope.inner();
      Flow flow = body.exec(inner, text);
      if (flow != Flow.NEXT) {
        return flow;
      }
      scope.run.budget.keep(text.length());
      Targets.requireNamespaces(target, scope);
      String captured = text.toString();
      Object value = filter == null ? captured : filter.applyChain(captured, inner);
      Targets.assign(target, value, scope);
      return Flow.NEXT;
    }

    @Override
    void check(Checks checks) {
      checks.assignment(target, line);
      checks.inline(body, filter);
    }
  }

  /** {@code filter name} ... {@code endfilter}. */
  static final class FilterBlock extends Stmt {
    private final Calls.Filter filter;
    private final Block body;

    FilterBlock(Calls.Filter filter, Block body, int line) {
      super(line);
      this.filter = filter;
      this.body = body;
    }

    @Override
    Flow exec(Scope scope, StringBuilder out) {
      StringBuilder text = new StringBuilder();
      Scope inner = scope.inner();
      Flow flow = body.exec(inner, text);
      if (flow == Flow.NEXT) {
        scope.run.print(out, requireText(filter.applyChain(text.toString(), inner), "filter"));
      }
      return flow;
    }

    @Override
    void check(Checks checks) {
      checks.inline(body, filter);
    }
  }

  /** {@code with name = value} ... {@code endwith}. */
  static final class With extends Stmt {
    private final Expr[] targets;
    private final Expr[] values;
    private final Block body;

    With(List<Expr> targets, List<Expr> values, Block body, int line) {
      super(line);
      this.targets = targets.toArray(Expr.NONE);
      this.values = values.toArray(Expr.NONE);
      this.body = body;
    }

    @Override
    Flow exec(Scope scope, StringBuilder out) {
      Scope inner = scope.inner();
      for (int i = 0; i < targets.length; i++) {
        Targets.assign(targets[i], values[i].eval(scope), inner);
      }
      return body.exec(inner, out);
    }

    @Override
    void check(Checks checks) {
      checks.expressions(values);
      checks.inline(body);
    }
  }

  /** {@code break}, {@code continue}. */
  static final class Jump extends Stmt {
    private final Flow flow;

    Jump(Flow flow, int line) {
      super(line);
      this.flow = flow;
    }

    @Override
    Flow exec(Scope scope, StringBuilder out) {
      return flow;
    }

    @Override
    void check(Checks checks) {
      checks.jump(flow == Flow.BREAK ? "break" : "continue", line);
    }
  }
}
