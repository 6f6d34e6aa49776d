package dev.sifter.engine.backend.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.kernels.gpu.DryGpu;
import dev.sifter.kernels.gpu.GpuDevices;
import dev.sifter.kernels.gpu.GpuProperties;
import dev.sifter.kernels.gpu.RecordingGpu;
import java.lang.foreign.MemorySegment;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LastingPlaceTest {
  private static final int MOST_ROWS = 4000;

  /** Each batch has another number of labels: a place for each would be 64 MB by the end. */
  @Test
  void otherNumbersOfRowsTakeNoMoreMemory() {
    GpuProperties properties = new GpuProperties("a card", 9, 0, 132, 1L << 36, 1 << 17, 1 << 25);
    RecordingGpu gpu = new RecordingGpu(new DryGpu(properties));
    try (GpuBackend backend =
            new GpuBackend("dry", new GpuDevices.Choice<>(gpu, "a test's"), DType.F32);
        TensorArena arena = backend.newArena("test")) {
      Tensor dy = arena.allocate(DType.F32, Shape.of(MOST_ROWS, 4));
      Tensor rows = arena.allocate(DType.I32, Shape.of(MOST_ROWS));
      Tensor table = arena.allocate(DType.F32, Shape.of(MOST_ROWS, 4));
      backend.upload(MemorySegment.ofArray(IntStream.range(0, MOST_ROWS).toArray()), rows);
      gpu.clear();

      for (int count = 1; count <= MOST_ROWS; count++) {
        Tensor numbers = rows.reshape(MOST_ROWS, 1).rows(0, count).reshape(count);
        backend.rows().scatterAdd(dy.rows(0, count), numbers, 1, table);
      }

      long taken =
          gpu.events().stream()
              .filter(RecordingGpu.Event.Allocate.class::isInstance)
              .mapToLong(event -> ((RecordingGpu.Event.Allocate) event).buffer().byteSize())
              .sum();
      assertThat(taken).isPositive().isLessThan(2 << 20);
    }
  }
}
