package dev.sifter.engine.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sifter.engine.backend.AttentionSpec;
import dev.sifter.engine.backend.Segments;
import dev.sifter.engine.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@NeedsVectorModule
class CpuAttentionTest {
  /** Scores of unit normals over a few hundred keys; exp and sums in fp32. */
  private static final double TOLERANCE = 2e-5;

  private record Case(AttentionSpec spec, Segments segments) {}

  static List<Case> cases() {
    return List.of(
        new Case(new AttentionSpec(1, 1, 1, 1f, 0, 0), Segments.packed(1)),
        new Case(new AttentionSpec(6, 2, 64, 0.125f, 0, 0), Segments.packed(129, 1, 0, 33)),
        new Case(new AttentionSpec(2, 2, 33, 0.2f, 0, 0), Segments.packed(100, 97, 96)),
        new Case(new AttentionSpec(2, 1, 80, 0.1f, 17, 0), Segments.packed(300, 5)),
        new Case(new AttentionSpec(4, 1, 32, 0.3f, 130, 5), Segments.packed(259)),
        new Case(new AttentionSpec(3, 3, 128, 0.1f, 1, 0), Segments.packed(31, 47)),
        new Case(new AttentionSpec(2, 1, 256, 0.0625f, 0, 30), Segments.packed(48, 49)));
  }

  static List<Case> cachedCases() {
    int[] starts = {3, 400};
    int[] lengths = {200, 33};
    return List.of(
        new Case(
            new AttentionSpec(6, 2, 64, 0.125f, 0, 0),
            Segments.cached(new int[] {1, 1}, starts, lengths)),
        new Case(
            new AttentionSpec(2, 1, 40, 0.125f, 50, 3),
            Segments.cached(new int[] {7, 33}, starts, lengths)));
  }

  /** Forward and backward of one case in double, straight from the definitions. */
  private static final class Oracle {
    final double[] out;
    final double[] lse;
    final double[] dq;
    final double[] dk;
    final double[] dv;

    Oracle(Case test, double[] q, double[] k, double[] v, double[] dOut) {
      AttentionSpec spec = test.spec;
      Segments documents = test.segments;
      int hd = spec.headDim();
      out = new double[q.length];
      lse = new double[documents.queryRows() * spec.heads()];
      dq = new double[q.length];
      dk = new double[k.length];
      dv = new double[k.length];
      for (int d = 0; d < documents.count(); d++) {
        for (int j = 0; j < documents.queryLength(d); j++) {
          for (int h = 0; h < spec.heads(); h++) {
            int position = documents.keyLength(d) - documents.queryLength(d) + j;
            int from = spec.slidingWindow() == 0 ? 0 : position - spec.slidingWindow() + 1;
            int row = documents.queryStart(d) + j;
            int keyBase = documents.keyStart(d) * spec.kvWidth() + h / spec.groupSize() * hd;
            query(
                spec,
                q,
                k,
                v,
                dOut,
                (row * spec.heads() + h),
                Math.max(0, from),
                position,
                keyBase);
          }
        }
      }
    }

    private void query(
        AttentionSpec spec,
        double[] q,
        double[] k,
        double[] v,
        double[] dOut,
        int rowHead,
        int from,
        int to,
        int keyBase) {
      int hd = spec.headDim();
      int at = rowHead * hd;
      double[] scores = new double[to + 1];
      double[] slopes = new double[to + 1];
      double sum = 0;
      for (int key = from; key <= to; key++) {
        double dot = 0;
        for (int i = 0; i < hd; i++) {
          dot += q[at + i] * k[keyBase + key * spec.kvWidth() + i];
        }
        dot *= spec.scale();
        double t = spec.softcap() > 0 ? Math.tanh(dot / spec.softcap()) : 0;
        scores[key] = spec.softcap() > 0 ? spec.softcap() * t : dot;
        slopes[key] = 1 - t * t;
        sum += Math.exp(scores[key]);
      }
      lse[rowHead] = Math.log(sum);
      double[] dP = new double[to + 1];
      double d = 0;
      for (int key = from; key <= to; key++) {
        double p = Math.exp(scores[key]) / sum;
        for (int i = 0; i < hd; i++) {
          int kv = keyBase + key * spec.kvWidth() + i;
          out[at + i] += p * v[kv];
          dP[key] += dOut[at + i] * v[kv];
          dv[kv] += p * dOut[at + i];
        }
        d += p * dP[key];
      }
      for (int key = from; key <= to; key++) {
        double p = Math.exp(scores[key]) / sum;
        double dS = p * (dP[key] - d) * slopes[key] * spec.scale();
        for (int i = 0; i < hd; i++) {
          int kv = keyBase + key * spec.kvWidth() + i;
          dq[at + i] += dS * k[kv];
          dk[kv] += dS * q[at + i];
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void matchesTheDefinitionForwardAndBackward(Case test) {
    try (Workbench bench = new Workbench(2, 77)) {
      int rows = test.segments.queryRows();
      AttentionSpec spec = test.spec;
      Tensor q = bench.normal(rows, spec.queryWidth());
      Tensor k = bench.normal(rows, spec.kvWidth());
      Tensor v = bench.normal(rows, spec.kvWidth());
      Tensor dOut = bench.normal(rows, spec.queryWidth());
      Tensor out = bench.empty(rows, spec.queryWidth());
      Tensor lse = bench.empty(rows, spec.heads());
      Tensor dq = bench.empty(rows, spec.queryWidth());
      Tensor dk = bench.empty(rows, spec.kvWidth());
      Tensor dv = bench.empty(rows, spec.kvWidth());
      var attention = bench.backend.attention();
      attention.attention(spec, test.segments, null, q, k, v, out, lse);
      attention.attentionBackward(spec, test.segments, null, dOut, q, k, v, out, lse, dq, dk, dv);
      Oracle oracle =
          new Oracle(
              test,
              Workbench.doubles(q),
              Workbench.doubles(k),
              Workbench.doubles(v),
              Workbench.doubles(dOut));
      Workbench.assertClose(out, oracle.out, TOLERANCE, "out");
      Workbench.assertClose(lse, oracle.lse, TOLERANCE, "logSumExp");
      Workbench.assertClose(dq, oracle.dq, TOLERANCE, "dq");
      Workbench.assertClose(dk, oracle.dk, TOLERANCE, "dk");
      Workbench.assertClose(dv, oracle.dv, TOLERANCE, "dv");
    }
  }

  @ParameterizedTest
  @MethodSource("cachedCases")
  void attendsToACache(Case test) {
    try (Workbench bench = new Workbench(2, 78)) {
      AttentionSpec spec = test.spec;
      int rows = test.segments.queryRows();
      Tensor q = bench.normal(rows, spec.queryWidth());
      Tensor k = bench.normal(500, spec.kvWidth());
      Tensor v = bench.normal(500, spec.kvWidth());
      Tensor out = bench.empty(rows, spec.queryWidth());
      bench.backend.attention().attention(spec, test.segments, null, q, k, v, out, null);
      double[] zeros = new double[rows * spec.queryWidth()];
      Oracle oracle =
          new Oracle(test, Workbench.doubles(q), Workbench.doubles(k), Workbench.doubles(v), zeros);
      Workbench.assertClose(out, oracle.out, TOLERANCE, "out");
    }
  }

  @Test
  void givesTheSameBitsOnAnyNumberOfThreads() {
    AttentionSpec spec = new AttentionSpec(4, 2, 64, 0.125f, 0, 0);
    Segments segments = Segments.packed(301, 40);
    byte[][] first = new byte[5][];
    for (int threads : new int[] {1, 2, 3, 8}) {
      try (Workbench bench = new Workbench(threads, 9)) {
        Tensor q = bench.normal(341, 256);
        Tensor k = bench.normal(341, 128);
        Tensor v = bench.normal(341, 128);
        Tensor dOut = bench.normal(341, 256);
        Tensor[] results = {
          bench.empty(341, 256),
          bench.empty(341, 4),
          bench.empty(341, 256),
          bench.empty(341, 128),
          bench.empty(341, 128)
        };
        var attention = bench.backend.attention();
        attention.attention(spec, segments, null, q, k, v, results[0], results[1]);
        attention.attentionBackward(
            spec,
            segments,
            null,
            dOut,
            q,
            k,
            v,
            results[0],
            results[1],
            results[2],
            results[3],
            results[4]);
        for (int i = 0; i < 5; i++) {
          byte[] bytes = Workbench.bytes(results[i]);
          first[i] = first[i] == null ? bytes : first[i];
          assertThat(bytes).as("result %d, %d threads", i, threads).isEqualTo(first[i]);
        }
      }
    }
  }

  @Test
  void rotatesAndRotatesBack() {
    try (Workbench bench = new Workbench(2, 4)) {
      int[] positions = {0, 5, 9, 2, 7};
      int headDim = 80;
      int half = 33;
      Tensor x = bench.normal(5, 3 * headDim);
      Tensor cos = bench.empty(10, half);
      Tensor sin = bench.empty(10, half);
      for (int i = 0; i < 10 * half; i++) {
        Workbench.set(cos, i, (float) Math.cos(i));
        Workbench.set(sin, i, (float) Math.sin(i));
      }
      Tensor y = bench.empty(5, 3 * headDim);
      Tensor numbers = bench.ints(positions);
      bench.backend.attention().rope(x, headDim, false, cos, sin, numbers, false, false, y);
      double[] in = Workbench.doubles(x);
      double[] expected = in.clone();
      for (int row = 0; row < 5; row++) {
        for (int h = 0; h < 3; h++) {
          for (int i = 0; i < half; i++) {
            int at = (row * 3 + h) * headDim + i;
            double angle = positions[row] * half + i;
            expected[at] = in[at] * Math.cos(angle) - in[at + half] * Math.sin(angle);
            expected[at + half] = in[at + half] * Math.cos(angle) + in[at] * Math.sin(angle);
          }
        }
      }
      Workbench.assertClose(y, expected, 4 * Math.ulp(1f), "forward");
      bench.backend.attention().rope(y, headDim, false, cos, sin, numbers, true, false, y);
      Workbench.assertClose(y, in, 8 * Math.ulp(1f), "back, in place");
      bench.backend.attention().rope(x, headDim, false, cos, sin, numbers, false, true, y);
      for (int i = 0; i < in.length; i++) {
        expected[i] += in[i];
      }
      Workbench.assertClose(y, expected, 8 * Math.ulp(1f), "accumulated");
    }
  }
}
