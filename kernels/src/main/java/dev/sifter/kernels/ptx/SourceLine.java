package dev.sifter.kernels.ptx;

import java.lang.StackWalker.StackFrame;

/**
 * A line of a kernel's Java source.
 *
 * @param file path below the source root
 * @param line from 1
 */
record SourceLine(String file, int line) {
  private static final StackWalker WALKER = StackWalker.getInstance();
  private static final String ASSEMBLER = SourceLine.class.getPackageName() + ".";

  /** The innermost line being run that is not the assembler's own. */
  static SourceLine here() {
    return WALKER.walk(
        frames ->
            frames
                .filter(frame -> !frame.getClassName().startsWith(ASSEMBLER))
                .filter(frame -> !frame.getClassName().startsWith("java."))
                .findFirst()
                .map(SourceLine::of)
                .orElse(new SourceLine("unknown", 0)));
  }

  private static SourceLine of(StackFrame frame) {
    String className = frame.getClassName();
    int packageEnd = className.lastIndexOf('.') + 1;
    String folder = className.substring(0, packageEnd).replace('.', '/');
    return new SourceLine(folder + frame.getFileName(), Math.max(0, frame.getLineNumber()));
  }

  @Override
  public String toString() {
    return file.substring(file.lastIndexOf('/') + 1) + ":" + line;
  }
}
