package dev.sifter.train.data.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class StallGuardTest {
  /** Waits for ever; an interruption looks like an end. */
  private static String waiting() {
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return "the end";
  }

  @Test
  void endsWorkThatWaitsForEver() {
    try (StallGuard guard = new StallGuard(80)) {
      assertThatThrownBy(() -> guard.guarded(StallGuardTest::waiting))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("no progress in 80 ms");
      assertThat(Thread.interrupted()).isFalse();
    }
  }

  @Test
  void leavesOtherWorkAlone() {
    try (StallGuard guard = new StallGuard(60_000)) {
      assertThat(guard.guarded(() -> "done")).isEqualTo("done");
    }
  }
}
