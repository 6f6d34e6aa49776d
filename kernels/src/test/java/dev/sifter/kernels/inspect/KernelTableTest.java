package dev.sifter.kernels.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.sifter.kernels.gpu.GpuUnavailableException;
import dev.sifter.kernels.gpu.PtxCompiler;
import dev.sifter.kernels.gpu.jcuda.JCudaPtxCompiler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The numbers of the documentation are those of the kernels. */
class KernelTableTest {
  private static final Path PAGE =
      Path.of(System.getProperty("sifter.root"), "docs", "kernel-table.md");
  private static final String REMEDY =
      "docs/kernel-table.md is not what the kernels are; if that is meant, write it anew with:"
          + " ./mvnw -q -pl kernels test -Dtest=KernelTableTest"
          + " -Dsifter.test.jvm=-Dsifter.docs=write";

  @Test
  void thePageIsUpToDate() throws IOException {
    String page = KernelTable.markdown(compiler());
    if ("write".equals(System.getProperty("sifter.docs"))) {
      Files.writeString(PAGE, page);
    }
    assertThat(Files.readString(PAGE)).as(REMEDY).isEqualTo(page);
  }

  private static PtxCompiler compiler() {
    try {
      return JCudaPtxCompiler.open();
    } catch (GpuUnavailableException unavailable) {
      return abort(unavailable.getMessage());
    }
  }
}
