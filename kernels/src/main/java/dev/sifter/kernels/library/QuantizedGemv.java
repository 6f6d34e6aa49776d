package dev.sifter.kernels.library;

import dev.sifter.kernels.gpu.Grid;
import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.ElementType;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.GlobalPointer;
import dev.sifter.kernels.ptx.Pred;
import dev.sifter.kernels.ptx.PtxAssembler;
import dev.sifter.kernels.ptx.SharedPointer;
import java.util.ArrayList;
import java.util.List;

/**
 * C = α · A · Wᵀ + β · C for up to 8 rows of A and a matrix W in four bits: a linear layer over the
 * tokens of a decoding step, which never unpacks W into memory.
 *
 * <pre>
 * copy the code book to shared memory;  n = blockIdx.x * 8 + warp      // a row of W
 * for (t = lane; t &lt; K/8; t += 4*32)  for (u = 0; u &lt; 4; u++)         // for a single row
 *   word = codes[n*K/8 + t + 32*u];  s = scale of its block             // 8 weights a lane
 *   w = round(book[nibbles of word] * s)
 *   for each row i:  sum[i] += A[i][8 * (t + 32*u) ...] . w             // A from cache
 * for each row i:  C[i][n] = alpha * warpSum(sum[i]) + beta * C[i][n]
 * </pre>
 *
 * <p>A weight is to the last bit what {@link Dequantize} makes of it. The 16 codes lie in banks of
 * their own. Least bytes: half a byte a weight and its share of a scale: 0.563 in blocks of 64 with
 * fp32 scales, 0.516 with nested ones. 2·rows FLOPs a weight.
 *
 * @param rows rows of A
 * @param a type of A
 * @param c type of C
 * @param weights type that weights are rounded to, as unpacking does
 * @param wordsPerBlock words of eight weights that share a scale
 * @param codesPerBlock scales in eight bits that share a scale; 0 where scales are fp32
 * @param accumulate whether β is not 0
 */
public record QuantizedGemv(
    int rows,
    ElementType a,
    ElementType c,
    ElementType weights,
    int wordsPerBlock,
    int codesPerBlock,
    boolean accumulate)
    implements Kernel {
  /** Rows of A that fit into the registers of a warp's sums. */
  public static final int MAX_ROWS = Gemv.MAX_ROWS;

  private static final int WARPS = 8;
  private static final int THREADS = WARPS * PtxAssembler.WARP;
  private static final int WORD = QuantizedMatrix.WORD;

  /** Whether {@link #launches} takes such a product. */
  public static boolean takes(int rows, Array a, int strideA, QuantizedMatrix w) {
    int vector = Vectors.widest(a.type());
    return rows <= MAX_ROWS
        && w.hasWholeWords()
        && a.isAlignedTo(vector)
        && strideA % vector == 0
        && (long) w.rows() * w.width() / WORD < 1L << 32;
  }

  /**
   * What to launch.
   *
   * @param rows of A, at most {@link #MAX_ROWS}
   * @param a [rows, w.width], rows {@code strideA} elements apart
   * @param w the matrix, [n, k]
   * @param weights type that its elements are rounded to before they are multiplied
   * @param c [rows, w.rows], rows {@code strideC} elements apart
   * @throws IllegalArgumentException if it is nothing that this kernel {@link #takes}
   */
  public static List<Launch> launches(
      int rows,
      Array a,
      int strideA,
      QuantizedMatrix w,
      ElementType weights,
      float alpha,
      float beta,
      Array c,
      int strideC) {
    Strides.require("A", strideA, w.width());
    Strides.require("C", strideC, w.rows());
    if (!takes(rows, a, strideA, w)) {
      throw new IllegalArgumentException(
          "%d rows of A, %d apart, by %d×%d weights in blocks of %d; this kernel takes up to %d rows"
                  .formatted(rows, strideA, w.rows(), w.width(), w.blockSize(), MAX_ROWS)
              + " that begin at multiples of 16 bytes, and rows and blocks of whole words of 8"
              + " weights");
    }
    if (rows == 0 || w.rows() == 0) {
      return List.of();
    }
    QuantizedMatrix.NestedScales nested = w.nested();
    QuantizedGemv kernel =
        new QuantizedGemv(
            rows,
            a.type(),
            c.type(),
            weights,
            w.blockSize() / WORD,
            nested == null ? 0 : nested.blockSize(),
            beta != 0);
    List<Object> arguments = new ArrayList<>();
    arguments.add(a.require("A", Strides.elements(rows, strideA, w.width())));
    arguments.add(w.codes().require("codes", (long) w.rows() * w.width() / 2, Integer.BYTES));
    arguments.add(w.codeBook().require("codeBook", Codes.FOUR_BIT));
    if (nested == null) {
      arguments.add(w.scales().require("scales", w.blocks()));
    } else {
      arguments.add(nested.codes().require("codes of scales", w.blocks(), 1));
      arguments.add(nested.codeBook().require("codeBook of scales", Codes.EIGHT_BIT));
      int outer = Math.ceilDiv(w.blocks(), nested.blockSize());
      arguments.add(nested.scales().require("scales of scales", outer));
      arguments.add(nested.offset());
    }
    arguments.add(c.require("C", Strides.elements(rows, strideC, w.rows())));
    arguments.addAll(List.of(w.rows(), w.width() / WORD, strideA, strideC, alpha, beta));
    return List.of(new Launch(kernel, Grid.covering(w.rows(), WARPS), arguments));
  }

  @Override
  public int threadsPerBlock() {
    return THREADS;
  }

  /** Words that a lane asks for at once: fewer where there is more to do with each. */
  private int wordsAtOnce() {
    return Math.max(1, 4 / rows);
  }

  @Override
  public void emit(PtxAssembler k) {
    int vector = Vectors.widest(a);
    ElementPointer inputs = k.input("a", a, vector);
    GlobalPointer codes = k.pointer("codes", Integer.BYTES);
    GlobalPointer codeBook = k.pointer("codeBook", Float.BYTES);
    Scales scales = Scales.declare(k, codesPerBlock);
    ElementPointer outputs = k.output("c", c, 1);
    B32 n = k.size("n");
    B32 words = k.size("words");
    B32 strideA = k.size("strideA");
    B32 strideC = k.size("strideC");
    F32 alpha = k.number("alpha");
    F32 beta = k.number("beta");

    SharedPointer book = Codes.copyFourBit(k, codeBook);
    SharedPointer scaleBook = scales.copyBook(k);
    k.barrier();
    B32 row = k.mad(k.blockX(), WARPS, k.warpIndex());
    k.exitIf(k.ge(row, n));
    B32 firstWord = k.mul(row, words);
    B32 lastWord = k.sub(words, k.constant(1));
    List<F32> sums = new ArrayList<>();
    for (int i = 0; i < rows; i++) {
      sums.add(k.variable(0f));
    }
    k.forRange(
        k.laneIndex(),
        words,
        wordsAtOnce() * PtxAssembler.WARP,
        t -> {
          List<Piece> pieces = load(k, codes, scales, scaleBook, firstWord, words, lastWord, t);
          for (Piece piece : pieces) {
            List<F32> w = values(k, book, piece);
            for (int i = 0; i < rows; i++) {
              ElementPointer ofRow = k.atRow(inputs, k.constant(i), strideA, vector);
              List<F32> x = k.loadIf(piece.inside, k.at(ofRow, piece.place, WORD), WORD);
              F32 sum = sums.get(i);
              for (int e = 0; e < WORD; e++) {
                k.assign(sum, k.fma(x.get(e), w.get(e), sum));
              }
            }
          }
        });
    for (int i = 0; i < rows; i++) {
      F32 sum = k.mul(k.warpSum(sums.get(i)), alpha);
      ElementPointer to = k.at(k.atRow(outputs, k.constant(i), strideC, 1), row, 1);
      Pred first = k.eq(k.laneIndex(), 0);
      F32 result = accumulate ? k.fma(k.loadIf(first, to, 1).getFirst(), beta, sum) : sum;
      k.storeIf(first, to, List.of(result));
    }
  }

  /** Eight weights of a lane, and whether they are inside the row; null for surely. */
  private record Piece(B32 place, Pred inside, B32 word, F32 scale) {}

  /** What a lane asks for at once, from word {@code t} of the row on. */
  private List<Piece> load(
      PtxAssembler k,
      GlobalPointer codes,
      Scales scales,
      SharedPointer scaleBook,
      B32 firstWord,
      B32 words,
      B32 lastWord,
      B32 t) {
    List<Piece> pieces = new ArrayList<>();
    for (int u = 0; u < wordsAtOnce(); u++) {
      B32 place = k.add(t, u * PtxAssembler.WARP);
      Pred inside = u == 0 ? null : k.lt(place, words);
      // Beyond the row its last word is read again, and multiplied by zeros.
      B32 index = k.add(firstWord, k.min(place, lastWord));
      B32 word = k.loadReadOnly(k.at(codes, index, Integer.BYTES));
      F32 scale = scales.of(k, scaleBook, k.div(index, wordsPerBlock));
      pieces.add(new Piece(place, inside, word, scale));
    }
    return pieces;
  }

  /** The codes' values times the scale, rounded: of each byte, the upper half first. */
  private List<F32> values(PtxAssembler k, SharedPointer book, Piece piece) {
    List<F32> values = new ArrayList<>();
    for (int e = 0; e < WORD; e++) {
      B32 code = k.and(k.shr(piece.word, 4 * (e ^ 1)), Codes.FOUR_BIT - 1);
      values.add(k.mul(Codes.value(k, book, code), piece.scale));
    }
    return k.rounded(weights, values);
  }

  /** The parameters that give a block's scale. */
  private record Scales(
      GlobalPointer plain,
      GlobalPointer codes,
      GlobalPointer codeBook,
      GlobalPointer outer,
      F32 offset,
      int codesPerBlock) {

    static Scales declare(PtxAssembler k, int codesPerBlock) {
      return codesPerBlock == 0
          ? new Scales(k.pointer("scales", Float.BYTES), null, null, null, null, 0)
          : new Scales(
              null,
              k.pointer("scaleCodes", 1),
              k.pointer("scaleBook", Float.BYTES),
              k.pointer("outerScales", Float.BYTES),
              k.number("offset"),
              codesPerBlock);
    }

    SharedPointer copyBook(PtxAssembler k) {
      return plain == null ? Codes.copy(k, codeBook, THREADS) : null;
    }

    F32 of(PtxAssembler k, SharedPointer book, B32 block) {
      if (plain != null) {
        return k.loadFloatReadOnly(k.at(plain, block, Float.BYTES));
      }
      F32 value = Codes.value(k, book, k.load8(k.at(codes, block, 1)));
      F32 scale = k.loadFloatReadOnly(k.at(outer, k.div(block, codesPerBlock), Float.BYTES));
      return k.add(k.mul(value, scale), offset);
    }
  }
}
