package dev.sifter.engine.backend.gpu;

import dev.sifter.kernels.gpu.Gpu;
import dev.sifter.kernels.gpu.GpuGraph;
import dev.sifter.kernels.gpu.PinnedBuffer;
import dev.sifter.kernels.library.LoadedKernels;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * A run of work as a graph of the driver. What the run copies from the host, the graph reads from
 * pinned memory of its own each time it is replayed; so numbers may change from replay to replay,
 * as long as they go to the same places.
 */
final class GraphOfRun implements AutoCloseable {
  /** Copies begin at multiples of it, as copy engines like them. */
  private static final long ALIGNMENT = 64;

  private final Gpu gpu;
  private final GpuGraph graph;
  private final PinnedBuffer pinned;
  private final List<MemorySegment> places;

  private GraphOfRun(Gpu gpu, GpuGraph graph, PinnedBuffer pinned, List<MemorySegment> places) {
    this.gpu = gpu;
    this.graph = graph;
    this.pinned = pinned;
    this.places = places;
  }

  /**
   * Captures a run, which must have run before, so that its kernels are loaded.
   *
   * @throws dev.sifter.kernels.gpu.GpuException if the device captures nothing; nothing was done
   *     then
   */
  static GraphOfRun capture(Gpu gpu, LoadedKernels kernels, List<Work> run) {
    long bytes = 0;
    for (Work work : run) {
      bytes += work instanceof Work.Copied copied ? room(copied) : 0;
    }
    PinnedBuffer pinned = bytes == 0 ? null : gpu.allocatePinned(bytes);
    try {
      List<MemorySegment> places = new ArrayList<>();
      List<Work> fromPinned = new ArrayList<>(run.size());
      long at = 0;
      for (Work work : run) {
        Work captured = work;
        if (work instanceof Work.Copied copied) {
          places.add(pinned.segment().asSlice(at, copied.target().byteSize()));
          captured = new Work.Copied(places.getLast(), copied.target());
          at += room(copied);
        }
        fromPinned.add(captured);
      }
      GpuGraph graph =
          gpu.stream()
              .capture(() -> fromPinned.forEach(work -> work.enqueue(gpu.stream(), kernels)));
      return new GraphOfRun(gpu, graph, pinned, places);
    } catch (RuntimeException e) {
      if (pinned != null) {
        pinned.close();
      }
      throw e;
    }
  }

  private static long room(Work.Copied copied) {
    return Math.ceilDiv(copied.target().byteSize(), ALIGNMENT) * ALIGNMENT;
  }

  /** Whether a replay changes pinned memory, which the last one must have read by then. */
  boolean copies() {
    return pinned != null;
  }

  /** Does a run that is equal to the captured one, with the numbers that it brings. */
  void replay(List<Work> run) {
    int copy = 0;
    for (Work work : run) {
      if (work instanceof Work.Copied copied) {
        places.get(copy++).copyFrom(copied.source());
      }
    }
    gpu.stream().replay(graph);
  }

  @Override
  public void close() {
    try (pinned) {
      graph.close();
    }
  }
}
