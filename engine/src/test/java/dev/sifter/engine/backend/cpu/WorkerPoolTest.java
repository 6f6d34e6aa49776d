package dev.sifter.engine.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;

@NeedsVectorModule
class WorkerPoolTest {
  @Test
  void runsEveryTaskOnce() {
    try (WorkerPool pool = new WorkerPool(3)) {
      for (int tasks = 0; tasks < 300; tasks++) {
        AtomicIntegerArray runs = new AtomicIntegerArray(tasks);
        pool.run(tasks, (task, worker) -> runs.incrementAndGet(task));
        for (int task = 0; task < tasks; task++) {
          assertThat(runs.get(task)).isEqualTo(1);
        }
      }
    }
  }

  @Test
  void throwsWhatATaskThrewAndGoesOn() {
    try (WorkerPool pool = new WorkerPool(2)) {
      assertThatThrownBy(
              () ->
                  pool.run(
                      100,
                      (task, worker) -> {
                        if (task == 77) {
                          throw new IllegalArgumentException("task 77");
                        }
                      }))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("task 77");
      pool.run(10, (task, worker) -> {});
    }
  }

  @Test
  void refusesZeroThreadsAndWorkAfterItsEnd() {
    assertThatThrownBy(() -> new WorkerPool(0)).isInstanceOf(IllegalArgumentException.class);
    WorkerPool pool = new WorkerPool(2);
    pool.close();
    assertThatThrownBy(() -> pool.run(1, (task, worker) -> {}))
        .isInstanceOf(IllegalStateException.class);
  }
}
