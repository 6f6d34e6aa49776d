package dev.sifter.kernels.ptx;

import java.util.BitSet;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Conditions and loops, laid out in reverse post order: every path leads downwards except from the
 * end of a loop to its beginning, so threads that took different paths meet where the paths do.
 */
abstract class ControlFlow extends WarpgroupInstructions {
  private int loopDepth;

  ControlFlow() {}

  /** Runs {@code body} where p holds. */
  public final void ifThen(Pred p, Runnable body) {
    String end = newLabel("endif");
    branch(p, true, end);
    BitSet before = path();
    under(p.uniformity, body);
    place(end);
    restorePath(before);
  }

  /** Runs one of two bodies. What both write counts as written afterwards. */
  public final void ifThenElse(Pred p, Runnable then, Runnable otherwise) {
    String second = newLabel("else");
    String end = newLabel("endif");
    branch(p, true, second);
    BitSet before = path();
    under(p.uniformity, then);
    BitSet afterThen = path();
    emit(null, false, "bra.uni", List.of(), List.of(new Operand.Name(end)));
    place(second);
    restorePath(before);
    under(p.uniformity, otherwise);
    place(end);
    BitSet both = path();
    both.and(afterThen);
    restorePath(both);
  }

  /** Runs {@code body} for i = start, start + step, … below end. */
  public final void forRange(B32 start, B32 end, int step, Consumer<B32> body) {
    B32 i = variable(start);
    loop(() -> lt(i, end), () -> advanceAfter(i, step, body));
  }

  /** Runs {@code body} for i = start, start + step, … below end. */
  public final void forRange(B32 start, B32 end, B32 step, Consumer<B32> body) {
    B32 i = variable(start);
    loop(
        () -> lt(i, end),
        () -> {
          body.accept(i);
          assign(i, add(i, step));
        });
  }

  /** Runs {@code body} for i = start, start + step, … below end. */
  public final void forRange(int start, B32 end, int step, Consumer<B32> body) {
    forRange(constant(start), end, step, body);
  }

  /** Runs {@code body} for i = 0, step, 2·step, … below end, which is at least 1. */
  public final void forRange(int end, int step, Consumer<B32> body) {
    require(end > 0, "a loop to %d, whose body runs once at least", end);
    B32 i = constant(0);
    repeat(() -> advanceAfter(i, step, body), () -> lt(i, end));
  }

  private void advanceAfter(B32 i, int step, Consumer<B32> body) {
    body.accept(i);
    assign(i, add(i, step));
  }

  /** Runs {@code body} as long as the condition, asked before it, holds. */
  public final void whileLoop(Supplier<Pred> condition, Runnable body) {
    loop(condition, body);
  }

  /** The condition is asked at the top once and at the bottom each time: one branch a round. */
  private void loop(Supplier<Pred> condition, Runnable body) {
    String end = newLabel("endloop");
    Pred first = condition.get();
    branch(first, true, end);
    BitSet before = path();
    under(first.uniformity, () -> repeat(body, condition));
    place(end);
    restorePath(before);
  }

  /** Runs {@code body} once, and again as long as the condition, asked after it, holds. */
  private void repeat(Runnable body, Supplier<Pred> condition) {
    String top = newLabel("loop");
    place(top);
    loopDepth++;
    body.run();
    loopDepth--;
    branch(condition.get(), false, top);
  }

  /** Whether what is emitted now may run several times. */
  final boolean inLoop() {
    return loopDepth > 0;
  }

  /** Ends the threads where p holds. */
  public final void exitIf(Pred p) {
    noteExit(p.uniformity);
    emit(p, false, "exit", List.of(), List.of());
  }

  private void branch(Pred p, boolean negated, String label) {
    emit(p, negated, "bra", List.of(), List.of(new Operand.Name(label)));
  }
}
