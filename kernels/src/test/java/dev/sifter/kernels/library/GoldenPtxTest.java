package dev.sifter.kernels.library;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sifter.kernels.inspect.TrialShape;
import dev.sifter.kernels.library.catalog.KernelCatalog;
import dev.sifter.kernels.library.catalog.KernelEntry;
import dev.sifter.kernels.ptx.PtxTarget;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The PTX of each kernel's first trial is that of a file, so that a review sees what a change of a
 * kernel, or of the assembler, does to the text that GPUs get. Lines of the source are left out.
 *
 * <p>After a change that is meant, write the files anew and look at their difference:
 *
 * <pre>
 * ./mvnw -o -pl kernels test -Dtest=GoldenPtxTest -Dsifter.test.jvm=-Dsifter.golden.write=true
 * </pre>
 */
class GoldenPtxTest {
  private static final Path FOLDER =
      Path.of(System.getProperty("sifter.root"), "kernels", "src", "test", "resources", "ptx");

  static List<KernelEntry> entries() {
    return KernelCatalog.all();
  }

  @ParameterizedTest
  @MethodSource("entries")
  void isTheTextOfTheFile(KernelEntry entry) throws IOException {
    List<Kernel> kernels = TrialShape.of(entry.trials().getFirst()).kernels();
    for (int i = 0; i < kernels.size(); i++) {
      Path file = FOLDER.resolve(entry.name() + (i == 0 ? "" : "-" + (i + 1)) + ".ptx");
      String text = withoutLines(kernels.get(i).assemble(PtxTarget.SM_80).text());
      if (Boolean.getBoolean("sifter.golden.write")) {
        Files.createDirectories(FOLDER);
        Files.writeString(file, text);
      }
      assertThat(Files.readString(file)).as(file.getFileName().toString()).isEqualTo(text);
    }
  }

  private static String withoutLines(String text) {
    return text.lines()
        .filter(line -> !line.startsWith("  .loc ") && !line.startsWith(".file "))
        .collect(Collectors.joining("\n", "", "\n"));
  }
}
