package dev.sifter.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sifter.engine.Backends;
import dev.sifter.train.sft.SftConfig;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The number of threads decides who computes a sum, never in which order its terms are added. */
class ThreadInvarianceTest {
  @TempDir Path folder;

  @ParameterizedTest(name = "lora {0}")
  @ValueSource(booleans = {true, false})
  void anyNumberOfThreadsTrainsTheSameWeights(boolean lora) {
    assumeTrue(Backends.hasVectorModule(), "skipped: the cpu backend needs the Vector API");
    // Wide enough that every kernel has work for several threads.
    Path model = new TinyModel(1, 128).write(folder.resolve("model"));
    Path data = TinyModel.writeConversations(folder.resolve("data.jsonl"), 24);
    byte[] expected = null;
    for (int threads : new int[] {1, 2, 3, 8}) {
      SftConfig config = TinyRun.config(model, data, folder.resolve("out-" + threads), lora);
      config.device = "cpu";
      config.threads = threads;
      config.maxSteps = 3;
      config.perDeviceTrainBatchSize = 8;
      config.gradientAccumulationSteps = 1;
      TinyRun.run(config, false);
      byte[] weights = TinyRun.weights(Path.of(config.outputDir));
      if (expected == null) {
        expected = weights;
      }
      assertThat(weights).as(threads + " threads").isEqualTo(expected);
    }
  }
}
