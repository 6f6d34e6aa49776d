package dev.sifter.engine.backend.reference;

import dev.sifter.engine.backend.ConvolutionChecks;
import dev.sifter.engine.backend.ConvolutionKernels;
import dev.sifter.engine.backend.Segments;
import dev.sifter.engine.tensor.Tensor;

/** Convolutions along the tokens, one output at a time. */
final class ReferenceConvolution implements ConvolutionKernels {
  @Override
  public void causalConvolution(Segments segments, Tensor x, Tensor filter, Tensor y) {
    ConvolutionChecks.forward(segments, x, filter, y);
    Elements in = new Elements(x);
    Elements taps = new Elements(filter);
    Elements out = new Elements(y);
    int width = x.width();
    int length = filter.width();
    for (int d = 0; d < segments.count(); d++) {
      int before = segments.keyLength(d) - segments.queryLength(d);
      for (int j = 0; j < segments.queryLength(d); j++) {
        long query = segments.queryStart(d) + j;
        long key = segments.keyStart(d) + before + j;
        int reach = Math.min(length, before + j + 1);
        for (int c = 0; c < width; c++) {
          double sum = 0;
          for (int b = 0; b < reach; b++) {
            sum += taps.get((long) c * length + length - 1 - b) * in.get((key - b) * width + c);
          }
          out.set(query * width + c, sum);
        }
      }
    }
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
    ConvolutionChecks.backward(segments, dy, x, filter, dx, dFilter);
    Elements gradient = new Elements(dy);
    Elements in = new Elements(x);
    Elements taps = new Elements(filter);
    Elements out = new Elements(dx);
    int width = x.width();
    int length = filter.width();
    double[] sums = new double[width * length];
    for (int d = 0; d < segments.count(); d++) {
      for (int j = 0; j < segments.queryLength(d); j++) {
        long t = segments.queryStart(d) + j;
        int reach = Math.min(length, segments.queryLength(d) - j);
        for (int c = 0; c < width; c++) {
          double sum = 0;
          for (int b = 0; b < reach; b++) {
            int tap = c * length + length - 1 - b;
            double later = gradient.get((t + b) * width + c);
            sum += taps.get(tap) * later;
            sums[tap] += later * in.get(t * width + c);
          }
          out.put(t * width + c, accumulate, sum);
        }
      }
    }
    Elements.addAll(sums, dFilter);
  }
}
