package dev.sifter.engine.backend.reference;

import dev.sifter.engine.backend.NormKernels;
import dev.sifter.engine.tensor.Tensor;

/** RMSNorm and LayerNorm, row by row. */
final class ReferenceNorm implements NormKernels {
  @Override
  public void rmsNorm(
      Tensor x, Tensor weight, float epsilon, float weightOffset, Tensor y, Tensor rstd) {
    Checks.perColumn("rmsNorm", x, weight);
    Checks.sameRows("rmsNorm", x, y);
    Checks.perRow("rmsNorm", x, rstd);
    int width = x.width();
    Elements in = new Elements(x);
    Elements w = new Elements(weight);
    Elements out = new Elements(y);
    Elements rho = new Elements(rstd);
    for (int t = 0; t < x.rows(); t++) {
      long row = (long) t * width;
      double squares = 0;
      for (int i = 0; i < width; i++) {
        squares += in.get(row + i) * in.get(row + i);
      }
      double r = 1 / Math.sqrt(squares / width + epsilon);
      rho.set(t, r);
      for (int i = 0; i < width; i++) {
        out.set(row + i, in.get(row + i) * r * (w.get(i) + weightOffset));
      }
    }
  }

  @Override
  public void rmsNormBackward(
      Tensor dy,
      Tensor x,
      Tensor weight,
      float weightOffset,
      Tensor rstd,
      boolean accumulate,
      Tensor dx,
      Tensor dWeight) {
    Checks.perColumn("rmsNormBackward", x, weight, dWeight);
    Checks.sameRows("rmsNormBackward", x, dy, dx);
    Checks.perRow("rmsNormBackward", x, rstd);
    int width = x.width();
    Elements gradient = new Elements(dy);
    Elements in = new Elements(x);
    Elements w = new Elements(weight);
    Elements out = new Elements(dx);
    Elements rho = new Elements(rstd);
    double[] dw = new double[width];
    for (int t = 0; t < x.rows(); t++) {
      long row = (long) t * width;
      double r = rho.get(t);
      double dot = 0;
      for (int i = 0; i < width; i++) {
        dot += gradient.get(row + i) * (w.get(i) + weightOffset) * in.get(row + i);
      }
      double pull = r * r * dot / width;
      for (int i = 0; i < width; i++) {
        double g = gradient.get(row + i) * (w.get(i) + weightOffset);
        double value = in.get(row + i);
        out.put(row + i, accumulate, r * (g - value * pull));
        dw[i] += gradient.get(row + i) * value * r;
      }
    }
    Elements.addAll(dw, dWeight);
  }

  @Override
  public void layerNorm(
      Tensor x,
      Tensor weight,
      Tensor bias,
      float epsilon,
      float weightOffset,
      Tensor y,
      Tensor mean,
      Tensor rstd) {
    Checks.perColumn("layerNorm", x, weight, bias);
    Checks.sameRows("layerNorm", x, y);
    Checks.perRow("layerNorm", x, mean, rstd);
    int width = x.width();
    Elements in = new Elements(x);
    Elements w = new Elements(weight);
    Elements b = Elements.ofNullable(bias);
    Elements out = new Elements(y);
    Elements mu = new Elements(mean);
    Elements rho = new Elements(rstd);
    for (int t = 0; t < x.rows(); t++) {
      long row = (long) t * width;
      double sum = 0;
      for (int i = 0; i < width; i++) {
        sum += in.get(row + i);
      }
      double m = sum / width;
      double squares = 0;
      for (int i = 0; i < width; i++) {
        squares += (in.get(row + i) - m) * (in.get(row + i) - m);
      }
      double r = 1 / Math.sqrt(squares / width + epsilon);
      mu.set(t, m);
      rho.set(t, r);
      for (int i = 0; i < width; i++) {
        double normal = (in.get(row + i) - m) * r;
        out.set(row + i, normal * (w.get(i) + weightOffset) + (b == null ? 0 : b.get(i)));
      }
    }
  }

  @Override
  public void layerNormBackward(
      Tensor dy,
      Tensor x,
      Tensor weight,
      float weightOffset,
      Tensor mean,
      Tensor rstd,
      boolean accumulate,
      Tensor dx,
      Tensor dWeight,
      Tensor dBias) {
    Checks.perColumn("layerNormBackward", x, weight, dWeight, dBias);
    Checks.sameRows("layerNormBackward", x, dy, dx);
    Checks.perRow("layerNormBackward", x, mean, rstd);
    int width = x.width();
    Elements gradient = new Elements(dy);
    Elements in = new Elements(x);
    Elements w = new Elements(weight);
    Elements out = new Elements(dx);
    Elements mu = new Elements(mean);
    Elements rho = new Elements(rstd);
    double[] dw = new double[width];
    double[] db = new double[width];
    for (int t = 0; t < x.rows(); t++) {
      long row = (long) t * width;
      double m = mu.get(t);
      double r = rho.get(t);
      double sum = 0;
      double dot = 0;
      for (int i = 0; i < width; i++) {
        double g = gradient.get(row + i) * (w.get(i) + weightOffset);
        sum += g;
        dot += g * (in.get(row + i) - m) * r;
      }
      for (int i = 0; i < width; i++) {
        double dyValue = gradient.get(row + i);
        double n = (in.get(row + i) - m) * r;
        double g = dyValue * (w.get(i) + weightOffset);
        out.put(row + i, accumulate, r * (g - sum / width - n * dot / width));
        dw[i] += dyValue * n;
        db[i] += dyValue;
      }
    }
    Elements.addAll(dw, dWeight);
    Elements.addAll(db, dBias);
  }
}
