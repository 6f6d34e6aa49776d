package dev.sifter.train.data.record;

import java.util.function.Supplier;

/**
 * Interrupts work that does not come back. The Parquet reader decodes on threads of its own; where
 * a damaged file sends one of them into an endless loop, it would wait for that thread for ever.
 */
final class StallGuard implements AutoCloseable {
  private static final int CHECKS_PER_LIMIT = 8;

  private final long limitMillis;
  private final Thread watcher;
  private Thread worker;
  private int checks;
  private boolean stalled;

  /**
   * A guard.
   *
   * @param limitMillis how long a piece of work may take
   */
  StallGuard(long limitMillis) {
    this.limitMillis = limitMillis;
    this.watcher = Thread.ofPlatform().daemon().name("stall guard").start(this::watch);
  }

  /**
   * Does the work on this thread.
   *
   * @throws IllegalStateException if it stalls, also where the work takes the interruption for its
   *     end
   */
  <T> T guarded(Supplier<T> work) {
    begin();
    T result;
    try {
      result = work.get();
    } finally {
      end();
    }
    if (stalled) {
      throw new IllegalStateException("no progress in %d ms".formatted(limitMillis));
    }
    return result;
  }

  private synchronized void begin() {
    worker = Thread.currentThread();
    checks = 0;
  }

  private synchronized void end() {
    worker = null;
    if (stalled) {
      Thread.interrupted();
    }
  }

  private void watch() {
    try {
      while (true) {
        Thread.sleep(Math.max(1, limitMillis / CHECKS_PER_LIMIT));
        synchronized (this) {
          if (worker != null && ++checks > CHECKS_PER_LIMIT) {
            stalled = true;
            worker.interrupt();
          }
        }
      }
    } catch (InterruptedException closed) {
      // The guard is closed: there is nothing left to watch.
    }
  }

  @Override
  public void close() {
    watcher.interrupt();
  }
}
