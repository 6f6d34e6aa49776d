package dev.sifter.kernels.gpu;

import dev.sifter.kernels.ptx.PtxKernel;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes down everything that is asked of another GPU, in order, and passes it on.
 *
 * <p>Tests compare the log; {@link #kernels()} and {@link #toString()} serve whoever looks for what
 * a step launches.
 */
public final class RecordingGpu implements Gpu {

  /** One thing that was asked for. */
  public sealed interface Event {
    /** Memory was taken. */
    record Allocate(DeviceBuffer buffer) implements Event {}

    /** Memory was freed. */
    record Free(DeviceBuffer buffer) implements Event {}

    /** A kernel was loaded. */
    record Load(PtxKernel kernel) implements Event {}

    /** A kernel was launched, or noted in a graph if the stream captures. */
    record Launch(PtxKernel kernel, Grid grid, List<Object> arguments) implements Event {}

    /** Bytes came from the host. */
    record CopyToDevice(DeviceSlice target) implements Event {}

    /** Bytes went to the host. */
    record CopyToHost(DeviceSlice source) implements Event {}

    /** Bytes were copied on the device. */
    record Copy(DeviceSlice source, DeviceSlice target) implements Event {}

    /** Words were set. */
    record Fill(DeviceSlice target, int word) implements Event {}

    /** Contents were given up. */
    record Discard(DeviceSlice target) implements Event {}

    /** What follows, up to {@link CaptureEnd}, is noted in a graph. */
    record CaptureBegin() implements Event {}

    /** The graph is complete. */
    record CaptureEnd() implements Event {}

    /** A graph was run. */
    record Replay(GpuGraph graph) implements Event {}

    /** The host waited for a stream or for all. */
    record Synchronize() implements Event {}
  }

  private final Gpu delegate;
  private final List<Event> events = new ArrayList<>();
  private final GpuStream stream;

  /** Records what is asked of {@code delegate}, which is closed with this. */
  public RecordingGpu(Gpu delegate) {
    this.delegate = delegate;
    this.stream = new RecordingStream(delegate.stream());
  }

  /** What was asked for so far. */
  public List<Event> events() {
    return List.copyOf(events);
  }

  /** The names of the kernels launched so far, in order. */
  public List<String> kernels() {
    return launches().stream().map(launch -> launch.kernel().name()).toList();
  }

  /** The launches so far, in order. */
  public List<Event.Launch> launches() {
    return events.stream()
        .filter(Event.Launch.class::isInstance)
        .map(Event.Launch.class::cast)
        .toList();
  }

  /** Forgets what was written down. */
  public void clear() {
    events.clear();
  }

  @Override
  public GpuProperties properties() {
    return delegate.properties();
  }

  @Override
  public long freeBytes() {
    return delegate.freeBytes();
  }

  @Override
  public DeviceBuffer allocate(long bytes) {
    DeviceBuffer inner = delegate.allocate(bytes);
    DeviceBuffer[] buffer = new DeviceBuffer[1];
    buffer[0] =
        new DeviceBuffer(
            inner.address(),
            bytes,
            () -> {
              events.add(new Event.Free(buffer[0]));
              inner.close();
            });
    events.add(new Event.Allocate(buffer[0]));
    return buffer[0];
  }

  @Override
  public PinnedBuffer allocatePinned(long bytes) {
    return delegate.allocatePinned(bytes);
  }

  @Override
  public GpuStream stream() {
    return stream;
  }

  @Override
  public GpuStream createStream() {
    return new RecordingStream(delegate.createStream());
  }

  @Override
  public GpuEvent createEvent() {
    return delegate.createEvent();
  }

  @Override
  public GpuKernel load(PtxKernel kernel) {
    events.add(new Event.Load(kernel));
    return delegate.load(kernel);
  }

  @Override
  public void synchronize() {
    events.add(new Event.Synchronize());
    delegate.synchronize();
  }

  @Override
  public void close() {
    delegate.close();
  }

  /** One event a line. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    events.forEach(event -> text.append(event).append('\n'));
    return text.toString();
  }

  private final class RecordingStream extends GpuStream {
    private final GpuStream inner;

    RecordingStream(GpuStream inner) {
      this.inner = inner;
    }

    @Override
    public GpuGraph capture(Runnable work) {
      events.add(new Event.CaptureBegin());
      GpuGraph graph = inner.capture(work);
      events.add(new Event.CaptureEnd());
      return graph;
    }

    @Override
    public void replay(GpuGraph graph) {
      events.add(new Event.Replay(graph));
      inner.replay(graph);
    }

    @Override
    public void record(GpuEvent event) {
      inner.record(event);
    }

    @Override
    public void waitFor(GpuEvent event) {
      inner.waitFor(event);
    }

    @Override
    public void synchronize() {
      events.add(new Event.Synchronize());
      inner.synchronize();
    }

    @Override
    public long handle() {
      return inner.handle();
    }

    @Override
    public void close() {
      inner.close();
    }

    @Override
    protected void enqueueCopyToDevice(MemorySegment source, DeviceSlice target) {
      events.add(new Event.CopyToDevice(target));
      inner.copyToDevice(source, target);
    }

    @Override
    protected void enqueueCopyToHost(DeviceSlice source, MemorySegment target) {
      events.add(new Event.CopyToHost(source));
      inner.copyToHost(source, target);
    }

    @Override
    protected void enqueueCopy(DeviceSlice source, DeviceSlice target) {
      events.add(new Event.Copy(source, target));
      inner.copy(source, target);
    }

    @Override
    protected void enqueueClear(DeviceSlice target) {
      events.add(new Event.Fill(target, 0));
      inner.clear(target);
    }

    @Override
    protected void enqueueFill(DeviceSlice target, int word) {
      events.add(new Event.Fill(target, word));
      inner.fill(target, word);
    }

    @Override
    protected void enqueueDiscard(DeviceSlice target) {
      events.add(new Event.Discard(target));
      inner.discard(target);
    }

    @Override
    protected void enqueueLaunch(GpuKernel kernel, Grid grid, KernelArguments arguments) {
      events.add(new Event.Launch(kernel.source(), grid, arguments.values()));
      inner.launch(kernel, grid, arguments.values().toArray());
    }
  }
}
