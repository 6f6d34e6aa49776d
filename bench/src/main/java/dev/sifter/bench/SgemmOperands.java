package dev.sifter.bench;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * The operands of a linear layer's product, {@code c = a bᵀ}, off-heap, row-major, fp32.
 *
 * <p>{@code a} is {@code [m, k]}, the activations of m tokens; {@code b} is {@code [n, k]}, a
 * weight as model folders store it; {@code c} is {@code [m, n]}. The values are uniform in [-1, 1).
 */
@State(Scope.Benchmark)
public class SgemmOperands {
  /** The sizes m, n and k: layers of models with a hidden size of 576 and 2,048. */
  @Param({"512x576x576", "512x1536x576", "512x576x1536", "512x2048x2048"})
  public String shape;

  /** Rows of a and of c. */
  public int m;

  /** Rows of b, columns of c. */
  public int n;

  /** Columns of a and of b. */
  public int k;

  /** The left operand, {@code [m, k]}. */
  public FloatBuffer a;

  /** The right operand, {@code [n, k]}. */
  public FloatBuffer b;

  /** The product, {@code [m, n]}. */
  public FloatBuffer c;

  private Arena arena;

  /** Allocates and fills the operands. */
  @Setup
  public void allocate() {
    int[] sizes = Arrays.stream(shape.split("x")).mapToInt(Integer::parseInt).toArray();
    m = sizes[0];
    n = sizes[1];
    k = sizes[2];
    arena = Arena.ofShared();
    SplittableRandom random = new SplittableRandom(1);
    a = matrix(m, k, random);
    b = matrix(n, k, random);
    c = matrix(m, n, random);
  }

  private FloatBuffer matrix(int rows, int columns, SplittableRandom random) {
    long count = (long) rows * columns;
    MemorySegment values = arena.allocate(count * Float.BYTES, 64);
    for (long i = 0; i < count; i++) {
      values.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextDouble(-1, 1));
    }
    return values.asByteBuffer().order(ByteOrder.nativeOrder()).asFloatBuffer();
  }

  /** Frees the operands. */
  @TearDown
  public void free() {
    arena.close();
  }

  /** Counts floating-point operations, which JMH then divides by the time. */
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  @State(Scope.Thread)
  public static class Work {
    /** Multiplications and additions; in operations per nanosecond these are GFLOP/s. */
    public long flops;

    /** Starts anew. */
    @Setup(Level.Iteration)
    public void reset() {
      flops = 0;
    }

    /** Counts one product of the sizes of {@code operands}. */
    public void add(SgemmOperands operands) {
      flops += 2L * operands.m * operands.n * operands.k;
    }
  }
}
