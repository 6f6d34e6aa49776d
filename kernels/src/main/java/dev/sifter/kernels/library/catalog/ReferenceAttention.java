package dev.sifter.kernels.library.catalog;

import dev.sifter.kernels.library.AttentionOptions;
import dev.sifter.kernels.library.AttentionShape;
import dev.sifter.kernels.library.AttentionTiles.Document;
import java.util.List;

/**
 * Attention and its gradients in double precision, one query at a time, over dense rows of heads.
 */
final class ReferenceAttention {
  private final AttentionShape shape;
  private final AttentionOptions options;
  private final TrialArray q;
  private final TrialArray k;
  private final TrialArray v;
  final double[] out;
  final double[] logSumExp;
  final double[] dq;
  final double[] dk;
  final double[] dv;

  /** Computes the forward, and the backward if {@code dOut} is not null. */
  ReferenceAttention(
      AttentionShape shape,
      AttentionOptions options,
      List<Document> documents,
      TrialArray q,
      TrialArray k,
      TrialArray v,
      TrialArray dOut) {
    this.shape = shape;
    this.options = options;
    this.q = q;
    this.k = k;
    this.v = v;
    this.out = new double[q.values().length];
    this.logSumExp = new double[out.length / shape.headDim()];
    this.dq = new double[out.length];
    this.dk = new double[k.values().length];
    this.dv = new double[k.values().length];
    for (Document document : documents) {
      for (int j = 0; j < document.queryLength(); j++) {
        for (int head = 0; head < shape.heads(); head++) {
          query(document, j, head, dOut);
        }
      }
    }
  }

  private void query(Document document, int j, int head, TrialArray dOut) {
    int hd = shape.headDim();
    int group = shape.heads() / shape.kvHeads();
    int position = document.keyLength() - document.queryLength() + j;
    int window = options.slidingWindow();
    int first = window == 0 ? 0 : Math.max(0, position - window + 1);
    int atQ = ((document.queryStart() + j) * shape.heads() + head) * hd;
    int n = position + 1 - first;
    int[] atK = new int[n];
    double[] score = new double[n];
    double max = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < n; i++) {
      atK[i] = ((document.keyStart() + first + i) * shape.kvHeads() + head / group) * hd;
      score[i] = score(atQ, atK[i]);
      max = Math.max(max, score[i]);
    }
    double sum = 0;
    for (double s : score) {
      sum += Math.exp(s - max);
    }
    double lse = max + Math.log(sum);
    logSumExp[atQ / hd] = lse;
    for (int i = 0; i < n; i++) {
      double p = Math.exp(score[i] - lse);
      for (int e = 0; e < hd; e++) {
        out[atQ + e] += p * v.get(atK[i] + e);
      }
    }
    if (dOut != null) {
      backward(atQ, atK, score, lse, dOut);
    }
  }

  private double score(int atQ, int atK) {
    double dot = 0;
    for (int e = 0; e < shape.headDim(); e++) {
      dot += q.get(atQ + e) * k.get(atK + e);
    }
    double cap = options.softcap();
    double scaled = dot * options.scale();
    return cap == 0 ? scaled : cap * Math.tanh(scaled / cap);
  }

  private void backward(int atQ, int[] atK, double[] score, double lse, TrialArray dOut) {
    int hd = shape.headDim();
    double mean = 0;
    double[] dp = new double[atK.length];
    for (int i = 0; i < atK.length; i++) {
      double p = Math.exp(score[i] - lse);
      for (int e = 0; e < hd; e++) {
        dp[i] += dOut.get(atQ + e) * v.get(atK[i] + e);
        dv[atK[i] + e] += p * dOut.get(atQ + e);
      }
      mean += p * dp[i];
    }
    for (int i = 0; i < atK.length; i++) {
      double ratio = options.softcap() == 0 ? 0 : score[i] / options.softcap();
      double slope = options.scale() * (1 - ratio * ratio);
      double ds = Math.exp(score[i] - lse) * (dp[i] - mean) * slope;
      for (int e = 0; e < hd; e++) {
        dq[atQ + e] += ds * k.get(atK[i] + e);
        dk[atK[i] + e] += ds * q.get(atQ + e);
      }
    }
  }
}
