package dev.sifter.model.chat.jinja;

/**
 * What Jinja checks while it generates code: that filters and tests exist. Inside an {@code if} a
 * missing one is an error only when it is reached.
 */
final class Checks {
  private boolean soft;
  private int loops;
  private int fors;

  void expressions(Expr... expressions) {
    for (Expr expression : expressions) {
      if (expression != null) {
        expression(expression);
      }
    }
  }

  private void expression(Expr expression) {
    if (expression instanceof Calls.Filter filter && !soft && !Filters.exists(filter.name)) {
      throw missing("filter", filter.name, filter.line);
    }
    if (expression instanceof Calls.Test test && !soft && !Tests.exists(test.name)) {
      throw missing("test", test.name, test.line);
    }
    boolean outer = soft;
    soft |= expression instanceof Operators.Conditional;
    expressions(expression.children());
    soft = outer;
  }

  private static JinjaException missing(String what, String name, int line) {
    String message = "No " + what + " named " + PyRepr.repr(name) + ".";
    return new JinjaException("TemplateAssertionError", message).at(line);
  }

  /** A block in the same frame. */
  void block(Block block) {
    block.check(this);
  }

  /** Becomes lenient for what an if statement holds; the result goes to {@link #leaveIf}. */
  boolean enterIf() {
    boolean outer = soft;
    soft = true;
    return outer;
  }

  void leaveIf(boolean outer) {
    soft = outer;
  }

  /** A block with a frame of its own, which ends the leniency of an if around it. */
  void frame(Block block, boolean isLoop) {
    boolean outer = soft;
    int outerLoops = loops;
    soft = false;
    loops = isLoop ? 1 : 0;
    block.check(this);
    soft = outer;
    loops = outerLoops;
  }

  /** A frame that is compiled inline, so that a loop around it can be left. */
  void inline(Block block, Expr... expressions) {
    boolean outer = soft;
    soft = false;
    block.check(this);
    expressions(expressions);
    soft = outer;
  }

  /** What a for statement assigns and holds, where nothing may be assigned to {@code loop}. */
  void enterFor(Expr target, int line) {
    fors++;
    assignment(target, line);
  }

  void leaveFor() {
    fors--;
  }

  void assignment(Expr target, int line) {
    if (fors > 0 && target instanceof Operands.Name name && name.name.equals("loop")) {
      String message = "Can't assign to special loop variable in for-loop target";
      throw new JinjaException("TemplateAssertionError", message).at(line);
    }
    if (target instanceof Operands.Tuple tuple) {
      for (Expr item : tuple.items) {
        assignment(item, line);
      }
    }
  }

  void jump(String word, int line) {
    if (loops == 0) {
      String message =
          word.equals("break") ? "'break' outside loop" : "'continue' not properly in loop";
      throw new JinjaException("SyntaxError", message).at(line);
    }
  }
}
