package dev.sifter.engine.backend.gpu;

import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.gpu.Gpu;
import dev.sifter.kernels.gpu.GpuException;
import dev.sifter.kernels.gpu.GpuProperties;
import dev.sifter.kernels.gpu.GpuStream;
import dev.sifter.kernels.gpu.PinnedBuffer;
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

  /**
   * Pinned memory through which smaller pieces go to the host: logits of a token, losses, norms.
   */
  private static final long LANDING_BYTES = 1 << 20;

  private final Gpu gpu;
  private final GpuStream stream;
  private final LoadedKernels kernels;
  private final List<Work> pending = new ArrayList<>();
  private PinnedBuffer landing;
  private int pendingLaunches;
  private int runLaunches = FIRST_RUN;

  /** Each by itself, in order of last use. */
  private final Map<Run, Run> runs = new LinkedHashMap<>(16, 0.75f, true);

  private Run last;
  private int remembered;
  private long waits;
  private long launched;
  private long replayed;
  private int graphs;
  private String whyNoGraphs;
  private WorkProfile profile;

  /** A run that came before; one that came once has no graph yet. */
  private static final class Run {
    final List<Work> works;
    final int hash;
    final int launches;
    GraphOfRun graph;
    long replayedBeforeWait = -1;

    /** What came after it the last time: it will mostly come again, and need not be looked for. */
    Run next;

    Run(List<Work> works, int launches) {
      this.works = works;
      this.hash = works.hashCode();
      this.launches = launches;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Run run && hash == run.hash && works.equals(run.works);
    }

    @Override
    public int hashCode() {
      return hash;
    }
  }

  WorkQueue(Gpu gpu, PtxTarget target) {
    this.gpu = gpu;
    stream = gpu.stream();
    kernels = new LoadedKernels(gpu, target);
  }

  /** What runs the work. */
  GpuProperties device() {
    return gpu.properties();
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
    List<Work> works = List.copyOf(pending);
    int launches = pendingLaunches;
    pending.clear();
    pendingLaunches = 0;
    if (profile != null) {
      profile.run(gpu, kernels, works.stream().filter(Work::isLaunch).toList());
    } else if (launches < SHORTEST_GRAPH || whyNoGraphs != null) {
      launch(works, launches);
    } else {
      Run run = known(works, launches);
      if (run == null) {
        launch(works, launches);
        run = remember(new Run(works, launches));
      } else {
        repeat(works, run);
      }
      if (last != null) {
        last.next = run;
      }
      last = run;
    }
  }

  /** The equal run that came before, or null. */
  private Run known(List<Work> works, int launches) {
    Run expected = last == null ? null : last.next;
    boolean comes = expected != null && expected.works.equals(works);
    return runs.get(comes ? expected : new Run(works, launches));
  }

  private void repeat(List<Work> works, Run run) {
    if (run.graph == null) {
      try {
        run.graph = GraphOfRun.capture(gpu, kernels, works);
        graphs++;
      } catch (GpuException e) {
        // Nothing of the run was done; a lost device says so again at once.
        whyNoGraphs = e.getMessage();
        launch(works, run.launches);
        return;
      }
    }
    if (run.graph.copies() && run.replayedBeforeWait == waits) {
      synchronize();
    }
    run.graph.replay(works);
    run.replayedBeforeWait = waits;
    replayed += run.launches;
  }

  private void synchronize() {
    stream.synchronize();
    waits++;
  }

  private void launch(List<Work> works, int launches) {
    for (Work work : works) {
      work.enqueue(stream, kernels);
    }
    launched += launches;
  }

  private Run remember(Run run) {
    runs.put(run, run);
    remembered += run.works.size();
    Iterator<Run> oldest = runs.values().iterator();
    while (remembered > MOST_REMEMBERED) {
      Run forgotten = oldest.next();
      oldest.remove();
      remembered -= forgotten.works.size();
      forgotten.next = null; // else one forgotten run would keep the next
      close(forgotten);
    }
    return run;
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
    if (target.byteSize() > LANDING_BYTES) {
      stream.copyToHost(source, target);
      synchronize();
    } else {
      if (landing == null) {
        landing = gpu.allocatePinned(LANDING_BYTES);
      }
      MemorySegment landed = landing.segment().asSlice(0, target.byteSize());
      stream.copyToHost(source, landed);
      synchronize();
      target.copyFrom(landed);
    }
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
    try (PinnedBuffer _ = landing) {
      runs.values().forEach(WorkQueue::close);
    } finally {
      runs.clear();
      last = null;
    }
  }
}
