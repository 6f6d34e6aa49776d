package dev.sifter.engine.backend.gpu;

import dev.sifter.engine.backend.Checks;
import dev.sifter.engine.backend.ConvolutionChecks;
import dev.sifter.engine.backend.ConvolutionKernels;
import dev.sifter.engine.backend.Segments;
import dev.sifter.engine.backend.gpu.TileLists.TileList;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.kernels.library.CausalConvolution;
import dev.sifter.kernels.library.CausalConvolutionBackward;

/** Convolutions along the tokens. */
final class GpuConvolution implements ConvolutionKernels {
  private final GpuContext context;
  private final TileLists lists;

  GpuConvolution(GpuContext context) {
    this.context = context;
    this.lists = new TileLists(context);
  }

  @Override
  public void causalConvolution(Segments segments, Tensor x, Tensor filter, Tensor y) {
    Checks.floats("x", x);
    Checks.floats("filter", filter);
    Checks.floats("y", y);
    ConvolutionChecks.forward(segments, x, filter, y);
    TileList tiles = lists.ofQueries(segments, CausalConvolution.TILE_ROWS);
    context.run(
        CausalConvolution.launches(
            tiles.slice(),
            tiles.count(),
            context.array(x),
            context.array(filter),
            filter.width(),
            context.array(y),
            x.width()));
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
    Checks.floats("dy", dy);
    Checks.floats("x", x);
    Checks.floats("filter", filter);
    Checks.floats("dx", dx);
    ConvolutionChecks.backward(segments, dy, x, filter, dx, dFilter);
    if (dFilter != null) {
      Checks.f32("dFilter", dFilter);
    }
    TileList tiles = lists.ofQueries(segments, CausalConvolution.TILE_ROWS);
    int width = x.width();
    context.run(
        dFilter == null
            ? 0
            : CausalConvolutionBackward.scratchElements(tiles.count(), width, filter.width()),
        scratch ->
            CausalConvolutionBackward.launches(
                tiles.slice(),
                tiles.count(),
                context.array(dy),
                context.array(x),
                context.array(filter),
                filter.width(),
                accumulate,
                context.array(dx),
                context.arrayOrNull(dFilter),
                scratch,
                width));
  }
}
