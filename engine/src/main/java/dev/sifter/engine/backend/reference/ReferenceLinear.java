package dev.sifter.engine.backend.reference;

import dev.sifter.engine.backend.LinearKernels;
import dev.sifter.engine.tensor.Tensor;

/** Matrix products as three nested loops. */
final class ReferenceLinear implements LinearKernels {
  @Override
  public void matmul(
      Tensor a,
      boolean transposeA,
      Tensor b,
      boolean transposeB,
      float alpha,
      float beta,
      Tensor c) {
    int m = c.rows();
    int n = c.width();
    int k = transposeA ? a.rows() : a.width();
    int aRows = transposeA ? a.width() : a.rows();
    int bTerms = transposeB ? b.width() : b.rows();
    int bColumns = transposeB ? b.rows() : b.width();
    if (aRows != m || bColumns != n || bTerms != k) {
      throw new IllegalArgumentException(
          "matmul: %s%s times %s%s does not give %s"
              .formatted(a, transposeA ? "ᵀ" : "", b, transposeB ? "ᵀ" : "", c));
    }
    Elements left = new Elements(a);
    Elements right = new Elements(b);
    Elements out = new Elements(c);
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        double sum = 0;
        for (int t = 0; t < k; t++) {
          long leftIndex = transposeA ? (long) t * m + i : (long) i * k + t;
          long rightIndex = transposeB ? (long) j * k + t : (long) t * n + j;
          sum += left.get(leftIndex) * right.get(rightIndex);
        }
        long index = (long) i * n + j;
        out.set(index, alpha * sum + (beta == 0 ? 0 : beta * out.get(index)));
      }
    }
  }

  @Override
  public void addBias(Tensor y, Tensor bias) {
    Checks.perColumn("addBias", y, bias);
    Elements out = new Elements(y);
    Elements b = new Elements(bias);
    for (long i = 0; i < out.count(); i++) {
      out.add(i, b.get(i % y.width()));
    }
  }

  @Override
  public void biasBackward(Tensor dy, boolean accumulate, Tensor dBias) {
    Checks.perColumn("biasBackward", dy, dBias);
    Elements gradient = new Elements(dy);
    Elements out = new Elements(dBias);
    for (int j = 0; j < dy.width(); j++) {
      double sum = 0;
      for (int t = 0; t < dy.rows(); t++) {
        sum += gradient.get((long) t * dy.width() + j);
      }
      out.put(j, accumulate, sum);
    }
  }

  @Override
  public void scaleColumns(Tensor x, Tensor factors, boolean accumulate, Tensor y) {
    Checks.perColumn("scaleColumns", x, factors);
    Checks.sameRows("scaleColumns", x, y);
    Elements in = new Elements(x);
    Elements factor = new Elements(factors);
    Elements out = new Elements(y);
    for (long i = 0; i < out.count(); i++) {
      out.put(i, accumulate, in.get(i) * factor.get(i % x.width()));
    }
  }

  @Override
  public void columnDots(Tensor a, Tensor b, boolean accumulate, Tensor sums) {
    Checks.sameRows("columnDots", a, b);
    Checks.perColumn("columnDots", a, sums);
    Elements left = new Elements(a);
    Elements right = new Elements(b);
    Elements out = new Elements(sums);
    for (int j = 0; j < a.width(); j++) {
      double sum = 0;
      for (int t = 0; t < a.rows(); t++) {
        long i = (long) t * a.width() + j;
        sum += left.get(i) * right.get(i);
      }
      out.put(j, accumulate, sum);
    }
  }

  @Override
  public void rowDots(Tensor a, Tensor b, boolean accumulate, Tensor sums) {
    Checks.sameRows("rowDots", a, b);
    Checks.perRow("rowDots", a, sums);
    Elements left = new Elements(a);
    Elements right = new Elements(b);
    Elements out = new Elements(sums);
    for (int t = 0; t < a.rows(); t++) {
      double sum = 0;
      for (int j = 0; j < a.width(); j++) {
        long i = (long) t * a.width() + j;
        sum += left.get(i) * right.get(i);
      }
      out.put(t, accumulate, sum);
    }
  }
}
