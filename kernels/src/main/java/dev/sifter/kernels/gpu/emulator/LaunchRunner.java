package dev.sifter.kernels.gpu.emulator;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.IntUnaryOperator;

/**
 * Runs launches on a pool of workers, each with one block at a time.
 *
 * <p>Blocks are handed out, and their notes compared, in one order, so that results, counters and
 * faults do not depend on how fast the workers are. Kernels with atomic operations on global memory
 * run on one worker, and so do launches that are too small to be worth handing out.
 */
final class LaunchRunner implements AutoCloseable {
  /** Instructions of warps for which waking another thread pays: some milliseconds. */
  private static final long WORTH_SHARING = 100_000;

  private final EmulatorOptions options;
  private final ExecutorService pool;
  private final AccessLog[] logs;
  private final RaceDetector races = new RaceDetector();
  private final Map<Program, Deque<Block>> blocks = new IdentityHashMap<>();

  LaunchRunner(EmulatorOptions options, GlobalMemory memory) {
    this.options = options;
    pool =
        Executors.newFixedThreadPool(
            options.cores(), Thread.ofPlatform().daemon().name("gpu-emulator-", 0).factory());
    logs = new AccessLog[options.cores()];
    for (int i = 0; i < logs.length; i++) {
      logs[i] = new AccessLog(memory, options.checks());
    }
  }

  /**
   * Runs a launch to its end.
   *
   * @throws EmulatorFaultException of the first block, in the launch's order, that failed a check
   */
  Counters run(Launch launch) {
    int count = Math.toIntExact(launch.grid().blocks());
    Run run = new Run(launch, count);
    try {
      // The first block tells how much there is to do.
      run.work(logs[0], 1);
      long left = (count - 1) * run.counters.instructions();
      boolean alone = launch.program().usesGlobalAtomics() || left < WORTH_SHARING;
      int workers = alone ? 1 : Math.min(options.cores(), count - 1);
      if (workers == 1) {
        run.work(logs[0], count);
      } else {
        runOnPool(run, workers, count);
      }
    } finally {
      races.clear();
    }
    if (run.fault != null) {
      throw run.fault;
    }
    return run.counters;
  }

  /** Returns, or throws, when all workers have ended: the next launch uses their logs. */
  private void runOnPool(Run run, int workers, int count) {
    CompletableFuture<?>[] running = new CompletableFuture<?>[workers];
    for (int i = 0; i < workers; i++) {
      AccessLog log = logs[i];
      running[i] = CompletableFuture.runAsync(() -> run.work(log, count), pool);
    }
    try {
      // As with a real GPU, interrupting the thread that waits does not end a launch.
      CompletableFuture.allOf(running).join();
    } catch (CompletionException failed) {
      throw new IllegalStateException("the emulator itself failed", failed.getCause());
    }
  }

  private synchronized Block takeBlock(Program program) {
    Deque<Block> spare = blocks.computeIfAbsent(program, key -> new ArrayDeque<>());
    return spare.isEmpty() ? new Block(program) : spare.pop();
  }

  private synchronized void giveBack(Block block) {
    blocks.get(block.program()).push(block);
  }

  @Override
  public void close() {
    pool.shutdownNow();
  }

  /** One launch while it runs. */
  private final class Run {
    private final Launch launch;
    private final IntUnaryOperator order;
    private final Counters counters;
    private int handedOut;
    private int added;
    private int failedAt = Integer.MAX_VALUE;
    private EmulatorFaultException fault;

    Run(Launch launch, int count) {
      this.launch = launch;
      order = TurnOrder.blocks(options.seed(), count);
      counters = new Counters(launch.program().code().length);
    }

    /** What a worker does: blocks until there are no more below {@code end}. */
    void work(AccessLog log, int end) {
      Block block = takeBlock(launch.program());
      block.begin(launch, log);
      for (int i = next(end); i >= 0; i = next(end)) {
        try {
          block.run(order.applyAsInt(i));
          finish(i, block);
        } catch (EmulatorFaultException failed) {
          fail(i, failed);
        } catch (RuntimeException | Error broken) {
          fail(-1, null);
          throw broken;
        }
      }
      synchronized (this) {
        counters.add(block.counters());
      }
      giveBack(block);
    }

    private synchronized int next(int end) {
      return handedOut < end && failedAt == Integer.MAX_VALUE ? handedOut++ : -1;
    }

    /** Compares a block's notes when its turn has come; all that run before it will end. */
    private synchronized void finish(int position, Block block) {
      while (added < position && failedAt > position) {
        try {
          wait();
        } catch (InterruptedException interrupted) {
          Thread.currentThread().interrupt();
          throw new IllegalStateException("interrupted while a kernel ran", interrupted);
        }
      }
      if (failedAt > position) {
        if (options.checks()) {
          races.add(block);
        }
        added++;
        notifyAll();
      }
    }

    private synchronized void fail(int position, EmulatorFaultException failed) {
      if (position < failedAt) {
        failedAt = position;
        fault = failed;
      }
      notifyAll();
    }
  }
}
