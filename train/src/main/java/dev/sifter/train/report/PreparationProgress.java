package dev.sifter.train.report;

import dev.sifter.train.data.PreparationListener;
import java.util.concurrent.TimeUnit;

/**
 * Shows how far the preparation of data is, once that has taken a moment. Close it when it is done.
 */
public final class PreparationProgress implements PreparationListener, AutoCloseable {
  private static final long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(700);
  private static final double BYTES_PER_UNIT = 1e6;

  private long startNanos = System.nanoTime();
  private Progress progress;
  private long shownBytes;

  @Override
  public void prepared(long records, long bytesRead, long bytesInAll) {
    if (bytesRead < shownBytes) {
      // Another data set: that of evaluation, after that of training.
      close();
      startNanos = System.nanoTime();
    }
    shownBytes = bytesRead;
    if (progress == null) {
      if (System.nanoTime() - startNanos < PATIENCE_NANOS) {
        return;
      }
      progress = Progress.start("preparing data", "MB", Math.round(bytesInAll / BYTES_PER_UNIT));
    }
    progress.stepTo(Math.round(bytesRead / BYTES_PER_UNIT));
    progress.message(Numbers.grouped(records) + " rows");
  }

  @Override
  public void close() {
    if (progress != null) {
      progress.close();
      progress = null;
    }
  }
}
