package dev.sifter.engine.backend.gpu;

import dev.sifter.kernels.gpu.Gpu;
import dev.sifter.kernels.gpu.GpuEvent;
import dev.sifter.kernels.gpu.blas.Product;
import dev.sifter.kernels.library.LoadedKernels;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What takes a device's time: each work between two marks, summed by kernel and by shape of
 * product.
 *
 * <p>Work is launched one by one for it. Where the host is slower than the device, the time between
 * a mark and its launch counts too, some microseconds.
 */
public final class WorkProfile {
  private final Map<String, Entry> entries = new HashMap<>();

  /**
   * All works of one name.
   *
   * @param name the kernel, or the product's sizes
   * @param count how many there were
   * @param millis of all together
   * @param flops of all together, where the name says how many they are, or 0
   */
  public record Entry(String name, long count, double millis, double flops) {
    private Entry plus(Entry other) {
      return new Entry(name, count + other.count, millis + other.millis, flops + other.flops);
    }
  }

  WorkProfile() {}

  /** What was measured so far, the longest first. */
  public List<Entry> entries() {
    return entries.values().stream()
        .sorted(Comparator.comparingDouble(Entry::millis).reversed())
        .toList();
  }

  /** Does a run and measures its works. */
  void run(Gpu gpu, LoadedKernels kernels, List<Work> run) {
    List<GpuEvent> marks = new ArrayList<>();
    try {
      mark(gpu, marks);
      for (Work work : run) {
        work.enqueue(gpu.stream(), kernels);
        mark(gpu, marks);
      }
      marks.getLast().synchronize();
      for (int i = 0; i < run.size(); i++) {
        Entry entry = entry(run.get(i), marks.get(i + 1).millisSince(marks.get(i)));
        entries.merge(entry.name, entry, Entry::plus);
      }
    } finally {
      marks.forEach(GpuEvent::close);
    }
  }

  private static void mark(Gpu gpu, List<GpuEvent> marks) {
    GpuEvent mark = gpu.createEvent();
    marks.add(mark);
    gpu.stream().record(mark);
  }

  private static Entry entry(Work work, double millis) {
    return switch (work) {
      case Work.Launched launched ->
          new Entry(launched.launch().kernel().getClass().getSimpleName(), 1, millis, 0);
      case Work.Multiplied multiplied -> {
        Product product = multiplied.product();
        String name =
            "%d×%d×%d %s%s %s→%s"
                .formatted(
                    product.m(),
                    product.n(),
                    product.k(),
                    product.transposeA() ? "t" : "n",
                    product.transposeB() ? "t" : "n",
                    product.a().type(),
                    product.c().type());
        yield new Entry(name, 1, millis, 2.0 * product.m() * product.n() * product.k());
      }
      case Work.Copied copied -> new Entry("copies from the host", 1, millis, 0);
      case Work.Discarded discarded -> new Entry("ends of tensors", 1, millis, 0);
    };
  }
}
