package dev.sifter.kernels.gpu.emulator;

/**
 * Where an instruction comes from: a line of the Java source, as {@code .file} and {@code .loc}
 * say, or of the PTX text where they say nothing.
 *
 * @param file the source file, with its folders
 * @param line from 1
 */
public record SourceLocation(String file, int line) implements Comparable<SourceLocation> {
  @Override
  public int compareTo(SourceLocation other) {
    int byFile = file.compareTo(other.file);
    return byFile != 0 ? byFile : Integer.compare(line, other.line);
  }

  /** Without the folders, as a stack trace has it. */
  @Override
  public String toString() {
    return file.substring(file.lastIndexOf('/') + 1) + ":" + line;
  }
}
