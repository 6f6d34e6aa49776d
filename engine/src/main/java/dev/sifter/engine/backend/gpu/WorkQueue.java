package dev.sifter.engine.backend.gpu;

import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.gpu.Gpu;
import dev.sifter.kernels.gpu.GpuException;
import dev.sifter.kernels.gpu.GpuGraph;
import dev.sifter.kernels.gpu.GpuStream;
import dev.sifter.kernels.library.LoadedKernels;
import dev.sifter.kernels.ptx.PtxTarget;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The way into the stream: collects work and puts it in by runs. A run that comes again is captured
 * as a graph, and from then on replayed by one call of the driver instead of one a launch.
 *
 * <p>A step of the same shapes takes the same memory in the same order, so its runs are equal to
 * those of the step before, down to every pointer and number; only runs that are equal are
 * replayed. So a replay does what the launches would have done, in their order, to the same bits. A
 * batch of another length, or other documents, make other runs, which are launched one by one until
 * they have come twice.
 *
 * <p>A run ends where the host takes part (copies, frees), before and after work that is never the
 * same twice ({@link #separately}), and at {@value #LONGEST_RUN} works, so that the device is not
 * kept waiting for the host.
 */
final class WorkQueue implements AutoCloseable {
  private static final int LONGEST_RUN = 64;

  /** A graph's launch costs about as much as two or three kernels'. */
  private static final int SHORTEST_GRAPH = 4;

  /** Works remembered over all runs: those of some fifty batch shapes of a model of 30 layers. */
  private static final int MOST_REMEMBERED = 1 << 16;

  private final GpuStream stream;
  private final LoadedKernels kernels;
  private final List<Work> pending = new ArrayList<>();

  /** By last use; a run that came once has no graph yet. */
  private final Map<List<Work>, Run> runs = new LinkedHashMap<>(16, 0.75f, true);

  private int remembered;
  private long launched;
  private long replayed;
  private int graphs;
  private String whyNoGraphs;

  private static final class Run {
    GpuGraph graph;
  }

  WorkQueue(Gpu gpu, PtxTarget target) {
    stream = gpu.stream();
    kernels = new LoadedKernels(gpu, target);
  }

  /** Adds a piece of work to the run. */
  void add(Work work) {
    pending.add(work);
    if (pending.size() == LONGEST_RUN) {
      flush();
    }
  }

  /** Puts in works whose arguments change from step to step, which would spoil a run for replay. */
  void separately(List<? extends Work> varying) {
    flush();
    launch(varying);
  }

  /** Puts in all that was added. */
  void flush() {
    if (pending.isEmpty()) {
      return;
    }
    List<Work> run = List.copyOf(pending);
    pending.clear();
    if (run.size() < SHORTEST_GRAPH || whyNoGraphs != null) {
      launch(run);
      return;
    }
    Run known = runs.get(run);
    if (known == null) {
      launch(run);
      remember(run);
    } else {
      repeat(run, known);
    }
  }

  private void repeat(List<Work> run, Run known) {
    if (known.graph == null) {
      try {
        known.graph = stream.capture(() -> enqueue(run));
        graphs++;
      } catch (GpuException e) {
        // Nothing of the run was done; a lost device says so again at once.
        whyNoGraphs = e.getMessage();
        launch(run);
        return;
      }
    }
    stream.replay(known.graph);
    replayed += launches(run);
  }

  private static long launches(List<? extends Work> run) {
    return run.stream().filter(work -> !(work instanceof Work.Discarded)).count();
  }

  private void launch(List<? extends Work> run) {
    enqueue(run);
    launched += launches(run);
  }

  private void enqueue(List<? extends Work> run) {
    for (Work work : run) {
      work.enqueue(stream, kernels);
    }
  }

  private void remember(List<Work> run) {
    runs.put(run, new Run());
    remembered += run.size();
    Iterator<Map.Entry<List<Work>, Run>> oldest = runs.entrySet().iterator();
    while (remembered > MOST_REMEMBERED) {
      Map.Entry<List<Work>, Run> entry = oldest.next();
      oldest.remove();
      remembered -= entry.getKey().size();
      close(entry.getValue());
    }
  }

  private static void close(Run run) {
    if (run.graph != null) {
      run.graph.close();
    }
  }

  /** Copies from the host, after all that was added. */
  void copyToDevice(MemorySegment source, DeviceSlice target) {
    flush();
    stream.copyToDevice(source, target);
  }

  /** Copies to the host, after all that was added, and waits for it. */
  void read(DeviceSlice source, MemorySegment target) {
    flush();
    stream.copyToHost(source, target);
    stream.synchronize();
  }

  /** What became of the work so far, for the log. */
  String report() {
    if (whyNoGraphs != null) {
      return "launched one by one, since the device takes no graphs: " + whyNoGraphs;
    }
    return "%d of %d launches and products replayed from %d graphs; the others had new shapes, documents or numbers"
        .formatted(replayed, launched + replayed, graphs);
  }

  @Override
  public void close() {
    pending.clear();
    runs.values().forEach(WorkQueue::close);
    runs.clear();
  }
}
