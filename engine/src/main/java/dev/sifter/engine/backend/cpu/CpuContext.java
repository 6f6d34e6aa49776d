package dev.sifter.engine.backend.cpu;

/** What all kernels of one backend share: its threads, their scratch memory and one in common. */
final class CpuContext implements AutoCloseable {
  private final WorkerPool pool;
  private final Scratch[] ofWorker;
  private final Scratch shared = new Scratch();

  CpuContext(int threads) {
    pool = new WorkerPool(threads);
    ofWorker = new Scratch[threads];
    for (int i = 0; i < threads; i++) {
      ofWorker[i] = new Scratch();
    }
  }

  int threads() {
    return pool.threads();
  }

  /** Scratch memory of one worker. */
  Scratch scratch(int worker) {
    return ofWorker[worker];
  }

  /** Scratch memory that lasts through a kernel and that all its tasks see. */
  Scratch shared() {
    return shared;
  }

  /** Runs tasks 0 … tasks − 1 on all threads. */
  void run(int tasks, WorkerPool.Task body) {
    pool.run(tasks, body);
  }

  /** A piece of a range of elements or rows. */
  @FunctionalInterface
  interface Range {
    void run(long from, long to, int worker);
  }

  /** Cuts [0, count) into pieces of {@code grain} and runs each. */
  void runRanges(long count, long grain, Range body) {
    int tasks = Math.toIntExact(Math.ceilDiv(count, grain));
    pool.run(
        tasks,
        (task, worker) -> {
          long from = task * grain;
          body.run(from, Math.min(count, from + grain), worker);
        });
  }

  @Override
  public void close() {
    pool.close();
  }
}
