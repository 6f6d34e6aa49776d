package dev.sifter.kernels.library;

import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.PtxAssembler;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What the kernels of a convolution along the tokens share: a block has up to {@link #ROWS} tokens
 * of a document and {@link #THREADS} vectors of columns; a thread holds its columns' filters, and
 * the last rows that they reach over, in registers.
 */
final class FilterTaps {
  /** Tokens of a block. */
  static final int ROWS = 32;

  /** Threads of a block. */
  static final int THREADS = 256;

  /** Numbers of filters that a thread holds, so that others hide the latency of memory. */
  private static final int HELD = 12;

  private FilterTaps() {}

  /** Elements of an access: of long filters fewer, since a thread holds them all. */
  static int vector(int taps, int width, Array... arrays) {
    int vector = Vectors.ofRows(new long[] {width}, arrays);
    while (vector > 1 && taps * vector > HELD) {
      vector /= 2;
    }
    return vector;
  }

  /** The filters of a thread's columns: by distance in tokens, by column. */
  static List<List<F32>> load(
      PtxAssembler k, ElementPointer filters, B32 column, int taps, int vector) {
    ElementPointer mine = k.at(filters, column, vector * taps);
    List<F32> all = new ArrayList<>();
    for (int i = 0; i < taps; i++) {
      all.addAll(k.load(mine.plus((long) i * vector), vector));
    }
    return IntStream.range(0, taps)
        .mapToObj(
            b ->
                IntStream.range(0, vector).mapToObj(c -> all.get(c * taps + taps - 1 - b)).toList())
        .toList();
  }

  /** Σ_b taps[b] · rows[b], for each column. */
  static List<F32> sum(PtxAssembler k, List<List<F32>> taps, List<List<F32>> rows) {
    List<F32> sum = Vectors.zip(rows.getFirst(), taps.getFirst(), k::mul);
    for (int b = 1; b < taps.size(); b++) {
      List<F32> before = sum;
      List<F32> row = rows.get(b);
      List<F32> tap = taps.get(b);
      sum =
          IntStream.range(0, row.size())
              .mapToObj(c -> k.fma(row.get(c), tap.get(c), before.get(c)))
              .toList();
    }
    return sum;
  }

  /** Variables that begin with these values. */
  static List<F32> variables(PtxAssembler k, List<F32> values) {
    return Vectors.map(values, k::variable);
  }

  /** Gives variables new values. */
  static void assign(PtxAssembler k, List<F32> variables, List<F32> values) {
    for (int i = 0; i < variables.size(); i++) {
      k.assign(variables.get(i), values.get(i));
    }
  }
}
