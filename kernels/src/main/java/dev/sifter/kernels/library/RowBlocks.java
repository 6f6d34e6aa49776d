package dev.sifter.kernels.library;

import dev.sifter.kernels.gpu.Grid;
import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.Pred;
import dev.sifter.kernels.ptx.PtxAssembler;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * How the elements of a row are shared out among threads that hold all of it in registers: vector j
 * of a thread is the row's vector j·threads + thread. Narrow rows have a warp each, wide ones a
 * whole block.
 *
 * @param width elements of a row
 * @param vector elements of an access; divides the width
 */
record RowBlocks(int width, int vector) {
  private static final int BLOCK = 256;

  /** A warp does a row up to so many elements a lane: two or three 16-byte vectors. */
  private static final int LANE_ELEMENTS = 24;

  /** What a thread can hold of a row, besides its other values, without spilling registers. */
  private static final int THREAD_ELEMENTS = 40;

  private static final int MAX_BLOCK = 1024;

  /** Refuses a width that does not fit. */
  RowBlocks {
    if (width <= 0 || width % vector != 0) {
      throw new IllegalArgumentException(
          "rows of %d elements in vectors of %d".formatted(width, vector));
    }
    if (width > MAX_BLOCK * THREAD_ELEMENTS) {
      throw new IllegalArgumentException(
          "rows of %d elements; a block holds at most %d"
              .formatted(width, MAX_BLOCK * THREAD_ELEMENTS));
    }
  }

  /** Whether a row has a warp, not a block. */
  boolean warpPerRow() {
    return width <= PtxAssembler.WARP * LANE_ELEMENTS;
  }

  /** Threads that share a row. */
  int threadsPerRow() {
    int threads = warpPerRow() ? PtxAssembler.WARP : BLOCK;
    while (!warpPerRow() && width > threads * THREAD_ELEMENTS) {
      threads *= 2;
    }
    return threads;
  }

  /** Threads of a block. */
  int threadsPerBlock() {
    return warpPerRow() ? BLOCK / 2 : threadsPerRow();
  }

  /** Rows of a block. */
  int rowsPerBlock() {
    return threadsPerBlock() / threadsPerRow();
  }

  /** The blocks of so many rows. */
  Grid grid(int rows) {
    return Grid.covering(rows, rowsPerBlock());
  }

  /** The row that this thread works on first. */
  B32 row(PtxAssembler k) {
    return warpPerRow() ? k.mad(k.blockX(), rowsPerBlock(), k.warpIndex()) : k.blockX();
  }

  /** Number of this thread among those of its row. */
  B32 thread(PtxAssembler k) {
    return warpPerRow() ? k.laneIndex() : k.threadIndex();
  }

  /** Vectors of a thread. */
  int vectors() {
    return Math.ceilDiv(width / vector, threadsPerRow());
  }

  /** Elements between a thread's vectors. */
  int step() {
    return threadsPerRow() * vector;
  }

  /** For each of a thread's vectors, whether it lies within the row; null for surely. */
  List<Pred> inside(PtxAssembler k) {
    List<Pred> inside = new ArrayList<>();
    int whole = width / vector / threadsPerRow();
    for (int j = 0; j < vectors(); j++) {
      int rest = width / vector - j * threadsPerRow();
      inside.add(j < whole ? null : k.lt(thread(k), rest));
    }
    return inside;
  }

  /** This thread's part of a row that begins at {@code row}, zeros where it is outside. */
  List<List<F32>> load(PtxAssembler k, ElementPointer row, List<Pred> inside) {
    ElementPointer mine = k.at(row, thread(k), vector);
    List<List<F32>> parts = new ArrayList<>();
    for (int j = 0; j < vectors(); j++) {
      parts.add(k.loadIf(inside.get(j), mine.plus((long) j * step()), vector));
    }
    return parts;
  }

  /** Calls {@code body} with each vector's number and its place in a row. */
  void forEach(PtxAssembler k, ElementPointer row, BiConsumer<Integer, ElementPointer> body) {
    ElementPointer mine = k.at(row, thread(k), vector);
    for (int j = 0; j < vectors(); j++) {
      body.accept(j, mine.plus((long) j * step()));
    }
  }

  /** The sums over a row of what each of its threads has. */
  List<F32> sums(PtxAssembler k, F32... values) {
    return warpPerRow() ? List.of(values).stream().map(k::warpSum).toList() : k.blockSums(values);
  }
}
