package dev.sifter.engine.backend.cpu;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * Runs the numbered tasks of one kernel on a fixed set of threads, the caller's among them.
 *
 * <p>Which thread runs a task is left to chance; what a task computes must not depend on it. A
 * kernel therefore cuts its sums by shape alone, never by the number of threads, and results have
 * the same bits on any number of them.
 *
 * <p>Idle workers spin for a moment, because a training step calls the next kernel within
 * microseconds, and then park. One kernel runs at a time.
 */
final class WorkerPool implements AutoCloseable {
  private static final int SPINS_BEFORE_PARKING = 4_000;
  private static final int SPINS_BEFORE_YIELDING = 2_000;
  private static final int NONE = 0;
  private static final int ALL_TAKEN = Integer.MAX_VALUE;

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
      int seen = NONE;
      while (!closed) {
        seen = awaitEpochAfter(seen);
        work(seen, number);
      }
    }

    private int awaitEpochAfter(int seen) {
      for (int spin = 0; spin < SPINS_BEFORE_PARKING; spin++) {
        if (epoch() != seen) {
          return epoch();
        }
        Thread.onSpinWait();
      }
      parked = true;
      while (epoch() == seen && !closed) {
        LockSupport.park(this);
      }
      parked = false;
      return epoch();
    }
  }

  /**
   * The number of the kernel that runs, its epoch, in the upper half, and its next task in the
   * lower one. Between kernels the lower half is {@link #ALL_TAKEN}: only while it is can {@link
   * #body} and {@link #tasks} change, so whoever takes a task by compare-and-set has read those of
   * that task's kernel. One kernel after the other uses the same fields, and so nothing is
   * allocated.
   */
  private final AtomicLong ticket = new AtomicLong(ticket(NONE, ALL_TAKEN));

  private final AtomicInteger finished = new AtomicInteger();
  private final AtomicReference<Throwable> failure = new AtomicReference<>();
  private Task body;
  private int tasks;

  private final Worker[] workers;
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
    this.body = body;
    this.tasks = tasks;
    finished.set(0);
    failure.set(null);
    int epoch = epoch() + 1;
    ticket.set(ticket(epoch, 0));
    wake(tasks - 1);
    work(epoch, 0);
    await(finished, tasks);
    ticket.set(ticket(epoch, ALL_TAKEN));
    rethrow(failure.get());
  }

  /** Waits until other threads have finished as many tasks, which they have begun. */
  static void await(AtomicInteger finished, int tasks) {
    for (int spin = 0; finished.get() < tasks; spin++) {
      if (spin < SPINS_BEFORE_YIELDING) {
        Thread.onSpinWait();
      } else {
        Thread.yield();
      }
    }
  }

  private void work(int epoch, int worker) {
    for (long now = ticket.get(); epoch(now) == epoch && task(now) < tasks; now = ticket.get()) {
      Task current = body;
      if (ticket.compareAndSet(now, now + 1)) {
        try {
          current.run(task(now), worker);
        } catch (Throwable thrown) {
          failure.compareAndSet(null, thrown);
        } finally {
          finished.incrementAndGet();
        }
      }
    }
  }

  private int epoch() {
    return epoch(ticket.get());
  }

  private static int epoch(long ticket) {
    return (int) (ticket >>> Integer.SIZE);
  }

  private static int task(long ticket) {
    return (int) ticket;
  }

  private static long ticket(int epoch, int task) {
    return (long) epoch << Integer.SIZE | task;
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
