package dev.sifter.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sifter.engine.backend.AttentionSpec;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.backend.Segments;
import dev.sifter.engine.backend.gpu.GpuBackend;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.kernels.gpu.GpuDevices;
import dev.sifter.kernels.gpu.RecordingGpu;
import dev.sifter.kernels.gpu.RecordingGpu.Event;
import dev.sifter.kernels.gpu.emulator.EmulatedGpu;
import dev.sifter.kernels.gpu.emulator.EmulatorOptions;
import dev.sifter.kernels.gpu.emulator.TensorArithmetic;
import dev.sifter.tests.TestBackends;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Attention takes the tensor cores that its device has, and gives the reference's values by all.
 */
class GpuTensorCoresTest {
  private static final Segments DOCUMENTS = Segments.packed(new int[] {70, 1, 29});
  private static final int ROWS = 100;

  /** Of a result's largest value: a few roundings to bfloat16. */
  private static final double NEAR = 0.02;

  @ParameterizedTest(name = "{0}, heads of {1}: {2}")
  @CsvSource({
    "EXACT_SM90, 64, wgmma",
    "EXACT_SM90, 128, wgmma",
    "EXACT_SM90, 32, mma",
    "EXACT_SM80, 64, mma",
    "EXACT_SM80, 128, mma"
  })
  void attention(TensorArithmetic device, int headDim, String cores) {
    AttentionSpec spec = new AttentionSpec(4, 2, headDim, 0.125f, 0, 0);
    RecordingGpu recorder =
        new RecordingGpu(new EmulatedGpu(EmulatorOptions.defaults().withTensorArithmetic(device)));
    List<float[]> actual;
    try (Backend gpu =
        new GpuBackend("emulator", new GpuDevices.Choice<>(recorder, "a test's"), DType.BF16)) {
      actual = forwardAndBackward(gpu, spec, DType.BF16);
    }
    assertThat(recorder.events())
        .filteredOn(Event.Launch.class::isInstance)
        .extracting(event -> ((Event.Launch) event).kernel().name())
        .filteredOn(name -> name.startsWith("flash_attention"))
        .hasSize(3)
        .allMatch(name -> name.endsWith("_" + cores));
    try (Backend reference = TestBackends.open("reference")) {
      List<float[]> expected = forwardAndBackward(reference, spec, DType.F32);
      for (int r = 0; r < expected.size(); r++) {
        assertThat(distance(actual.get(r), expected.get(r))).as("result %d", r).isLessThan(NEAR);
      }
    }
  }

  /** The output and the gradients of queries, keys and values. */
  private static List<float[]> forwardAndBackward(Backend backend, AttentionSpec spec, DType type) {
    try (TensorArena arena = backend.newArena("test")) {
      Random random = new Random(3);
      Tensor q = tensor(backend, arena, type, spec.queryWidth(), random);
      Tensor k = tensor(backend, arena, type, spec.kvWidth(), random);
      Tensor v = tensor(backend, arena, type, spec.kvWidth(), random);
      Tensor dOut = tensor(backend, arena, type, spec.queryWidth(), random);
      Tensor out = arena.allocate(type, q.shape());
      Tensor sums = arena.allocate(DType.F32, Shape.of(ROWS, spec.heads()));
      List<Tensor> d = Stream.of(q, k, v).map(x -> arena.allocate(type, x.shape())).toList();
      backend.attention().attention(spec, DOCUMENTS, null, q, k, v, out, sums);
      backend
          .attention()
          .attentionBackward(
              spec, DOCUMENTS, null, dOut, q, k, v, out, sums, d.get(0), d.get(1), d.get(2));
      List<float[]> results = new ArrayList<>();
      for (Tensor result : List.of(out, d.get(0), d.get(1), d.get(2))) {
        Tensor wide = arena.allocate(DType.F32, result.shape());
        backend.pointwise().cast(result, wide);
        float[] values = new float[(int) wide.shape().elements()];
        backend.download(wide, MemorySegment.ofArray(values));
        results.add(values);
      }
      return results;
    }
  }

  /** Numbers that bfloat16 has. */
  private static Tensor tensor(
      Backend backend, TensorArena arena, DType type, int width, Random random) {
    float[] values = new float[ROWS * width];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextInt(-16, 17) / 8f;
    }
    Tensor wide = arena.allocate(DType.F32, Shape.of(ROWS, width));
    backend.upload(MemorySegment.ofArray(values), wide);
    Tensor typed = arena.allocate(type, wide.shape());
    backend.pointwise().cast(wide, typed);
    return typed;
  }

  /** The largest difference, of the largest value. */
  private static double distance(float[] actual, float[] expected) {
    double difference = 0;
    double largest = 0;
    for (int i = 0; i < expected.length; i++) {
      // NaN stays: no distance is less than it.
      difference = Math.max(difference, Math.abs((double) actual[i] - expected[i]));
      largest = Math.max(largest, Math.abs(expected[i]));
    }
    return difference / largest;
  }
}
