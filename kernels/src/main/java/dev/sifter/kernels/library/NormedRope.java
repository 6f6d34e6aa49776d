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
 * n = blockIdx.x * 8 + warp;  t = n / heads, head = n % heads          // a warp a head
 * for j: a[j] = x[t][head][lane + 32*j], b[j] = x[t][head][h + lane + 32*j]     // h = rotaryDim/2
 * r = 1 / sqrt(warpSum(a*a + b*b + rest*rest) / headDim + eps)
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
 */
public record NormedRope(
    int heads, int headDim, int rotaryDim, ElementType x, ElementType weight, ElementType y)
    implements Kernel {
  private static final int WARPS = 8;

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
    return List.of(
        Launch.of(
            new NormedRope(heads, headDim, rotaryDim, x.type(), weight.type(), y.type()),
            Grid.covering((long) rows * heads, WARPS),
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

  @Override
  public int threadsPerBlock() {
    return WARPS * PtxAssembler.WARP;
  }

  @Override
  public void emit(PtxAssembler k) {
    ElementPointer in = k.output("x", x, 1);
    ElementPointer weights = k.input("weight", weight, 1);
    ElementPointer cos = k.input("cos", ElementType.F32, 1);
    ElementPointer sin = k.input("sin", ElementType.F32, 1);
    GlobalPointer positions = k.pointer("positions", Integer.BYTES);
    ElementPointer out = k.output("y", y, 1);
    GlobalPointer rstd = k.pointer("rstd", Float.BYTES);
    B32 xStride = k.size("xStride");
    B32 yStride = k.size("yStride");
    B32 items = k.size("items");
    F32 epsilon = k.number("epsilon");
    F32 offset = k.number("weightOffset");

    B32 item = k.mad(k.blockX(), WARPS, k.warpIndex());
    k.exitIf(k.ge(item, items));
    B32 t = k.div(item, heads);
    B32 head = k.rem(item, heads);
    int half = rotaryDim / 2;
    Lanes lower = new Lanes(k, 0, half);
    Lanes upper = new Lanes(k, half, half);
    Lanes rest = new Lanes(k, rotaryDim, headDim - rotaryDim);
    ElementPointer from = k.at(k.atRow(in, t, xStride, 1), head, headDim);
    List<F32> a = lower.load(from);
    List<F32> b = upper.load(from);
    List<F32> c = rest.load(from);
    F32 squares = k.constant(0f);
    for (List<F32> part : List.of(a, b, c)) {
      for (F32 v : part) {
        squares = k.fma(v, v, squares);
      }
    }
    F32 mean = k.mul(k.warpSum(squares), 1f / headDim);
    F32 r = k.reciprocal(k.sqrt(k.add(mean, epsilon)));
    k.storeIf(k.eq(k.laneIndex(), 0), k.at(rstd, item, Float.BYTES), r);
    List<F32> na = scaled(k, a, lower.load(weights), r, offset);
    List<F32> nb = scaled(k, b, upper.load(weights), r, offset);
    List<F32> nc = scaled(k, c, rest.load(weights), r, offset);
    B32 position = k.loadReadOnly(k.at(positions, t, Integer.BYTES));
    List<F32> cosine = lower.load(k.at(cos, position, half));
    List<F32> sine = lower.load(k.at(sin, position, half));
    ElementPointer to = k.at(k.atRow(out, t, yStride, 1), head, headDim);
    lower.store(
        to, Vectors.zip(Vectors.zip(na, cosine, k::mul), Vectors.zip(nb, sine, k::mul), k::sub));
    upper.store(
        to, Vectors.zip(Vectors.zip(nb, cosine, k::mul), Vectors.zip(na, sine, k::mul), k::add));
    rest.store(to, nc);
  }

  private static List<F32> scaled(
      PtxAssembler k, List<F32> values, List<F32> weights, F32 r, F32 offset) {
    return Vectors.zip(values, weights, (v, weight) -> k.mul(k.mul(v, r), k.add(weight, offset)));
  }

  /** A range of a head's elements, of which lane l has elements l, l + 32, … */
  private record Lanes(PtxAssembler k, int start, int count) {

    List<F32> load(ElementPointer head) {
      List<F32> values = new ArrayList<>();
      ElementPointer mine = k.at(head, k.laneIndex(), 1).plus(start);
      for (int first = 0; first < count; first += PtxAssembler.WARP) {
        values.addAll(k.loadIf(inside(first), mine.plus(first), 1));
      }
      return values;
    }

    void store(ElementPointer head, List<F32> values) {
      ElementPointer mine = k.at(head, k.laneIndex(), 1).plus(start);
      for (int i = 0; i < values.size(); i++) {
        int first = i * PtxAssembler.WARP;
        k.storeIf(inside(first), mine.plus(first), List.of(values.get(i)));
      }
    }

    private Pred inside(int first) {
      return first + PtxAssembler.WARP <= count ? null : k.lt(k.laneIndex(), count - first);
    }
  }
}
