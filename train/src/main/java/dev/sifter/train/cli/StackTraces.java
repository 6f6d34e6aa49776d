package dev.sifter.train.cli;

import dev.sifter.train.report.Visible;
import java.io.PrintWriter;

/** Where an error arose, for people to look at: Java's own text, with its messages clipped. */
final class StackTraces {
  /** More causes than any error of ours has; an error may be its own cause. */
  private static final int MAX_DEPTH = 20;

  private StackTraces() {}

  static void print(Throwable error, PrintWriter out) {
    print("", error, "", MAX_DEPTH, out);
  }

  private static void print(
      String what, Throwable error, String indent, int depth, PrintWriter out) {
    out.println(indent + what + Visible.message(error.toString()));
    for (StackTraceElement frame : error.getStackTrace()) {
      out.println(indent + "\tat " + frame);
    }
    if (depth == 0) {
      return;
    }
    for (Throwable suppressed : error.getSuppressed()) {
      print("Suppressed: ", suppressed, indent + "\t", depth - 1, out);
    }
    if (error.getCause() != null) {
      print("Caused by: ", error.getCause(), indent, depth - 1, out);
    }
  }
}
