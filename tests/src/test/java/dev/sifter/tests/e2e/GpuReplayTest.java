package dev.sifter.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sifter.engine.backend.AdamWStep;
import dev.sifter.engine.backend.AdamWUpdate;
import dev.sifter.engine.backend.AttentionSpec;
import dev.sifter.engine.backend.GradientScale;
import dev.sifter.engine.backend.Segments;
import dev.sifter.engine.backend.gpu.GpuBackend;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.random.RandomStream;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.kernels.gpu.Gpu;
import dev.sifter.kernels.gpu.GpuDevices;
import dev.sifter.kernels.gpu.RecordingGpu;
import dev.sifter.kernels.gpu.RecordingGpu.Event;
import dev.sifter.kernels.gpu.emulator.EmulatedGpu;
import dev.sifter.kernels.gpu.emulator.EmulatorOptions;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What changes from pass to pass reaches the works of a graph: documents, masks, rates, norms. */
class GpuReplayTest {
  private static final int ROWS = 64;
  private static final AttentionSpec SPEC = new AttentionSpec(4, 2, 16, 0.25f, 0, 0);

  /** Of two lists of 13 and 14 tiles the shorter one is filled up. */
  private static final List<Segments> DOCUMENTS =
      IntStream.of(13, 13, 13, 14, 13, 14).mapToObj(GpuReplayTest::documents).toList();

  /** As many documents as that, of lengths that differ. */
  private static Segments documents(int count) {
    int[] lengths = IntStream.range(0, count).map(d -> 2 + d % 5).toArray();
    lengths[count - 1] += ROWS - Arrays.stream(lengths).sum();
    return Segments.packed(lengths);
  }

  private record Pass(List<Event> events, List<byte[]> results) {}

  @Test
  void aReplayTakesWhatItsPassBrings() {
    List<Pass> launched = passes(LosingGpu.withoutGraphs(emulator()));
    List<Pass> replayed = passes(emulator());
    for (int n = 0; n < replayed.size(); n++) {
      Pass pass = replayed.get(n);
      List<Event> launches = pass.events.stream().filter(Event.Launch.class::isInstance).toList();
      if (n > 2) { // the first one uploads the optimizer's tables too, the third captures
        assertThat(launches).as("pass %d", n).isEmpty();
        assertThat(pass.events.stream().filter(Event.Replay.class::isInstance)).isNotEmpty();
      }
      for (int r = 0; r < pass.results.size(); r++) {
        byte[] expected = launched.get(n).results.get(r);
        assertThat(pass.results.get(r)).as("pass %d, result %d", n, r).isEqualTo(expected);
        if (n > 0) {
          assertThat(expected).isNotEqualTo(launched.get(n - 1).results.get(r));
        }
      }
    }
  }

  private static Gpu emulator() {
    return new EmulatedGpu(EmulatorOptions.defaults().withCores(2));
  }

  private static List<Pass> passes(Gpu gpu) {
    RecordingGpu recorder = new RecordingGpu(gpu);
    List<Pass> passes = new ArrayList<>();
    try (GpuBackend backend =
            new GpuBackend("emulator", new GpuDevices.Choice<>(recorder, "a test's"), DType.BF16);
        TensorArena arena = backend.newArena("test")) {
      Work work = new Work(backend, arena);
      for (int n = 0; n < DOCUMENTS.size(); n++) {
        recorder.clear();
        work.run(n, DOCUMENTS.get(n));
        List<byte[]> results = work.results();
        passes.add(new Pass(recorder.events(), results));
      }
    }
    return passes;
  }

  /** One of everything whose numbers change from step to step. */
  private static final class Work {
    private final GpuBackend backend;
    private final Tensor q;
    private final Tensor k;
    private final Tensor v;
    private final Tensor dropped;
    private final Tensor out;
    private final Tensor sums;
    private final List<Tensor> gradients;
    private final Tensor weight;
    private final Tensor gradient;
    private final Tensor moment1;
    private final Tensor moment2;

    Work(GpuBackend backend, TensorArena arena) {
      this.backend = backend;
      Random random = new Random(3);
      q = normal(arena, DType.BF16, ROWS, SPEC.queryWidth(), random);
      k = normal(arena, DType.BF16, ROWS, SPEC.kvWidth(), random);
      v = normal(arena, DType.BF16, ROWS, SPEC.kvWidth(), random);
      dropped = arena.allocate(DType.BF16, q.shape());
      out = arena.allocate(DType.BF16, q.shape());
      sums = arena.allocate(DType.F32, Shape.of(ROWS, SPEC.heads()));
      gradients =
          List.of(q, k, v).stream().map(x -> arena.allocate(DType.BF16, x.shape())).toList();
      weight = normal(arena, DType.F32, 1, 100, random);
      gradient = normal(arena, DType.F32, 1, 100, random);
      moment1 = zeros(arena);
      moment2 = zeros(arena);
    }

    private Tensor normal(TensorArena arena, DType dtype, int rows, int width, Random random) {
      Tensor numbers = arena.allocate(DType.F32, Shape.of(rows, width));
      float[] values = new float[rows * width];
      IntStream.range(0, values.length).forEach(i -> values[i] = (float) random.nextGaussian());
      backend.upload(MemorySegment.ofArray(values), numbers);
      Tensor typed = arena.allocate(dtype, numbers.shape());
      backend.pointwise().cast(numbers, typed);
      return typed;
    }

    private Tensor zeros(TensorArena arena) {
      Tensor zeros = arena.allocate(DType.F32, weight.shape());
      backend.pointwise().fill(zeros, 0);
      return zeros;
    }

    void run(int pass, Segments segments) {
      backend.download(weight, MemorySegment.ofArray(new float[100])); // what came before is done
      RandomStream stream = new RandomStream(5, 1000L * pass, 2);
      backend.pointwise().dropout(q, 0.3f, stream, false, dropped);
      backend.attention().attention(SPEC, segments, null, dropped, k, v, out, sums);
      backend
          .attention()
          .attentionBackward(
              SPEC,
              segments,
              null,
              q,
              dropped,
              k,
              v,
              out,
              sums,
              gradients.get(0),
              gradients.get(1),
              gradients.get(2));
      GradientScale scale = backend.optimizer().measure(List.of(gradient, gradients.get(0)), 0.1);
      AdamWStep step = new AdamWStep(1e-2 / (pass + 1), 0.9, 0.999, 1e-8, 0.1, pass + 1);
      AdamWUpdate update = new AdamWUpdate(step, gradient, weight, moment1, moment2);
      backend.optimizer().adamW(List.of(update), scale);
      assertThat(scale.norm()).isPositive();
    }

    /** Of dropout, attention, its gradients, the update: in this order. */
    List<byte[]> results() {
      List<Tensor> all = new ArrayList<>(List.of(dropped, out, sums));
      all.addAll(gradients);
      all.addAll(List.of(weight, moment1, moment2));
      List<byte[]> results = new ArrayList<>();
      for (Tensor tensor : all) {
        byte[] bytes = new byte[(int) tensor.byteSize()];
        backend.download(tensor, MemorySegment.ofArray(bytes));
        results.add(bytes);
      }
      return results;
    }
  }
}
