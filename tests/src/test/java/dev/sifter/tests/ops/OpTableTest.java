package dev.sifter.tests.ops;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sifter.engine.ops.contract.OpTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The documentation of the ops is what their contracts say. */
class OpTableTest {
  private static final Path PAGE =
      Path.of(System.getProperty("sifter.root", ".")).resolve("docs/ops.md");
  private static final String REMEDY =
      "docs/ops.md is not what the contracts say; write it anew with: ./mvnw -q -pl tests -am test"
          + " -Dtest=OpTableTest -Dsurefire.failIfNoSpecifiedTests=false"
          + " -Dsifter.test.jvm=-Dsifter.docs=write";

  @Test
  void thePageIsUpToDate() throws IOException {
    if ("write".equals(System.getProperty("sifter.docs"))) {
      Files.writeString(PAGE, OpTable.markdown());
    }
    assertThat(Files.readString(PAGE)).as(REMEDY).isEqualTo(OpTable.markdown());
  }
}
