package dev.sifter.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import dev.sifter.engine.Backends;
import dev.sifter.train.sft.SftConfig;
import dev.sifter.train.trainer.TrainingListener;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A training step leaves the Java heap alone: tensors lie outside it, and what a step allocates is
 * bookkeeping. Until a kernel has been compiled its vectors are objects, so the first steps do not
 * count; how many that are is the compiler's affair.
 */
class HeapTest {
  private static final long MOST_BYTES = 1_000_000;
  private static final int STEADY_STEPS = 30;
  private static final int MOST_STEPS = 1000;

  @TempDir Path folder;

  /** Ends a run that has shown what it should. */
  private static final class Steady extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  /** Measures what all threads allocate from step to step. */
  private static final class Allocations implements TrainingListener {
    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final List<Long> steps = new ArrayList<>();
    private long before;

    @Override
    public void stepDone(long step, double loss) {
      long now = threads.getTotalThreadAllocatedBytes();
      steps.add(now - before);
      before = now;
      if (isSteady()) {
        throw new Steady();
      }
    }

    private List<Long> last() {
      return steps.subList(Math.max(steps.size() - STEADY_STEPS, 0), steps.size());
    }

    private boolean isSteady() {
      return steps.size() > STEADY_STEPS
          && last().stream().allMatch(bytes -> bytes < MOST_BYTES)
          // Compilation only ever takes away; a leak or a growing list would add.
          && last().getLast() <= last().getFirst();
    }
  }

  @ParameterizedTest(name = "lora {0}")
  @ValueSource(booleans = {true, false})
  void aStepAllocatesLittleAndNoMoreWithTime(boolean lora) {
    assumeTrue(Backends.hasVectorModule(), "skipped: the cpu backend needs the Vector API");
    Path model = new TinyModel(8, 128).write(folder.resolve("model"));
    Path data = TinyModel.writeConversations(folder.resolve("data.jsonl"), 4);
    SftConfig config = TinyRun.config(model, data, folder.resolve("out"), lora);
    config.device = "cpu";
    config.perDeviceTrainBatchSize = 4;
    config.gradientAccumulationSteps = 1;
    config.maxSteps = MOST_STEPS;
    config.loggingSteps = MOST_STEPS;
    Allocations allocations = new Allocations();
    assertThatThrownBy(() -> TinyRun.run(config, false, allocations))
        .as(() -> "bytes of the last steps: " + allocations.last())
        .isInstanceOf(Steady.class);
    System.out.printf(
        "a step of %s allocates %,d bytes, after %d steps%n",
        lora ? "LoRA" : "full training", allocations.last().getLast(), allocations.steps.size());
    assertThat(allocations.last().getLast()).isPositive();
  }
}
