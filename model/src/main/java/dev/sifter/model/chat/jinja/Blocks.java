package dev.sifter.model.chat.jinja;

import java.util.Iterator;

/** Loops, macros, call blocks and generation blocks: bodies with a scope of their own. */
final class Blocks {
  private Blocks() {}

  /**
   * {@code for target in items if test} ... {@code else} ... {@code endfor}. As in Jinja, a turn
   * that {@code break} or {@code continue} cuts short does not count: the else branch follows a
   * loop of which no turn came to its end, and a recursive loop is printed when all of it is there.
   */
  static final class For extends Stmt {
    private final Expr target;
    private final Expr items;
    private final Expr test;
    private final boolean recursive;
    private final Block body;
    private final Block otherwise;

    For(Expr target, Expr items, Expr test, boolean recursive, Block body, Block other, int line) {
      super(line);
      this.target = target;
      this.items = items;
      this.test = test;
      this.recursive = recursive;
      this.body = body;
      this.otherwise = other;
    }

    @Override
    Flow exec(Scope scope, StringBuilder out) {
      Object over = items.eval(scope);
      if (!recursive) {
        return loop(over, scope, out, 0);
      }
      scope.run.print(out, new Recursion(scope).render(over, 0));
      return Flow.NEXT;
    }

    private Flow loop(Object over, Scope scope, StringBuilder out, int depth) {
      Object source = test == null ? over : filtered(over, scope);
      LoopContext.Recursion recursion = recursive ? new Recursion(scope) : null;
      LoopContext loop = new LoopContext(source, recursion, depth);
      boolean ran = false;
      while (loop.hasNext()) {
        scope.run.budget.step();
        Scope inner = scope.inner();
        inner.set("loop", loop);
        Targets.assign(target, loop.next(), inner);
        Flow flow = body.exec(inner, out);
        ran |= flow == Flow.NEXT;
        if (flow == Flow.BREAK) {
          break;
        }
      }
      return ran ? Flow.NEXT : otherwise.exec(scope.inner(), out);
    }

    private Object filtered(Object over, Scope scope) {
      Iterator<Object> source = Py.iterate(over);
      return new PyIterator("generator", source) {
        @Override
        Object advance() {
          while (source.hasNext()) {
            Object item = source.next();
            Scope inner = scope.inner();
            Targets.assign(target, item, inner);
            if (Py.truth(test.eval(inner))) {
              return target.eval(inner);
            }
          }
          return Undefined.MISSING;
        }
      };
    }

    /** {@code loop(items)} inside a recursive loop. */
    private final class Recursion implements LoopContext.Recursion {
      private final Scope scope;

      private Recursion(Scope scope) {
        this.scope = scope;
      }

      @Override
      public String render(Object items, int depth) {
        if (depth > Budget.MAX_CALLS) {
          throw new JinjaException("RecursionError", "maximum recursion depth exceeded");
        }
        StringBuilder out = new StringBuilder();
        loop(items, scope, out, depth);
        return out.toString();
      }
    }

    @Override
    void check(Checks checks) {
      checks.enterFor(target, line);
      checks.inline(Block.EMPTY, test);
      checks.expressions(items);
      checks.frame(body, true);
      if (recursive) {
        checks.frame(otherwise, false);
      } else {
        checks.inline(otherwise);
      }
      checks.leaveFor();
    }
  }

  /** {@code macro name(parameters)} ... {@code endmacro}. */
  static final class MacroBlock extends Stmt {
    private final Macro.Definition definition;

    MacroBlock(Macro.Definition definition, int line) {
      super(line);
      this.definition = definition;
    }

    @Override
    Flow exec(Scope scope, StringBuilder out) {
      scope.set(definition.name(), new Macro(definition, scope));
      return Flow.NEXT;
    }

    @Override
    void check(Checks checks) {
      checks.inline(Block.EMPTY, definition.defaults());
      checks.frame(definition.body(), false);
    }
  }

  /** {@code call(parameters) macro(arguments)} ... {@code endcall}. */
  static final class CallBlock extends Stmt {
    private final Calls.Call call;
    private final Macro.Definition caller;

    CallBlock(Calls.Call call, Macro.Definition caller, int line) {
      super(line);
      this.call = call;
      this.caller = caller;
    }

    @Override
    Flow exec(Scope scope, StringBuilder out) {
      scope.run.print(out, requireText(call.call(scope, new Macro(caller, scope)), "call"));
      return Flow.NEXT;
    }

    @Override
    void check(Checks checks) {
      checks.inline(Block.EMPTY, caller.defaults());
      checks.frame(caller.body(), false);
      checks.expressions(call);
    }
  }

  /** {@code generation} ... {@code endgeneration}: text that the model is to produce. */
  static final class Generation extends Stmt {
    private final Block body;

    Generation(Block body, int line) {
      super(line);
      this.body = body;
    }

    @Override
    Flow exec(Scope scope, StringBuilder out) {
      StringBuilder inner = new StringBuilder();
      body.exec(scope.inner(), inner);
      String text = inner.toString();
      scope.run.generated(text);
      scope.run.print(out, text);
      return Flow.NEXT;
    }

    @Override
    void check(Checks checks) {
      checks.frame(body, false);
    }
  }
}
