package dev.sifter.kernels.library;

import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.gpu.Grid;
import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.ElementType;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.GlobalPointer;
import dev.sifter.kernels.ptx.Pred;
import dev.sifter.kernels.ptx.PtxAssembler;
import java.util.ArrayList;
import java.util.List;

/**
 * {@link RmsNorm} of each head, then {@link Rope}, in one pass: queries and keys of Qwen 3 and
 * Gemma 3. y may be x. Its gradient is {@link Rope} backwards, then {@link RmsNormBackward}.
 *
 * <pre>
 * n = (blockIdx.x * 256 + threadIdx.x) / L;  t = n / heads, head = n % heads     // L lanes a head
 * l = threadIdx.x % L                                           // vectors l, l + L, ... of each part
 * a = x[t][head][l...], b = x[t][head][h + l...], rest = x[t][head][2*h + l...]    // h = rotaryDim/2
 * r = 1 / sqrt(sum over lanes(a*a + b*b + rest*rest) / headDim + eps)
 * a *= r*(w + offset), b *= r*(w + offset), rest too
 * y[...] = a*cos - b*sin, y[h + ...] = b*cos + a*sin;  rest as it is
 * </pre>
 *
 * <p>Positions are the caller's to check. Least bytes: x read, y written. 8 FLOPs an element.
 *
 * @param heads heads of a row
 * @param headDim elements of a head
 * @param rotaryDim elements of a head that are rotated, an even number
 * @param x type of the input
 * @param weight type of w
 * @param y type of the output
 * @param vector elements of an access
 */
public record NormedRope(
    int heads,
    int headDim,
    int rotaryDim,
    ElementType x,
    ElementType weight,
    ElementType y,
    int vector)
    implements Kernel {
  private static final int THREADS = 256;

  /** Numbers of an access to a table. */
  private static final int TABLE_VECTOR = 4;

  /** Refuses what cannot be halved, and heads that no warp holds. */
  public NormedRope {
    if (rotaryDim % 2 != 0 || rotaryDim > headDim || rotaryDim < 0 || headDim > 1024) {
      throw new IllegalArgumentException(
          "rotating %d of %d elements of a head; it must be an even part of at most 1024"
              .formatted(rotaryDim, headDim));
    }
  }

  /**
   * What to launch for {@code rows} tokens.
   *
   * @param x [rows, xStride], heads first in each row
   * @param weight [headDim]
   * @param cos fp32 [positions, rotaryDim/2]
   * @param sin fp32 [positions, rotaryDim/2]
   * @param positions 32-bit [rows], each below the tables' length
   * @param y [rows, yStride]
   * @param rstd fp32 [rows, heads], receives ρ
   */
  public static List<Launch> launches(
      Array x,
      int xStride,
      int heads,
      int headDim,
      int rotaryDim,
      Array weight,
      float epsilon,
      float weightOffset,
      Array cos,
      Array sin,
      DeviceSlice positions,
      Array y,
      int yStride,
      Array rstd,
      int rows) {
    if (rows == 0) {
      return List.of();
    }
    Types.require("cos", cos, ElementType.F32);
    Types.require("sin", sin, ElementType.F32);
    Strides.require("x", xStride, heads * headDim);
    Strides.require("y", yStride, heads * headDim);
    NormedRope kernel =
        new NormedRope(
            heads,
            headDim,
            rotaryDim,
            x.type(),
            weight.type(),
            y.type(),
            vector(headDim, rotaryDim, x, xStride, weight, y, yStride, cos, sin));
    return List.of(
        Launch.of(
            kernel,
            Grid.covering((long) rows * heads, THREADS / kernel.lanes()),
            x.require("x", Strides.elements(rows, xStride, heads * headDim)),
            weight.require("weight", headDim),
            cos.slice(),
            sin.slice(),
            positions.require("positions", (long) rows * Integer.BYTES, Integer.BYTES),
            y.require("y", Strides.elements(rows, yStride, heads * headDim)),
            rstd.require("rstd", (long) rows * heads),
            xStride,
            yStride,
            rows * heads,
            epsilon,
            weightOffset));
  }

  private static int vector(
      int headDim,
      int rotaryDim,
      Array x,
      int xStride,
      Array weight,
      Array y,
      int yStride,
      Array cos,
      Array sin) {
    long[] widths = {headDim, rotaryDim / 2, xStride, yStride};
    int vector = Vectors.ofRows(widths, x, weight, y);
    int ofTable = Math.min(vector, TABLE_VECTOR);
    return cos.isAlignedTo(ofTable) && sin.isAlignedTo(ofTable) ? vector : 1;
  }

  private int half() {
    return rotaryDim / 2;
  }

  /** Lanes of a head, a power of two: one for each vector of half a head, or else a warp. */
  private int lanes() {
    int vectors = Math.max(half(), (headDim - half()) / 2) / vector;
    int lanes = 1;
    while (lanes < vectors && lanes < PtxAssembler.WARP) {
      lanes *= 2;
    }
    return lanes;
  }

  @Override
  public int threadsPerBlock() {
    return THREADS;
  }

  /** Half of a multiprocessor's threads, enough to hide the latency of memory. */
  @Override
  public int blocksPerMultiprocessor() {
    return 4;
  }

  @Override
  public void emit(PtxAssembler k) {
    ElementPointer in = k.output("x", x, vector);
    ElementPointer weights = k.input("weight", weight, vector);
    ElementPointer cos = k.input("cos", ElementType.F32, vector);
    ElementPointer sin = k.input("sin", ElementType.F32, vector);
    GlobalPointer positions = k.pointer("positions", Integer.BYTES);
    ElementPointer out = k.output("y", y, vector);
    GlobalPointer rstd = k.pointer("rstd", Float.BYTES);
    B32 xStride = k.size("xStride");
    B32 yStride = k.size("yStride");
    B32 items = k.size("items");
    F32 epsilon = k.number("epsilon");
    F32 offset = k.number("weightOffset");

    B32 lane = k.and(k.threadIndex(), lanes() - 1);
    B32 item = k.mad(k.blockX(), THREADS / lanes(), k.div(k.threadIndex(), lanes()));
    // All lanes stay, for the sum's sake: those without a head have zeros.
    Pred exists = k.lt(item, items);
    B32 t = k.div(item, heads);
    B32 head = k.rem(item, heads);
    Lanes lower = new Lanes(k, lane, lanes(), vector, 0, half());
    Lanes upper = new Lanes(k, lane, lanes(), vector, half(), half());
    Lanes rest = new Lanes(k, lane, lanes(), vector, rotaryDim, headDim - rotaryDim);
    B32 position = k.loadIf(exists, k.at(positions, t, Integer.BYTES));
    ElementPointer from = k.at(k.atRow(in, t, xStride, vector), head, headDim);
    List<F32> a = lower.loadIf(exists, from);
    List<F32> b = upper.loadIf(exists, from);
    List<F32> c = rest.loadIf(exists, from);
    List<F32> cosine = lower.loadIf(null, k.at(cos, position, half()));
    List<F32> sine = lower.loadIf(null, k.at(sin, position, half()));
    F32 mean = k.mul(squareSum(k, List.of(a, b, c)), 1f / headDim);
    F32 r = k.reciprocal(k.sqrt(k.add(mean, epsilon)));
    k.storeIf(k.and(exists, k.eq(lane, 0)), k.at(rstd, item, Float.BYTES), r);
    List<F32> na = scaled(k, a, lower.loadIf(null, weights), r, offset);
    List<F32> nb = scaled(k, b, upper.loadIf(null, weights), r, offset);
    List<F32> nc = scaled(k, c, rest.loadIf(null, weights), r, offset);
    ElementPointer to = k.at(k.atRow(out, t, yStride, vector), head, headDim);
    List<F32> turnedA =
        Vectors.zip(Vectors.zip(na, cosine, k::mul), Vectors.zip(nb, sine, k::mul), k::sub);
    List<F32> turnedB =
        Vectors.zip(Vectors.zip(nb, cosine, k::mul), Vectors.zip(na, sine, k::mul), k::add);
    lower.storeIf(exists, to, turnedA);
    upper.storeIf(exists, to, turnedB);
    rest.storeIf(exists, to, nc);
  }

  /** Σ v² over a head. */
  private F32 squareSum(PtxAssembler k, List<List<F32>> parts) {
    F32 squares = k.constant(0f);
    for (List<F32> part : parts) {
      for (F32 v : part) {
        squares = k.fma(v, v, squares);
      }
    }
    for (int bit = lanes() / 2; bit > 0; bit /= 2) {
      squares = k.add(squares, k.shuffleXor(squares, bit));
    }
    return squares;
  }

  private static List<F32> scaled(
      PtxAssembler k, List<F32> values, List<F32> weights, F32 r, F32 offset) {
    return Vectors.zip(values, weights, (v, weight) -> k.mul(k.mul(v, r), k.add(weight, offset)));
  }

  /** A range of a head's elements, of which lane l has vectors l, l + lanes, … */
  private record Lanes(PtxAssembler k, B32 lane, int lanes, int vector, int start, int count) {

    /** This lane's elements, zeros where there is no head; null for surely one. */
    List<F32> loadIf(Pred exists, ElementPointer head) {
      List<F32> values = new ArrayList<>();
      ElementPointer mine = mine(head);
      for (int first = 0; first < count; first += lanes * vector) {
        values.addAll(k.loadIf(insideOf(exists, first), mine.plus(first), vector));
      }
      return values;
    }

    void storeIf(Pred exists, ElementPointer head, List<F32> values) {
      ElementPointer mine = mine(head);
      for (int i = 0; i < values.size(); i += vector) {
        int first = i * lanes;
        k.storeIf(insideOf(exists, first), mine.plus(first), values.subList(i, i + vector));
      }
    }

    private ElementPointer mine(ElementPointer head) {
      return k.at(head, lane, vector).plus(start);
    }

    /**
     * Whether there is a head, and the vector that begins so many elements after this lane's first
     * is in the range; null for surely.
     */
    private Pred insideOf(Pred exists, int first) {
      int left = (count - first) / vector;
      if (lanes <= left) {
        return exists;
      }
      Pred inside = k.lt(lane, left);
      return exists == null ? inside : k.and(exists, inside);
    }
  }
}
