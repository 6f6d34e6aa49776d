package dev.sifter.bench;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The memory's own speed: copies {@code megabytes} MiB from one off-heap segment to another.
 *
 * <p>The row that memory-bound operations are compared with. A copy moves its size twice, once read
 * and once written; start it with {@code -t} threads for what all cores get together.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@State(Scope.Thread)
public class MemoryBandwidthBenchmark {
  /** The size of one copy in MiB: inside a core's cache, and far beyond any cache. */
  @Param({"1", "256"})
  public int megabytes;

  private Arena arena;
  private MemorySegment source;
  private MemorySegment target;

  /** Allocates both segments and touches every page of them. */
  @Setup
  public void allocate() {
    arena = Arena.ofConfined();
    source = arena.allocate((long) megabytes << 20, 64).fill((byte) 1);
    target = arena.allocate((long) megabytes << 20, 64).fill((byte) 2);
  }

  /** Frees both segments. */
  @TearDown
  public void free() {
    arena.close();
  }

  /** Copies the source over the target. */
  @Benchmark
  public MemorySegment copy() {
    return target.copyFrom(source);
  }
}
