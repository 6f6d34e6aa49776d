package dev.sifter.train.data;

import dev.sifter.train.data.record.DataException;
import dev.sifter.train.data.record.RawRecord;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/**
 * Prepares records on several threads and hands the rows on in the order of the records, so that
 * the number of threads changes nothing: not the rows, not their order, not which error is told.
 * Records are cut out of their files here, a few ahead of what is being prepared; memory holds no
 * more than these.
 */
final class ParallelPreparation {
  private static final int BATCH_BYTES = 1 << 18;
  private static final int BATCH_RECORDS = 512;

  /** Batches ahead, for each thread: one at work, one waiting. */
  private static final int BATCHES_PER_THREAD = 2;

  private final RowPreparer preparer;
  private final Consumer<Outcome> consumer;

  /**
   * What became of a record.
   *
   * @param rows its rows
   * @param error why there are none; null if there are
   */
  record Outcome(List<PreparedRow> rows, DataException error) {}

  ParallelPreparation(RowPreparer preparer, Consumer<Outcome> consumer) {
    this.preparer = preparer;
    this.consumer = consumer;
  }

  /**
   * Prepares all records.
   *
   * @param threads at least 1
   */
  void run(Iterator<? extends RawRecord> records, int threads) {
    ExecutorService pool =
        Executors.newFixedThreadPool(
            threads, Thread.ofPlatform().daemon().name("prepare-", 0).factory());
    Deque<Future<List<Outcome>>> ahead = new ArrayDeque<>();
    try {
      List<RawRecord> batch;
      while (!(batch = next(records, ahead)).isEmpty()) {
        if (ahead.size() == BATCHES_PER_THREAD * threads) {
          consume(ahead.removeFirst());
        }
        List<RawRecord> work = batch;
        ahead.addLast(pool.submit(() -> work.stream().map(this::prepare).toList()));
      }
      drain(ahead);
    } finally {
      pool.shutdownNow();
    }
  }

  /** The next records; an error in cutting them is told after those that come before it. */
  private List<RawRecord> next(
      Iterator<? extends RawRecord> records, Deque<Future<List<Outcome>>> ahead) {
    List<RawRecord> batch = new ArrayList<>();
    int bytes = 0;
    try {
      while (batch.size() < BATCH_RECORDS && bytes < BATCH_BYTES && records.hasNext()) {
        RawRecord record = records.next();
        bytes += record.bytes();
        batch.add(record);
      }
      return batch;
    } catch (DataException e) {
      drain(ahead);
      batch.stream().map(this::prepare).forEach(consumer);
      consumer.accept(new Outcome(List.of(), e));
      return List.of();
    }
  }

  private Outcome prepare(RawRecord record) {
    try {
      return new Outcome(preparer.prepare(record), null);
    } catch (DataException e) {
      return new Outcome(List.of(), e);
    }
  }

  private void drain(Deque<Future<List<Outcome>>> ahead) {
    while (!ahead.isEmpty()) {
      consume(ahead.removeFirst());
    }
  }

  private void consume(Future<List<Outcome>> batch) {
    try {
      batch.get().forEach(consumer);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while data was prepared", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException("preparation failed", e.getCause());
    }
  }
}
