package dev.sifter.engine.backend.cpu;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * Runs the numbered tasks of one kernel on a fixed set of threads, the caller's among them.
 *
 * <p>Which thread runs a task is left to chance; what a task computes must not depend on it. A
 * kernel therefore cuts its work by shape alone, never by the number of threads, and results have
 * the same bits on any number of them.
 *
 * <p>Idle workers spin for a moment, because a training step calls the next kernel within
 * microseconds, and then park. One kernel runs at a time.
 */
final class WorkerPool implements AutoCloseable {
  private static final int SPINS_BEFORE_PARKING = 4_000;
  private static final int SPINS_BEFORE_YIELDING = 2_000;

  /** One piece of a kernel's work. */
  @FunctionalInterface
  interface Task {
    /**
     * Runs a task.
     *
     * @param task its number
     * @param worker the running thread's number, to choose scratch memory by
     */
    void run(int task, int worker);
  }

  private static final class Job {
    final Task body;
    final int tasks;
    final AtomicInteger next = new AtomicInteger();
    final AtomicInteger finished = new AtomicInteger();
    final AtomicReference<Throwable> failure = new AtomicReference<>();

    Job(Task body, int tasks) {
      this.body = body;
      this.tasks = tasks;
    }

    void work(int worker) {
      for (int task = next.getAndIncrement(); task < tasks; task = next.getAndIncrement()) {
        try {
          body.run(task, worker);
        } catch (Throwable thrown) {
          failure.compareAndSet(null, thrown);
        } finally {
          finished.incrementAndGet();
        }
      }
    }
  }

  private final class Worker extends Thread {
    final int number;
    volatile boolean parked;

    Worker(int number) {
      super("sifter-cpu-" + number);
      this.number = number;
      setDaemon(true);
    }

    @Override
    public void run() {
      Job seen = null;
      while (!closed) {
        Job current = awaitJobAfter(seen);
        if (current != null) {
          current.work(number);
          seen = current;
        }
      }
    }

    private Job awaitJobAfter(Job seen) {
      for (int spin = 0; spin < SPINS_BEFORE_PARKING; spin++) {
        if (job != seen) {
          return job;
        }
        Thread.onSpinWait();
      }
      parked = true;
      while (job == seen && !closed) {
        LockSupport.park(this);
      }
      parked = false;
      return job == seen ? null : job;
    }
  }

  private final Worker[] workers;
  private volatile Job job;
  private volatile boolean closed;

  /** A pool of this many threads, the caller's included. */
  WorkerPool(int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("the cpu backend needs at least 1 thread, not " + threads);
    }
    workers = new Worker[threads - 1];
    for (int i = 0; i < workers.length; i++) {
      workers[i] = new Worker(i + 1);
      workers[i].start();
    }
  }

  /** Number of threads, the caller's included: one more than the highest worker number. */
  int threads() {
    return workers.length + 1;
  }

  /** Runs tasks 0 … tasks − 1 and returns when all are done; throws what a task threw first. */
  void run(int tasks, Task body) {
    if (closed) {
      throw new IllegalStateException("the cpu backend is closed");
    }
    if (workers.length == 0 || tasks <= 1) {
      for (int task = 0; task < tasks; task++) {
        body.run(task, 0);
      }
      return;
    }
    Job current = new Job(body, tasks);
    job = current;
    wake(tasks - 1);
    current.work(0);
    for (int spin = 0; current.finished.get() < tasks; spin++) {
      if (spin < SPINS_BEFORE_YIELDING) {
        Thread.onSpinWait();
      } else {
        Thread.yield();
      }
    }
    rethrow(current.failure.get());
  }

  private void wake(int most) {
    for (int i = 0; i < workers.length && i < most; i++) {
      if (workers[i].parked) {
        LockSupport.unpark(workers[i]);
      }
    }
  }

  private static void rethrow(Throwable failure) {
    switch (failure) {
      case null -> {}
      case RuntimeException runtime -> throw runtime;
      case Error error -> throw error;
      default -> throw new IllegalStateException("a kernel's task failed", failure);
    }
  }

  /** Ends the threads; a kernel must not be running. */
  @Override
  public void close() {
    closed = true;
    for (Worker worker : workers) {
      LockSupport.unpark(worker);
    }
    for (Worker worker : workers) {
      joinUninterruptibly(worker);
    }
  }

  private static void joinUninterruptibly(Worker worker) {
    boolean interrupted = false;
    while (worker.isAlive()) {
      try {
        worker.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
