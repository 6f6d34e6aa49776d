package dev.sifter.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sifter.engine.Backends;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A training step leaves the Java heap alone: tensors lie outside it, and what a step allocates is
 * bookkeeping, less than a megabyte. Until a kernel has been compiled its vectors are objects, so
 * the first steps do not count; and it is measured in a process that does nothing else, because
 * other users of the same kernels make the compiler give up assumptions that keep vectors off the
 * heap.
 */
class HeapTest {
  private static final long PATIENCE_SECONDS = 120;

  @TempDir Path folder;

  @ParameterizedTest(name = "lora {0}")
  @ValueSource(booleans = {true, false})
  void aStepAllocatesLittleAndNoMoreWithTime(boolean lora)
      throws IOException, InterruptedException {
    assumeTrue(Backends.hasVectorModule(), "skipped: the cpu backend needs the Vector API");
    Path model = new TinyModel(8, 128).write(folder.resolve("model"));
    Path data = TinyModel.writeConversations(folder.resolve("data.jsonl"), 4);
    Path log = folder.resolve("process.log");
    Process process =
        ChildJvm.start(
            log,
            MeasuredRun.class,
            model.toString(),
            data.toString(),
            folder.resolve("out").toString(),
            String.valueOf(lora));
    try {
      assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    String output = Files.readString(log);
    System.out.printf("lora %s: %s%n", lora, output.lines().toList().getLast());
    assertThat(output).contains("steady: ").doesNotContain("not steady");
  }
}
