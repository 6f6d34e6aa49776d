package dev.sifter.kernels.library;

import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.gpu.Grid;
import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.ElementType;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.GlobalPointer;
import dev.sifter.kernels.ptx.PtxAssembler;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * dx[t, c] (+)= Σ_b filter[c, L − 1 − b] · dy[t + b, c], dFilter[c, L − 1 − b] += Σ_t dy[t + b, c]
 * · x[t, c], over those of the L rows from the token's own on that are of its document.
 *
 * <pre>
 * tile = tiles[blockIdx.x];  c = blockIdx.y * 256 + threadIdx.x      // a vector of up to 16 bytes
 * w[b] = filter[c][L-1-b];  next[b] = dy[t + b][c], 0 beyond the document, for b &lt; L - 1
 * for (i = 0; i &lt; tokens of the tile; i++)
 *   next[L-1] = dy[t + i + L-1][c], 0 beyond the document
 *   dx[t + i][c] = (accumulate ? dx[t + i][c] : 0) + w[0]*next[0] + w[1]*next[1] + ...
 *   part[b] += next[b] * x[t + i][c]
 *   next = next[1], next[2], ...
 * partial[blockIdx.x][c][L-1-b] = part[b]                           // ColumnSum adds the tiles'
 * </pre>
 *
 * <p>The tiles follow from the documents' lengths, hence the order of dFilter's sum too. Least
 * bytes: dy read and dx written (read too if accumulated), x read for dFilter. 2L − 1 FLOPs an
 * element, 2L more for dFilter, 1 more if accumulated.
 *
 * @param taps L
 * @param dy type of the output's gradient
 * @param x type of the input
 * @param filter type of the filters
 * @param dx type of the input's gradient
 * @param accumulate whether dx is added to
 * @param filterGradient whether dFilter is wanted
 * @param vector elements of an access
 */
public record CausalConvolutionBackward(
    int taps,
    ElementType dy,
    ElementType x,
    ElementType filter,
    ElementType dx,
    boolean accumulate,
    boolean filterGradient,
    int vector)
    implements Kernel {

  /** Fp32 elements that {@link #launches} needs where dFilter is wanted. */
  public static long scratchElements(int tileCount, int width, int taps) {
    int sums = Math.multiplyExact(width, taps);
    return (long) tileCount * sums + ColumnSum.scratchElements(tileCount, sums);
  }

  /**
   * What to launch.
   *
   * @param tiles {@link AttentionTiles#ofQueries} of {@link CausalConvolution#TILE_ROWS} rows, of
   *     documents whose keys are their queries
   * @param tileCount how many
   * @param dy [rows, width]
   * @param x [rows, width]
   * @param filter [width, taps]
   * @param dx [rows, width]
   * @param dFilter fp32 [width, taps], added to; null where the filter is frozen
   * @param scratch fp32 of {@link #scratchElements}; null without {@code dFilter}
   */
  public static List<Launch> launches(
      DeviceSlice tiles,
      int tileCount,
      Array dy,
      Array x,
      Array filter,
      int taps,
      boolean accumulate,
      Array dx,
      Array dFilter,
      Array scratch,
      int width) {
    if (tileCount == 0 || width == 0) {
      return List.of();
    }
    CausalConvolutionBackward kernel =
        new CausalConvolutionBackward(
            taps,
            dy.type(),
            x.type(),
            filter.type(),
            dx.type(),
            accumulate,
            dFilter != null,
            FilterTaps.vector(taps, width, dy, x, filter, dx));
    Grid grid = Grid.of(tileCount, Math.ceilDiv(width / kernel.vector, FilterTaps.THREADS));
    List<Object> arguments =
        new ArrayList<>(
            List.of(
                AttentionTiles.require(tiles, tileCount),
                dy.slice(),
                x.slice(),
                filter.require("filter", (long) width * taps),
                dx.slice(),
                width));
    if (dFilter == null) {
      return List.of(new Launch(kernel, grid, arguments));
    }
    int sums = width * taps;
    long partials = (long) tileCount * sums;
    scratch.require("scratch", scratchElements(tileCount, width, taps));
    Array partial = scratch.part(0, partials * Float.BYTES);
    Array rest =
        scratch.part(partials * Float.BYTES, scratch.slice().byteSize() - partials * Float.BYTES);
    arguments.add(partial.slice());
    List<Launch> launches = new ArrayList<>();
    launches.add(new Launch(kernel, grid, arguments));
    launches.addAll(ColumnSum.launches(partial, tileCount, sums, true, dFilter, rest));
    return launches;
  }

  @Override
  public int threadsPerBlock() {
    return FilterTaps.THREADS;
  }

  @Override
  public void emit(PtxAssembler k) {
    GlobalPointer tiles = k.pointer("tiles", Integer.BYTES);
    ElementPointer gradient = k.input("dy", dy, vector);
    ElementPointer in = k.input("x", x, vector);
    ElementPointer filters = k.input("filter", filter, vector);
    ElementPointer result = k.output("dx", dx, vector);
    B32 width = k.size("width");
    AttentionTiles.InKernel tile = AttentionTiles.InKernel.load(k, tiles, k.blockX());
    if (!filterGradient) {
      tile.exitIfEmpty(k);
    }
    B32 column = k.mad(k.blockY(), FilterTaps.THREADS, k.threadIndex());
    k.exitIf(k.ge(k.mul(column, vector), width));
    List<List<F32>> w = FilterTaps.load(k, filters, column, taps, vector);
    B32 first = k.add(tile.queryStart(), tile.first());
    B32 left = k.sub(tile.queryLength(), tile.first());
    List<List<F32>> next =
        IntStream.range(0, taps - 1)
            .mapToObj(b -> k.constant(b))
            .map(b -> FilterTaps.variables(k, later(k, gradient, first, b, left, width, column)))
            .toList();
    List<List<F32>> sums =
        IntStream.range(0, filterGradient ? taps : 0)
            .mapToObj(b -> PartialRows.zeros(k, vector))
            .toList();
    k.forRange(
        0,
        k.min(left, CausalConvolution.TILE_ROWS),
        1,
        i -> {
          List<List<F32>> rows = new ArrayList<>(next);
          rows.add(later(k, gradient, first, k.add(i, taps - 1), left, width, column));
          B32 row = k.add(first, i);
          List<F32> sum = FilterTaps.sum(k, w, rows);
          ElementPointer to = k.at(k.atRow(result, row, width, vector), column, vector);
          k.store(to, accumulate ? Vectors.zip(k.load(to, vector), sum, k::add) : sum);
          if (filterGradient) {
            ElementPointer from = k.at(k.atRow(in, row, width, vector), column, vector);
            addProducts(k, sums, rows, k.load(from, vector));
          }
          for (int b = 0; b < taps - 1; b++) {
            FilterTaps.assign(k, next.get(b), rows.get(b + 1));
          }
        });
    if (filterGradient) {
      storePartials(k, sums, width, column);
    }
  }

  /** This thread's columns of dy's row {@code first + b}; zeros beyond the document. */
  private List<F32> later(
      PtxAssembler k, ElementPointer gradient, B32 first, B32 b, B32 left, B32 width, B32 column) {
    ElementPointer row = k.atRow(gradient, k.add(first, b), width, vector);
    return k.loadIf(k.lt(b, left), k.at(row, column, vector), vector);
  }

  private static void addProducts(
      PtxAssembler k, List<List<F32>> sums, List<List<F32>> rows, List<F32> values) {
    for (int b = 0; b < sums.size(); b++) {
      List<F32> sum = sums.get(b);
      for (int c = 0; c < values.size(); c++) {
        k.assign(sum.get(c), k.fma(rows.get(b).get(c), values.get(c), sum.get(c)));
      }
    }
  }

  private void storePartials(PtxAssembler k, List<List<F32>> sums, B32 width, B32 column) {
    ElementPointer partial = k.output("partial", ElementType.F32, 1);
    ElementPointer row = k.atRow(partial, k.blockX(), k.mul(width, taps), 1);
    ElementPointer mine = k.at(row, column, vector * taps);
    for (int b = 0; b < taps; b++) {
      for (int c = 0; c < vector; c++) {
        k.store(mine.plus((long) c * taps + taps - 1 - b), List.of(sums.get(b).get(c)));
      }
    }
  }
}
