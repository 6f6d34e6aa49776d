package dev.sifter.engine.backend.reference;

import dev.sifter.engine.backend.AttentionDropout;
import dev.sifter.engine.backend.AttentionKernels;
import dev.sifter.engine.backend.AttentionSpec;
import dev.sifter.engine.backend.Segments;
import dev.sifter.engine.random.Philox;
import dev.sifter.engine.tensor.Tensor;

/** Rotation and attention, one query at a time. */
final class ReferenceAttention implements AttentionKernels {
  @Override
  public void rope(
      Tensor x,
      int headDim,
      boolean interleaved,
      Tensor cos,
      Tensor sin,
      Tensor positions,
      boolean inverse,
      boolean accumulate,
      Tensor y) {
    Checks.integers("rope", positions);
    Checks.sameRows("rope", x, y);
    Checks.sameRows("rope", cos, sin);
    Checks.perRow("rope", x, positions);
    boolean wholeHeads = x.width() % headDim == 0 && 2 * cos.width() <= headDim;
    Checks.require(wholeHeads, "rope with heads of " + headDim, x, cos);
    checkPositions(positions, cos.rows());
    int half = cos.width();
    Elements in = new Elements(x);
    Elements out = new Elements(y);
    Elements c = new Elements(cos);
    Elements s = new Elements(sin);
    Elements position = new Elements(positions);
    for (int t = 0; t < x.rows(); t++) {
      int p = position.getInt(t);
      for (int head = 0; head < x.width() / headDim; head++) {
        long start = (long) t * x.width() + (long) head * headDim;
        for (int i = 0; i < half; i++) {
          double cosine = c.get((long) p * half + i);
          double sine = s.get((long) p * half + i) * (inverse ? -1 : 1);
          long first = start + (interleaved ? 2L * i : i);
          long second = first + (interleaved ? 1 : half);
          double low = in.get(first);
          double high = in.get(second);
          out.put(first, accumulate, low * cosine - high * sine);
          out.put(second, accumulate, high * cosine + low * sine);
        }
        for (int i = 2 * half; i < headDim; i++) {
          out.put(start + i, accumulate, in.get(start + i));
        }
      }
    }
  }

  private static void checkPositions(Tensor positions, int tableRows) {
    Elements elements = new Elements(positions);
    for (int t = 0; t < elements.count(); t++) {
      int p = elements.getInt(t);
      if (p < 0 || p >= tableRows) {
        throw new IndexOutOfBoundsException(
            "position %d; the model's table has %d".formatted(p, tableRows));
      }
    }
  }

  private static void checkShapes(
      String kernel, AttentionSpec spec, Segments segments, Tensor q, Tensor k, Tensor v) {
    Checks.width(kernel + " queries", spec.queryWidth(), q);
    Checks.width(kernel + " keys", spec.kvWidth(), k);
    Checks.sameRows(kernel, k, v);
    if (q.rows() != segments.queryRows() || k.rows() < segments.keyRows()) {
      throw new IllegalArgumentException(
          "%s: documents cover %d query and %d key rows, got %s and %s"
              .formatted(kernel, segments.queryRows(), segments.keyRows(), q, k));
    }
  }

  private static void checkLogSumExp(AttentionSpec spec, Tensor q, Tensor logSumExp) {
    boolean fits = logSumExp == null || logSumExp.elements() == (long) q.rows() * spec.heads();
    Checks.require(
        fits, "attention's logSumExp for %d heads".formatted(spec.heads()), q, logSumExp);
  }

  /** The scores of one query of one head, over the keys that it sees. */
  private static final class Query {
    private final AttentionSpec spec;
    private final AttentionDropout dropout;
    private final long firstNumber;
    private final Elements q;
    private final Elements k;
    private final long queryOffset;
    private final long keyOffset;
    private final int keyStride;
    final double[] scores;

    Query(
        AttentionSpec spec,
        Segments segments,
        AttentionDropout dropout,
        Elements q,
        Elements k,
        int d,
        int head,
        int j) {
      this.spec = spec;
      this.dropout = dropout;
      this.q = q;
      this.k = k;
      this.keyStride = spec.kvWidth();
      this.queryOffset =
          (long) (segments.queryStart(d) + j) * spec.queryWidth() + (long) head * spec.headDim();
      int kvHead = head / spec.groupSize();
      int visible = segments.keyLength(d) - segments.queryLength(d) + j + 1;
      int window = spec.slidingWindow();
      int firstKey = window == 0 ? 0 : Math.max(0, visible - window);
      this.firstNumber =
          AttentionDropout.firstNumber(spec, segments, segments.queryStart(d) + j, head) + firstKey;
      this.keyOffset =
          (long) (segments.keyStart(d) + firstKey) * keyStride + (long) kvHead * spec.headDim();
      this.scores = new double[visible - firstKey];
      for (int i = 0; i < scores.length; i++) {
        scores[i] = score(i);
      }
    }

    long queryOffset() {
      return queryOffset;
    }

    long keyOffset(int i) {
      return keyOffset + (long) i * keyStride;
    }

    private double score(int i) {
      double dot = 0;
      for (int e = 0; e < spec.headDim(); e++) {
        dot += q.get(queryOffset + e) * k.get(keyOffset(i) + e);
      }
      double scaled = dot * spec.scale();
      double cap = spec.softcap();
      return cap == 0 ? scaled : cap * Math.tanh(scaled / cap);
    }

    /** d capped score / d (q·k). */
    double scoreDerivative(int i) {
      double cap = spec.softcap();
      double ratio = cap == 0 ? 0 : scores[i] / cap;
      return spec.scale() * (1 - ratio * ratio);
    }

    /** What a probability is multiplied by. */
    double mask(int i) {
      if (dropout == null) {
        return 1;
      }
      boolean kept = Philox.uniform(dropout.stream(), firstNumber + i) >= dropout.probability();
      return kept ? dropout.scale() : 0;
    }

    double logSumExp() {
      double max = Double.NEGATIVE_INFINITY;
      for (double score : scores) {
        max = Math.max(max, score);
      }
      double sum = 0;
      for (double score : scores) {
        sum += Math.exp(score - max);
      }
      return max + Math.log(sum);
    }
  }

  @Override
  public void attention(
      AttentionSpec spec,
      Segments segments,
      AttentionDropout dropout,
      Tensor q,
      Tensor k,
      Tensor v,
      Tensor out,
      Tensor logSumExp) {
    checkShapes("attention", spec, segments, q, k, v);
    Checks.sameRows("attention", q, out);
    checkLogSumExp(spec, q, logSumExp);
    Elements queries = new Elements(q);
    Elements keys = new Elements(k);
    Elements values = new Elements(v);
    Elements result = new Elements(out);
    Elements lse = Elements.ofNullable(logSumExp);
    for (int d = 0; d < segments.count(); d++) {
      for (int head = 0; head < spec.heads(); head++) {
        for (int j = 0; j < segments.queryLength(d); j++) {
          Query query = new Query(spec, segments, dropout, queries, keys, d, head, j);
          double total = query.logSumExp();
          for (int e = 0; e < spec.headDim(); e++) {
            double sum = 0;
            for (int i = 0; i < query.scores.length; i++) {
              double p = Math.exp(query.scores[i] - total) * query.mask(i);
              sum += p * values.get(query.keyOffset(i) + e);
            }
            result.set(query.queryOffset() + e, sum);
          }
          if (lse != null) {
            lse.set((long) (segments.queryStart(d) + j) * spec.heads() + head, total);
          }
        }
      }
    }
  }

  @Override
  public void attentionBackward(
      AttentionSpec spec,
      Segments segments,
      AttentionDropout dropout,
      Tensor dOut,
      Tensor q,
      Tensor k,
      Tensor v,
      Tensor out,
      Tensor logSumExp,
      Tensor dq,
      Tensor dk,
      Tensor dv) {
    checkShapes("attentionBackward", spec, segments, q, k, v);
    Checks.sameRows("attentionBackward", q, dOut, out, dq);
    Checks.sameRows("attentionBackward", k, dk, dv);
    checkLogSumExp(spec, q, logSumExp);
    Elements queries = new Elements(q);
    Elements keys = new Elements(k);
    Elements values = new Elements(v);
    Elements gradient = new Elements(dOut);
    Elements dQuery = new Elements(dq);
    double[] dKey = new double[Math.toIntExact(dk.elements())];
    double[] dValue = new double[Math.toIntExact(dv.elements())];
    for (int d = 0; d < segments.count(); d++) {
      for (int head = 0; head < spec.heads(); head++) {
        for (int j = 0; j < segments.queryLength(d); j++) {
          Query query = new Query(spec, segments, dropout, queries, keys, d, head, j);
          // Not the one that was saved: in fp32 it resolves scores of 1e4 to 1e-3 only.
          double total = query.logSumExp();
          backwardOfQuery(
              spec, query, total, queries, keys, values, gradient, dQuery, dKey, dValue);
        }
      }
    }
    write(dKey, new Elements(dk));
    write(dValue, new Elements(dv));
  }

  private static void backwardOfQuery(
      AttentionSpec spec,
      Query query,
      double logSumExp,
      Elements q,
      Elements k,
      Elements v,
      Elements dOut,
      Elements dq,
      double[] dk,
      double[] dv) {
    int n = query.scores.length;
    double[] probability = new double[n];
    double[] dProbability = new double[n];
    double mean = 0;
    for (int i = 0; i < n; i++) {
      probability[i] = Math.exp(query.scores[i] - logSumExp);
      double mask = query.mask(i);
      for (int e = 0; e < spec.headDim(); e++) {
        double g = dOut.get(query.queryOffset() + e);
        dProbability[i] += mask * g * v.get(query.keyOffset(i) + e);
        dv[Math.toIntExact(query.keyOffset(i) + e)] += mask * probability[i] * g;
      }
      mean += probability[i] * dProbability[i];
    }
    double[] sum = new double[spec.headDim()];
    for (int i = 0; i < n; i++) {
      double dScore = probability[i] * (dProbability[i] - mean) * query.scoreDerivative(i);
      for (int e = 0; e < spec.headDim(); e++) {
        sum[e] += dScore * k.get(query.keyOffset(i) + e);
        dk[Math.toIntExact(query.keyOffset(i) + e)] += dScore * q.get(query.queryOffset() + e);
      }
    }
    for (int e = 0; e < spec.headDim(); e++) {
      dq.set(query.queryOffset() + e, sum[e]);
    }
  }

  private static void write(double[] from, Elements to) {
    for (int i = 0; i < from.length; i++) {
      to.set(i, from[i]);
    }
  }
}
