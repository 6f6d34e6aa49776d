package dev.sifter.train.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class StackTracesTest {
  private static String printed(Throwable error) {
    StringWriter out = new StringWriter();
    StackTraces.print(error, new PrintWriter(out, true));
    return out.toString().replace(System.lineSeparator(), "\n");
  }

  @Test
  void framesAndCausesAreWrittenAsJavaDoes() {
    Exception error = new IllegalStateException("outer", new RuntimeException("inner"));
    error.addSuppressed(new RuntimeException("in closing"));
    StringWriter java = new StringWriter();
    error.printStackTrace(new PrintWriter(java, true));
    String[] parts = {
      "java.lang.IllegalStateException: outer\n\tat ",
      "\n\tSuppressed: java.lang.RuntimeException: in closing\n\t\t",
      "\nCaused by: java.lang.RuntimeException: inner\n\t"
    };
    assertThat(printed(error)).contains(parts);
    assertThat(java.toString().replace(System.lineSeparator(), "\n")).contains(parts);
  }

  @Test
  void messagesAreClippedAndEscaped() {
    String text = printed(new RuntimeException("\u001b[31m" + "x".repeat(100_000)));
    assertThat(text).contains("\\u{1b}[31m", "characters are left out", "\tat ");
    assertThat(text.length()).isLessThan(20_000);
  }
}
