package dev.sifter.model.chat.jinja;

/**
 * What one compilation or one rendering may use: steps, text and time. Every loop turn, statement,
 * macro call and element of a container that is visited counts as a step.
 */
final class Budget {
  /** Longest string or list that one operation may make, in chars or elements. */
  static final int MAX_SIZE = 1 << 24;

  /** Bits of the largest integer. */
  static final int MAX_INTEGER_BITS = 1 << 16;

  /** Depth of macro calls; Python's own stack ends a little below 200 of them. */
  static final int MAX_CALLS = 190;

  /** A text that is shorter is read in the time of some steps. */
  private static final int LONG_TEXT = 1 << 10;

  /** Chars of long texts after which the clock is looked at: some milliseconds, 200 at most. */
  private static final int CHARS_PER_CHECK = 1 << 20;

  private static final long MAX_STEPS = 10_000_000;
  private static final long MAX_TOTAL_SIZE = 1L << 26;
  private static final long MAX_NANOS = 10_000_000_000L;
  private static final ThreadLocal<Budget> CURRENT = new ThreadLocal<>();

  private final long deadline = System.nanoTime() + MAX_NANOS;
  private long steps;
  private long size;
  private int unchecked;

  /** Makes this the budget of the thread; the result goes to {@link #leave}. */
  Budget enter() {
    Budget outer = CURRENT.get();
    CURRENT.set(this);
    return outer;
  }

  static void leave(Budget outer) {
    if (outer == null) {
      CURRENT.remove();
    } else {
      CURRENT.set(outer);
    }
  }

  void step() {
    if ((++steps & 0xfff) == 0) {
      check();
    }
  }

  private void check() {
    if (steps > MAX_STEPS) {
      throw exceeded("more than " + MAX_STEPS + " steps");
    }
    if (System.nanoTime() - deadline > 0) {
      throw exceeded("more than " + MAX_NANOS / 1_000_000_000L + " seconds");
    }
  }

  /** Fails where the budget of this thread is used up. */
  static void requireLeft() {
    CURRENT.get().check();
  }

  /** Counts a visited element in the budget of this thread. */
  static void visit() {
    Budget budget = CURRENT.get();
    if (budget != null) {
      budget.step();
    }
  }

  /** Looks at the clock often enough where long texts are read: no step tells their length. */
  static void read(Object value) {
    if (value instanceof String text) {
      read(text.length());
    } else if (value instanceof Markup markup) {
      read(markup.text().length());
    }
  }

  static void read(int chars) {
    Budget budget = chars < LONG_TEXT ? null : CURRENT.get();
    if (budget != null) {
      budget.unchecked += chars;
      if (budget.unchecked >= CHARS_PER_CHECK) {
        budget.unchecked = 0;
        budget.check();
      }
    }
  }

  /** Counts text or elements that stay in memory. */
  void keep(long count) {
    size += count;
    if (size > MAX_TOTAL_SIZE) {
      throw exceeded("more than " + MAX_TOTAL_SIZE + " characters and elements in memory");
    }
  }

  /** Checks the size of a result before it is made; the number is chars or elements. */
  static int checkSize(long size) {
    if (size > MAX_SIZE) {
      throw exceeded("a value of more than " + MAX_SIZE + " characters or elements");
    }
    return (int) size;
  }

  private static JinjaException exceeded(String what) {
    return new JinjaException("SecurityError", "the template needs " + what);
  }
}
