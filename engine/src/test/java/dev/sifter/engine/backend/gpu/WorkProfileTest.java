package dev.sifter.engine.backend.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.Test;

class WorkProfileTest {
  @Test
  void countsAndTimesWhatRanMeanwhile() {
    try (GpuBackend backend = GpuBackend.open("emulator", DType.F32);
        TensorArena arena = backend.newArena("test")) {
      Tensor x = arena.allocate(DType.F32, Shape.of(4));
      Tensor sum = arena.allocate(DType.F32, Shape.of(4));
      backend.pointwise().fill(x, 1);

      WorkProfile profile =
          backend.profile(
              () -> {
                backend.pointwise().add(x, x, sum);
                backend.pointwise().add(sum, x, sum);
                backend.upload(MemorySegment.ofArray(new float[4]), x);
              });
      backend.pointwise().add(sum, sum, sum);

      List<WorkProfile.Entry> entries = profile.entries();
      assertThat(entries)
          .extracting(WorkProfile.Entry::name)
          .containsExactlyInAnyOrder("Add", "copies from the host");
      assertThat(entries)
          .isSortedAccordingTo((a, b) -> Double.compare(b.millis(), a.millis()))
          .allSatisfy(entry -> assertThat(entry.millis()).isNotNegative());
      WorkProfile.Entry add =
          entries.stream().filter(entry -> entry.name().equals("Add")).findFirst().orElseThrow();
      assertThat(add.count()).isEqualTo(2);
      float[] values = new float[4];
      sum.read(0, MemorySegment.ofArray(values));
      assertThat(values).as("the work was done, once").containsOnly(6);
    }
  }
}
