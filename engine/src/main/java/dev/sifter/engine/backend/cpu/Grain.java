package dev.sifter.engine.backend.cpu;

/** How large a task is: large enough to outweigh handing it out, the same on any machine. */
final class Grain {
  /** Elements of a task of a kernel that streams through memory. */
  static final int ELEMENTS = 16 << 10;

  private Grain() {}

  /** Rows of a task, for rows of {@code width} elements. */
  static int rows(int width) {
    return Math.max(1, ELEMENTS / Math.max(1, width));
  }
}
