package dev.sifter.engine.backend.cpu;

import dev.sifter.engine.backend.Checks;
import dev.sifter.engine.backend.ConvolutionChecks;
import dev.sifter.engine.backend.ConvolutionKernels;
import dev.sifter.engine.backend.Segments;
import dev.sifter.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/** Convolutions along the tokens, a block of rows a task. */
final class CpuConvolution implements ConvolutionKernels {
  private static final int FILTER_SLOT = 2;
  private static final int TAPS_SLOT = 4;

  private final CpuContext context;

  CpuConvolution(CpuContext context) {
    this.context = context;
  }

  /** The filters as rows: that of the token's own taps first, then that of one token before. */
  private float[] taps(Tensor filter) {
    Checks.floats("filter", filter);
    int count = Math.toIntExact(filter.elements());
    int length = filter.width();
    int width = filter.rows();
    float[] byColumn = context.shared().floats(FILTER_SLOT, count);
    Numbers.load(filter.dtype(), filter.segment(), 0, byColumn, 0, count);
    float[] taps = context.shared().floats(TAPS_SLOT, count);
    for (int b = 0; b < length; b++) {
      for (int c = 0; c < width; c++) {
        taps[b * width + c] = byColumn[c * length + length - 1 - b];
      }
    }
    return taps;
  }

  @Override
  public void causalConvolution(Segments segments, Tensor x, Tensor filter, Tensor y) {
    Checks.f32("x", x);
    Checks.f32("y", y);
    ConvolutionChecks.forward(segments, x, filter, y);
    float[] taps = taps(filter);
    int width = x.width();
    long rowBytes = 4L * width;
    MemorySegment in = x.segment();
    MemorySegment out = y.segment();
    context.runRanges(
        y.rows(),
        Grain.rows(width),
        (from, to, worker) ->
            forEachRow(
                segments,
                from,
                to,
                (d, j) -> {
                  int before = segments.keyLength(d) - segments.queryLength(d) + j;
                  long key = (long) segments.keyStart(d) + before;
                  long query = (long) segments.queryStart(d) + j;
                  int reach = Math.min(filter.width(), before + 1);
                  ConvolutionLoops.filter(
                      in,
                      key * rowBytes,
                      -rowBytes,
                      taps,
                      reach,
                      width,
                      false,
                      out,
                      query * rowBytes);
                }));
  }

  @Override
  public void causalConvolutionBackward(
      Segments segments,
      Tensor dy,
      Tensor x,
      Tensor filter,
      boolean accumulate,
      Tensor dx,
      Tensor dFilter) {
    Checks.same("dy", dy, "x", x);
    Checks.same("dx", dx, "x", x);
    ConvolutionChecks.backward(segments, dy, x, filter, dx, dFilter);
    if (dFilter != null) {
      Checks.f32("dFilter", dFilter);
    }
    float[] taps = taps(filter);
    int width = x.width();
    int length = filter.width();
    long rowBytes = 4L * width;
    MemorySegment dOut = dy.segment();
    MemorySegment in = x.segment();
    MemorySegment dIn = dx.segment();
    RowSums sums = new RowSums(context, x.rows(), width, dFilter == null ? 0 : length);
    sums.run(
        (from, to, worker, partials, at) ->
            forEachRow(
                segments,
                from,
                to,
                (d, j) -> {
                  long row = ((long) segments.queryStart(d) + j) * rowBytes;
                  int reach = Math.min(length, segments.queryLength(d) - j);
                  ConvolutionLoops.filter(
                      dOut, row, rowBytes, taps, reach, width, accumulate, dIn, row);
                  if (dFilter != null) {
                    ConvolutionLoops.addProducts(dOut, row, in, row, reach, width, partials, at);
                  }
                }));
    if (dFilter != null) {
      for (int b = 0; b < length; b++) {
        sums.finish(b, true, dFilter.segment(), length - 1 - b, length);
      }
    }
  }

  /** A token: number {@code j} of the queries of document {@code d}. */
  @FunctionalInterface
  private interface Row {
    void run(int d, int j);
  }

  /** Calls {@code body} for query rows {@code from} … {@code to − 1}. */
  private static void forEachRow(Segments segments, long from, long to, Row body) {
    int first = segments.documentOf((int) from);
    for (int d = first; d < segments.count() && segments.queryStart(d) < to; d++) {
      long start = segments.queryStart(d);
      long end = Math.min(to - start, segments.queryLength(d));
      for (long j = Math.max(from - start, 0); j < end; j++) {
        body.run(d, (int) j);
      }
    }
  }
}
