package dev.sifter.kernels.library;

import dev.sifter.kernels.gpu.Grid;
import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.ElementType;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.Pred;
import dev.sifter.kernels.ptx.PtxAssembler;
import dev.sifter.kernels.ptx.SharedPointer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * out[n] (+)= Σ_t x[t, n], or Σ_t x[t, n] · b[t, n]: the gradient of a bias, and the last step of
 * other sums over rows.
 *
 * <pre>
 * c = (blockIdx.x * 32 + lane) * V                   // columns of this lane
 * s = 0
 * for (t = blockIdx.y * chunk + warp; t &lt; end of chunk; t += 8)  s += x[t][c] (* b[t][c])
 * smem[warp][lane] = s;  sync
 * if (warp == 0) out[blockIdx.y][c] = smem[0][lane] + smem[1][lane] + ...
 * </pre>
 *
 * <p>Many rows are summed in chunks first, whose sums are then summed by a second launch. Least
 * bytes: x read. 1 FLOP an element.
 *
 * @param x type of the matrix
 * @param b type of the matrix that it is multiplied by, or null
 * @param out type of the sums
 * @param accumulate whether out is added to
 * @param vector elements of an access
 */
public record ColumnSum(
    ElementType x, ElementType b, ElementType out, boolean accumulate, int vector)
    implements Kernel {
  private static final int WARPS = 8;

  /** In shared memory: a number of each thread. */
  private static final int PLANE_BYTES = WARPS * PtxAssembler.WARP * Float.BYTES;

  /** Rows of a chunk: each warp sums 32 of them, enough to keep memory busy. */
  private static final int CHUNK = 256;

  /** Fp32 elements that {@link #launches} needs for sums of chunks. */
  public static long scratchElements(int rows, int width) {
    return rows <= CHUNK ? 0 : (long) Math.ceilDiv(rows, CHUNK) * width;
  }

  /**
   * What to launch.
   *
   * @param x [rows, width]
   * @param out [width]
   * @param scratch fp32 of {@link #scratchElements}, or null if that is 0
   */
  public static List<Launch> launches(
      Array x, int rows, int width, boolean accumulate, Array out, Array scratch) {
    return launchesOfDots(x, null, rows, width, accumulate, out, scratch);
  }

  /**
   * What to launch for sums of products; otherwise as {@link #launches}.
   *
   * @param b [rows, width], or null
   */
  public static List<Launch> launchesOfDots(
      Array x, Array b, int rows, int width, boolean accumulate, Array out, Array scratch) {
    if (width == 0 || rows == 0 && accumulate) {
      return List.of();
    }
    if (rows <= CHUNK) {
      return List.of(one(x, b, rows, width, accumulate, out, rows));
    }
    int chunks = Math.ceilDiv(rows, CHUNK);
    return List.of(
        one(x, b, rows, width, false, scratch, CHUNK),
        one(scratch, null, chunks, width, accumulate, out, chunks));
  }

  private static Launch one(
      Array x, Array b, int rows, int width, boolean accumulate, Array out, int chunk) {
    long[] widths = {width};
    ColumnSum kernel =
        new ColumnSum(
            x.type(),
            b == null ? null : b.type(),
            out.type(),
            accumulate,
            b == null ? Vectors.ofRows(widths, x, out) : Vectors.ofRows(widths, x, b, out));
    int chunks = Math.max(1, Math.ceilDiv(rows, Math.max(1, chunk)));
    int columns = Math.ceilDiv(width, kernel.vector * PtxAssembler.WARP);
    List<Object> arguments = new ArrayList<>();
    arguments.add(x.require("x", (long) rows * width));
    if (b != null) {
      arguments.add(b.require("b", (long) rows * width));
    }
    arguments.add(out.require("out", (long) chunks * width));
    arguments.addAll(List.of(rows, width, chunk));
    return new Launch(kernel, Grid.of(columns, chunks), arguments);
  }

  @Override
  public int threadsPerBlock() {
    return WARPS * PtxAssembler.WARP;
  }

  @Override
  public void emit(PtxAssembler k) {
    ElementPointer in = k.input("x", x, vector);
    ElementPointer factors = b == null ? null : k.input("b", b, vector);
    ElementPointer sums = k.output("out", out, vector);
    B32 rows = k.size("rows");
    B32 width = k.size("width");
    B32 chunk = k.size("chunk");

    B32 column = k.mad(k.blockX(), PtxAssembler.WARP, k.laneIndex());
    Pred inside = k.lt(k.mul(column, vector), width);
    List<F32> mine = IntStream.range(0, vector).mapToObj(i -> k.variable(0f)).toList();
    B32 first = k.mad(k.blockY(), chunk, k.warpIndex());
    B32 end = k.min(rows, k.mad(k.blockY(), chunk, chunk));
    k.ifThen(
        inside,
        () -> k.forRange(first, end, WARPS, t -> add(k, mine, in, factors, t, width, column)));
    SharedPointer slots = share(k, mine);
    k.barrier();
    k.ifThen(
        k.and(inside, k.eq(k.warpIndex(), 0)),
        () -> {
          List<F32> totals = overWarps(k, slots);
          ElementPointer to = k.at(k.atRow(sums, k.blockY(), width, vector), column, vector);
          k.store(to, accumulate ? Vectors.zip(k.load(to, vector), totals, k::add) : totals);
        });
  }

  /** Adds a vector of a row, or its products with one of the other matrix. */
  private void add(
      PtxAssembler k,
      List<F32> sums,
      ElementPointer in,
      ElementPointer factors,
      B32 t,
      B32 width,
      B32 column) {
    ElementPointer row = k.atRow(in, t, width, vector);
    List<F32> values = k.load(k.at(row, column, vector), vector);
    List<F32> others =
        b == null ? null : k.load(k.at(k.atRow(factors, t, width, vector), column, vector), vector);
    for (int i = 0; i < vector; i++) {
      F32 sum = sums.get(i);
      F32 value = values.get(i);
      k.assign(sum, b == null ? k.add(sum, value) : k.fma(value, others.get(i), sum));
    }
  }

  /** One plane for each element of the vectors: neighbouring lanes use neighbouring banks. */
  private SharedPointer share(PtxAssembler k, List<F32> sums) {
    SharedPointer slots = k.shared(vector * PLANE_BYTES);
    SharedPointer own = k.at(slots, k.threadIndex(), Float.BYTES);
    for (int i = 0; i < vector; i++) {
      k.store(own.plus((long) i * PLANE_BYTES), sums.get(i));
    }
    return slots;
  }

  /** The sums of this lane's columns over the warps, in their order. */
  private List<F32> overWarps(PtxAssembler k, SharedPointer slots) {
    SharedPointer lane = k.at(slots, k.laneIndex(), Float.BYTES);
    List<F32> totals = new ArrayList<>();
    for (int i = 0; i < vector; i++) {
      SharedPointer plane = lane.plus((long) i * PLANE_BYTES);
      F32 total = k.loadFloat(plane);
      for (int w = 1; w < WARPS; w++) {
        total = k.add(total, k.loadFloat(plane.plus((long) w * PtxAssembler.WARP * Float.BYTES)));
      }
      totals.add(total);
    }
    return totals;
  }
}
