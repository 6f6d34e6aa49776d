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
 * y[t, c] = Σ_b filter[c, L − 1 − b] · x[r − b, c], over those of the L rows up to the token's own,
 * r, that are of its document.
 *
 * <pre>
 * tile = tiles[blockIdx.x];  c = blockIdx.y * 256 + threadIdx.x      // a vector of up to 16 bytes
 * w[b] = filter[c][L-1-b];  past[b] = b tokens before the tile's first &gt;= 0 ? x[that][c] : 0
 * for (i = 0; i &lt; tokens of the tile; i++)
 *   now = x[r + i][c]
 *   y[t + i][c] = w[0]*now + w[1]*past[1] + w[2]*past[2] + ...
 *   past = now, past[1], past[2], ...                               // without the last
 * </pre>
 *
 * <p>Least bytes: x read and y written. 2L − 1 FLOPs an element.
 *
 * @param taps L
 * @param x type of the input
 * @param filter type of the filters
 * @param y type of the output
 * @param vector elements of an access
 */
public record CausalConvolution(
    int taps, ElementType x, ElementType filter, ElementType y, int vector) implements Kernel {
  /** Most tokens of a tile. */
  public static final int TILE_ROWS = FilterTaps.ROWS;

  /**
   * What to launch.
   *
   * @param tiles {@link AttentionTiles#ofQueries} of {@link #TILE_ROWS} rows
   * @param tileCount how many
   * @param x [key rows, width]
   * @param filter [width, taps]
   * @param y [query rows, width]
   */
  public static List<Launch> launches(
      DeviceSlice tiles, int tileCount, Array x, Array filter, int taps, Array y, int width) {
    if (tileCount == 0 || width == 0) {
      return List.of();
    }
    CausalConvolution kernel =
        new CausalConvolution(
            taps, x.type(), filter.type(), y.type(), FilterTaps.vector(taps, width, x, filter, y));
    return List.of(
        Launch.of(
            kernel,
            Grid.of(tileCount, Math.ceilDiv(width / kernel.vector, FilterTaps.THREADS)),
            AttentionTiles.require(tiles, tileCount),
            x.slice(),
            filter.require("filter", (long) width * taps),
            y.slice(),
            width));
  }

  @Override
  public int threadsPerBlock() {
    return FilterTaps.THREADS;
  }

  @Override
  public void emit(PtxAssembler k) {
    GlobalPointer tiles = k.pointer("tiles", Integer.BYTES);
    ElementPointer in = k.input("x", x, vector);
    ElementPointer filters = k.input("filter", filter, vector);
    ElementPointer out = k.output("y", y, vector);
    B32 width = k.size("width");
    AttentionTiles.InKernel tile = AttentionTiles.InKernel.load(k, tiles, k.blockX());
    tile.exitIfEmpty(k);
    B32 column = k.mad(k.blockY(), FilterTaps.THREADS, k.threadIndex());
    k.exitIf(k.ge(k.mul(column, vector), width));
    List<List<F32>> w = FilterTaps.load(k, filters, column, taps, vector);
    B32 before = k.add(k.sub(tile.keyLength(), tile.queryLength()), tile.first());
    B32 key = k.add(tile.keyStart(), before);
    List<List<F32>> past =
        IntStream.range(1, taps)
            .mapToObj(
                b -> {
                  ElementPointer row = k.atRow(in, k.sub(key, k.constant(b)), width, vector);
                  return FilterTaps.variables(
                      k, k.loadIf(k.ge(before, b), k.at(row, column, vector), vector));
                })
            .toList();
    B32 query = k.add(tile.queryStart(), tile.first());
    k.forRange(
        0,
        k.min(k.sub(tile.queryLength(), tile.first()), TILE_ROWS),
        1,
        i -> {
          ElementPointer from = k.atRow(in, k.add(key, i), width, vector);
          List<F32> now = k.load(k.at(from, column, vector), vector);
          ElementPointer to = k.atRow(out, k.add(query, i), width, vector);
          List<List<F32>> rows = new ArrayList<>(List.of(now));
          rows.addAll(past);
          k.store(k.at(to, column, vector), FilterTaps.sum(k, w, rows));
          for (int b = taps - 2; b >= 0; b--) {
            FilterTaps.assign(k, past.get(b), rows.get(b));
          }
        });
  }
}
