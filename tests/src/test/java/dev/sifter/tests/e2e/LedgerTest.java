package dev.sifter.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sifter.engine.memory.MemoryLedger;
import dev.sifter.train.sft.SftConfig;
import dev.sifter.train.sft.SftRun;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** All memory outside the heap is given back, and a run needs the same every time. */
class LedgerTest {
  @TempDir Path folder;

  @ParameterizedTest(name = "lora {0}")
  @ValueSource(booleans = {true, false})
  void readsZeroAfterARun(boolean lora) {
    Path model = TinyModel.SMALLEST.write(folder.resolve("model"));
    Path data = TinyModel.writeConversations(folder.resolve("data.jsonl"), 12);
    SftConfig config = TinyRun.config(model, data, folder.resolve("out"), lora);
    config.evalDataset = config.datasetName;
    config.checkEvalOverlap = false;
    config.evalStrategy = "steps";
    config.evalSteps = 1;
    config.maxSteps = 2;
    MemoryLedger first = ledgerAfter(config);
    MemoryLedger second = ledgerAfter(config);
    assertThat(first.bytes()).isZero();
    Map<String, Long> peaks = first.peakBytesByArena();
    assertThat(peaks).containsKeys("parameters", "gradients", "step", "evaluation");
    assertThat(peaks.keySet()).allSatisfy(arena -> assertThat(first.bytes(arena)).isZero());
    assertThat(second.peakBytesByArena()).isEqualTo(peaks);
    assertThat(second.peakBytes()).isEqualTo(first.peakBytes());
  }

  private static MemoryLedger ledgerAfter(SftConfig config) {
    MemoryLedger ledger;
    try (SftRun run = SftRun.open(config, false)) {
      ledger = run.backend().ledger();
      run.run();
      assertThat(ledger.bytes()).isPositive();
    }
    return ledger;
  }
}
