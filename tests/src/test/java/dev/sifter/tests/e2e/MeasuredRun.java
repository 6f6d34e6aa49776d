package dev.sifter.tests.e2e;

import com.sun.management.ThreadMXBean;
import dev.sifter.train.sft.SftConfig;
import dev.sifter.train.trainer.TrainingListener;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A process that trains until its steps allocate a steady amount on the heap, and prints it. */
final class MeasuredRun {
  private static final long MOST_BYTES = 1_000_000;
  private static final int STEADY_STEPS = 30;
  private static final int MOST_STEPS = 1000;

  private MeasuredRun() {}

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

  /** Arguments: model, data and output folder, and whether to train adapters. */
  public static void main(String[] args) {
    boolean lora = Boolean.parseBoolean(args[3]);
    SftConfig config = TinyRun.config(Path.of(args[0]), Path.of(args[1]), Path.of(args[2]), lora);
    config.device = "cpu";
    config.perDeviceTrainBatchSize = 4;
    config.gradientAccumulationSteps = 1;
    config.maxSteps = MOST_STEPS;
    config.loggingSteps = MOST_STEPS;
    Allocations allocations = new Allocations();
    try {
      TinyRun.run(config, false, allocations);
      System.out.println("not steady: " + allocations.last());
    } catch (Steady e) {
      System.out.printf(
          "steady: %d bytes a step, after %d steps%n",
          allocations.last().getLast(), allocations.steps.size());
    }
  }
}
