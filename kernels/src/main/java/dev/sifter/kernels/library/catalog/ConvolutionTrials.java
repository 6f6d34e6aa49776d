package dev.sifter.kernels.library.catalog;

import static dev.sifter.kernels.library.catalog.AttentionDocuments.cached;
import static dev.sifter.kernels.library.catalog.AttentionDocuments.packed;
import static dev.sifter.kernels.library.catalog.AttentionDocuments.thousand;
import static dev.sifter.kernels.library.catalog.HardShapes.HIDDEN_SIZES;
import static dev.sifter.kernels.library.catalog.HardShapes.TOKENS;
import static dev.sifter.kernels.library.catalog.HardShapes.each;
import static dev.sifter.kernels.library.catalog.HardShapes.join;
import static dev.sifter.kernels.ptx.ElementType.BF16;
import static dev.sifter.kernels.ptx.ElementType.F16;
import static dev.sifter.kernels.ptx.ElementType.F32;

import dev.sifter.kernels.library.AttentionTiles;
import dev.sifter.kernels.library.AttentionTiles.Document;
import dev.sifter.kernels.library.CausalConvolution;
import dev.sifter.kernels.library.CausalConvolutionBackward;
import dev.sifter.kernels.ptx.ElementType;
import java.util.List;

/** Convolutions along the tokens. */
final class ConvolutionTrials {
  private static final Tolerance FEW_PRODUCTS =
      new Tolerance(0, 4e-7, "a sum of at most 9 products, of the largest since they may cancel");
  private static final Tolerance OVER_TOKENS =
      new Tolerance(0, 4e-6, "of the largest, for the sums over the tokens");

  private ConvolutionTrials() {}

  static List<KernelEntry> all() {
    return List.of(forward(), backward());
  }

  private static KernelEntry forward() {
    return new KernelEntry(
        "causal-convolution",
        "y[t, c] = Σ_b filter[c, L − 1 − b]·x[r − b, c], within a document",
        join(
            List.of(
                forward(BF16, BF16, 3, 1024, packed(40, 3, 70)),
                forward(F32, F32, 3, 31, packed(0, 33, 1, 0, 2)),
                forward(F32, BF16, 1, 12, packed(5, 64)),
                forward(F16, F32, 9, 40, packed(4, 65)),
                forward(F32, F32, 2, 8, thousand()),
                forward(
                    BF16,
                    BF16,
                    3,
                    576,
                    cached(new int[] {1, 1, 1}, new int[] {0, 40, 80}, 40, 1, 2)),
                forward(
                    F32,
                    F32,
                    4,
                    24,
                    cached(new int[] {17, 1, 0, 40}, new int[] {80, 0, 40, 120}, 17, 31, 3, 43))),
            each(TOKENS, rows -> forward(F32, F32, 3, 24, packed(rows))),
            each(HIDDEN_SIZES, width -> forward(BF16, BF16, 3, width, packed(2, 3)))),
        forward(BF16, BF16, 3, 2048, packed(4096, 4096, 4096, 4096)));
  }

  private static KernelTrial forward(
      ElementType type, ElementType ofFilter, int taps, int width, List<Document> documents) {
    return new KernelTrial(
        label(type, taps, width, documents),
        memory -> {
          int keys = rows(documents, true);
          int queries = rows(documents, false);
          TrialArray x = memory.normal(type, (long) keys * width);
          TrialArray filter = memory.normal(ofFilter, (long) width * taps);
          TrialArray y = memory.output(type, (long) queries * width);
          int[] tiles = AttentionTiles.ofQueries(documents, CausalConvolution.TILE_ROWS);
          int count = tiles.length / AttentionTiles.FIELDS;
          Lazy<double[]> expected =
              Lazy.of(() -> convolved(x, filter, taps, width, documents, queries));
          return new Trial(
                  CausalConvolution.launches(
                      memory.integers(tiles),
                      count,
                      x.array(),
                      filter.array(),
                      taps,
                      y.array(),
                      width))
              .expect("y", y, i -> expected.get()[i], FEW_PRODUCTS)
              .work(2L * queries * width * type.bytes(), (2.0 * taps - 1) * queries * width);
        });
  }

  private static double[] convolved(
      TrialArray x, TrialArray filter, int taps, int width, List<Document> documents, int queries) {
    double[] y = new double[queries * width];
    for (Document document : documents) {
      for (int j = 0; j < document.queryLength(); j++) {
        int before = document.keyLength() - document.queryLength() + j;
        for (int c = 0; c < width; c++) {
          double sum = 0;
          for (int b = 0; b < taps && b <= before; b++) {
            long row = document.keyStart() + before - b;
            sum += filter.get((long) c * taps + taps - 1 - b) * x.get(row * width + c);
          }
          y[(document.queryStart() + j) * width + c] = sum;
        }
      }
    }
    return y;
  }

  private static KernelEntry backward() {
    return new KernelEntry(
        "causal-convolution-backward",
        "dx[t, c] (+)= Σ_b filter[c, L − 1 − b]·dy[t + b, c], dFilter += Σ_t dy[t + b]·x[t]",
        join(
            List.of(
                backward(BF16, BF16, 3, 1024, false, true, packed(40, 3, 70)),
                backward(F32, F32, 3, 31, true, true, packed(0, 33, 1, 0, 2)),
                backward(F32, BF16, 1, 12, true, true, packed(5, 64)),
                backward(F16, F32, 9, 40, false, true, packed(4, 65)),
                backward(F32, F32, 2, 8, false, true, thousand()),
                backward(BF16, BF16, 3, 576, true, false, packed(40, 1))),
            each(TOKENS, rows -> backward(F32, F32, 3, 24, false, true, packed(rows))),
            each(
                HIDDEN_SIZES, width -> backward(BF16, BF16, 3, width, false, false, packed(2, 3)))),
        backward(BF16, BF16, 3, 2048, false, false, packed(4096, 4096, 4096, 4096)));
  }

  private static KernelTrial backward(
      ElementType type,
      ElementType ofFilter,
      int taps,
      int width,
      boolean accumulate,
      boolean filterGradient,
      List<Document> documents) {
    return new KernelTrial(
        label(type, taps, width, documents)
            + (accumulate ? ", accumulated" : "")
            + (filterGradient ? ", with dFilter" : ""),
        memory -> {
          int rows = rows(documents, false);
          long elements = (long) rows * width;
          TrialArray dy = memory.normal(type, elements);
          TrialArray x = memory.normal(type, elements);
          TrialArray filter = memory.normal(ofFilter, (long) width * taps);
          TrialArray dx =
              accumulate ? memory.normal(type, elements) : memory.output(type, elements);
          TrialArray dFilter = memory.normal(F32, (long) width * taps);
          int[] tiles = AttentionTiles.ofQueries(documents, CausalConvolution.TILE_ROWS);
          int count = tiles.length / AttentionTiles.FIELDS;
          TrialArray scratch =
              memory.output(F32, CausalConvolutionBackward.scratchElements(count, width, taps));
          Lazy<Gradients> expected =
              Lazy.of(() -> Gradients.of(dy, x, filter, taps, width, documents, rows));
          Trial trial =
              new Trial(
                      CausalConvolutionBackward.launches(
                          memory.integers(tiles),
                          count,
                          dy.array(),
                          x.array(),
                          filter.array(),
                          taps,
                          accumulate,
                          dx.array(),
                          filterGradient ? dFilter.array() : null,
                          filterGradient ? scratch.array() : null,
                          width))
                  .expect(
                      "dx",
                      dx,
                      i -> (accumulate ? dx.get(i) : 0) + expected.get().dx[i],
                      FEW_PRODUCTS)
                  .work(
                      elements
                          * type.bytes()
                          * (2L + (accumulate ? 1 : 0) + (filterGradient ? 1 : 0)),
                      (2.0 * taps - 1 + (filterGradient ? 2.0 * taps : 0) + (accumulate ? 1 : 0))
                          * elements);
          return filterGradient
              ? trial.expect(
                  "dFilter", dFilter, i -> dFilter.get(i) + expected.get().dFilter[i], OVER_TOKENS)
              : trial;
        });
  }

  private record Gradients(double[] dx, double[] dFilter) {
    static Gradients of(
        TrialArray dy,
        TrialArray x,
        TrialArray filter,
        int taps,
        int width,
        List<Document> documents,
        int rows) {
      double[] dx = new double[rows * width];
      double[] dFilter = new double[width * taps];
      for (Document document : documents) {
        for (int j = 0; j < document.queryLength(); j++) {
          int t = document.queryStart() + j;
          for (int b = 0; b < taps && j + b < document.queryLength(); b++) {
            for (int c = 0; c < width; c++) {
              int tap = c * taps + taps - 1 - b;
              double later = dy.get((t + b) * width + c);
              dx[t * width + c] += filter.get(tap) * later;
              dFilter[tap] += later * x.get(t * width + c);
            }
          }
        }
      }
      return new Gradients(dx, dFilter);
    }
  }

  private static int rows(List<Document> documents, boolean keys) {
    return documents.stream()
        .mapToInt(d -> keys ? d.keyStart() + d.keyLength() : d.queryStart() + d.queryLength())
        .max()
        .orElseThrow();
  }

  private static String label(ElementType type, int taps, int width, List<Document> documents) {
    return "%d taps, %d columns, %s, documents of %s"
        .formatted(taps, width, type, AttentionDocuments.lengths(documents));
  }
}
