package dev.sifter.kernels.library.first;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.sifter.kernels.gpu.KernelFaultException;
import dev.sifter.kernels.ptx.MalformedKernelException;
import dev.sifter.kernels.ptx.PtxKernel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** "Your first kernel" in docs/kernels.md: its code is this code, and its output is the output. */
@Isolated("replaces System.out")
class FirstKernelTest {
  private static final int COUNT = 1000;
  private static final Path ROOT = Path.of(System.getProperty("sifter.root"));
  private static final Path SOURCE =
      ROOT.resolve("kernels/src/test/java/dev/sifter/kernels/library/first/FirstKernel.java");

  private static String page() throws IOException {
    return Files.readString(ROOT.resolve("docs/kernels.md"));
  }

  private static float[] numbers(double step) {
    float[] numbers = new float[COUNT];
    for (int i = 0; i < COUNT; i++) {
      numbers[i] = (float) Math.sin(step * i);
    }
    return numbers;
  }

  /** Runs a kernel over arrays of {@link #COUNT}; returns the report that it prints. */
  private static String run(PtxKernel kernel, int n) {
    float[] x = numbers(1);
    float[] y = numbers(2);
    PrintStream before = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
    try {
      float[] result = FirstKernel.run(kernel, 2, x, y, n);
      for (int i = 0; i < COUNT; i++) {
        assertThat(result[i]).isEqualTo(Math.fma(2f, x[i], y[i]));
      }
    } finally {
      System.setOut(before);
    }
    return printed.toString(StandardCharsets.UTF_8);
  }

  /** A method as the page quotes it: two blanks less of indentation. */
  private static String method(String name) throws IOException {
    List<String> lines = Files.readAllLines(SOURCE);
    int start = 0;
    while (!lines.get(start).matches("  static .* " + name + "\\(.*")) {
      start++;
    }
    int end = start;
    while (!lines.get(end).equals("  }")) {
      end++;
    }
    return lines.subList(start, end + 1).stream()
        .map(line -> line.isEmpty() ? line : line.substring(2))
        .collect(Collectors.joining("\n"));
  }

  @Test
  void thePageQuotesTheCode() throws IOException {
    assertThat(page()).contains(method("axpy"), method("run"));
    assertThat(method("wideAxpy")).contains("k.load(k.at(x, i, 4), 4)");
  }

  @Test
  void thePageQuotesTheReport() throws IOException {
    String report = run(FirstKernel.axpy(), COUNT);
    assertThat(page()).contains(head(report));
    String wide = run(FirstKernel.wideAxpy(), COUNT / 4);
    assertThat(page()).contains(globalLines(wide));
  }

  /** What comes before the rows of the source's lines. */
  private static String head(String report) {
    return report.substring(0, report.indexOf("  line "));
  }

  private static String globalLines(String report) {
    return report
        .lines()
        .filter(line -> line.startsWith("  global "))
        .collect(Collectors.joining("\n"));
  }

  @Test
  void thePageQuotesWhatTheEmulatorSaysOfOneNumberTooMany() throws IOException {
    Throwable fault = catchThrowable(() -> run(FirstKernel.axpy(), COUNT + 1));
    assertThat(fault).isInstanceOf(KernelFaultException.class);
    assertThat(page()).contains(fault.getMessage());
  }

  @Test
  void thePageQuotesWhatTheAssemblerRefuses() throws IOException {
    Throwable refusal = catchThrowable(FirstKernel::writesIntoItsInput);
    assertThat(refusal).isInstanceOf(MalformedKernelException.class);
    assertThat(page()).contains(refusal.getMessage());
  }
}
