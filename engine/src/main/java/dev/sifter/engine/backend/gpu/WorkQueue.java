package dev.sifter.engine.backend.gpu;

import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.gpu.Gpu;
import dev.sifter.kernels.gpu.GpuException;
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
 * replayed. So a replay does what the launches would have done, in their order, to the same bits.
 * What changes from step to step is therefore no argument of a launch: it lies in device memory,
 * and the copy that brings it there is a work of the run ({@link Work.Copied}). A batch of another
 * length makes other runs, which are launched one by one until they have come twice.
 *
 * <p>A run ends where the host takes part (downloads, frees). Between two such points the first run
 * has {@value #FIRST_RUN} launches and each one twice as many as the one before: the device begins
 * at once, has work for as long as the host prepares the next run, and a pass of n launches needs
 * only log₂ n graphs.
 */
final class WorkQueue implements AutoCloseable {
  private static final int FIRST_RUN = 64;

  /** A graph's launch costs about as much as two or three kernels'. */
  private static final int SHORTEST_GRAPH = 4;

  /** Works remembered over all runs: those of some twenty batch shapes of a model of 30 layers. */
  private static final int MOST_REMEMBERED = 1 << 16;

  /** Larger copies go into the stream by themselves: weights, not numbers of a step. */
  private static final long LARGEST_COPY_BYTES = 1 << 18;

  private final Gpu gpu;
  private final GpuStream stream;
  private final LoadedKernels kernels;
  private final List<Work> pending = new ArrayList<>();
  private int pendingLaunches;
  private int runLaunches = FIRST_RUN;

  /** By last use; a run that came once has no graph yet. */
  private final Map<List<Work>, Run> runs = new LinkedHashMap<>(16, 0.75f, true);

  private int remembered;
  private long waits;
  private long launched;
  private long replayed;
  private int graphs;
  private String whyNoGraphs;
  private WorkProfile profile;

  private static final class Run {
    GraphOfRun graph;
    long replayedBeforeWait = -1;
  }

  WorkQueue(Gpu gpu, PtxTarget target) {
    this.gpu = gpu;
    stream = gpu.stream();
    kernels = new LoadedKernels(gpu, target);
  }

  /** Adds a piece of work to the run. */
  void add(Work work) {
    if (pending.isEmpty() && !work.isLaunch()) {
      // It belongs to what was before, and would make a run unlike one that follows other work.
      work.enqueue(stream, kernels);
      return;
    }
    pending.add(work);
    if (work.isLaunch() && ++pendingLaunches == runLaunches) {
      submit();
      runLaunches *= 2;
    }
  }

  /** Puts in all that was added. */
  void flush() {
    submit();
    runLaunches = FIRST_RUN;
  }

  private void submit() {
    if (pending.isEmpty()) {
      return;
    }
    List<Work> run = List.copyOf(pending);
    boolean isShort = pendingLaunches < SHORTEST_GRAPH;
    pending.clear();
    pendingLaunches = 0;
    if (profile != null) {
      profile.run(gpu, kernels, run.stream().filter(Work::isLaunch).toList());
      return;
    }
    if (isShort || whyNoGraphs != null) {
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
        known.graph = GraphOfRun.capture(gpu, kernels, run);
        graphs++;
      } catch (GpuException e) {
        // Nothing of the run was done; a lost device says so again at once.
        whyNoGraphs = e.getMessage();
        launch(run);
        return;
      }
    }
    if (known.graph.copies() && known.replayedBeforeWait == waits) {
      synchronize();
    }
    known.graph.replay(run);
    known.replayedBeforeWait = waits;
    replayed += launches(run);
  }

  private void synchronize() {
    stream.synchronize();
    waits++;
  }

  private static long launches(List<Work> run) {
    return run.stream().filter(Work::isLaunch).count();
  }

  private void launch(List<Work> run) {
    for (Work work : run) {
      work.enqueue(stream, kernels);
    }
    launched += launches(run);
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

  /** Copies from the host, after all that was added; {@code source} may be changed then. */
  void copyToDevice(MemorySegment source, DeviceSlice target) {
    if (source.byteSize() != target.byteSize()) {
      throw new IllegalArgumentException(
          "a copy of %d bytes into %d bytes".formatted(source.byteSize(), target.byteSize()));
    }
    if (source.byteSize() > LARGEST_COPY_BYTES) {
      flush();
      stream.copyToDevice(source, target);
    } else if (source.byteSize() > 0) {
      MemorySegment bytes = MemorySegment.ofArray(new byte[(int) source.byteSize()]);
      add(new Work.Copied(bytes.copyFrom(source), target));
    }
  }

  /** Copies to the host, after all that was added, and waits for it. */
  void read(DeviceSlice source, MemorySegment target) {
    flush();
    stream.copyToHost(source, target);
    synchronize();
  }

  /** Measures all work that is added from now on; with null nothing any more. */
  void profileTo(WorkProfile measured) {
    flush();
    profile = measured;
  }

  /** What became of the work so far, for the log. */
  String report() {
    if (whyNoGraphs != null) {
      return "launched one by one, since the device takes no graphs: " + whyNoGraphs;
    }
    return "%d of %d launches, products and copies replayed from %d graphs; the others had new shapes"
        .formatted(replayed, launched + replayed, graphs);
  }

  @Override
  public void close() {
    pending.clear();
    runs.values().forEach(WorkQueue::close);
    runs.clear();
  }
}
