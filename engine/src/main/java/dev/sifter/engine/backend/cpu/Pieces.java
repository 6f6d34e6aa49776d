package dev.sifter.engine.backend.cpu;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Numbered pieces of work that threads take one by one, whoever comes first, and wait for. Who
 * waits must have found none left, so that all of them have been taken and will be finished.
 */
final class Pieces {
  private final AtomicInteger taken = new AtomicInteger();
  private final AtomicInteger finished = new AtomicInteger();

  // Written before the threads begin.
  private int count;

  /** Offers pieces 0 … count − 1. */
  void offer(int count) {
    this.count = count;
    taken.set(0);
    finished.set(0);
  }

  /** A piece for the calling thread, which must {@link #finish} it; negative if there is none. */
  int take() {
    int next = taken.getAndIncrement();
    return next < count ? next : -1;
  }

  /** Ends a piece that was taken, whether or not it failed: others wait for it. */
  void finish() {
    finished.incrementAndGet();
  }

  /** Waits until all pieces are finished. */
  void await() {
    WorkerPool.await(finished, count);
  }
}
