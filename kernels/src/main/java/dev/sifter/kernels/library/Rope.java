package dev.sifter.kernels.library;

import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.gpu.Grid;
import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.ElementType;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.GlobalPointer;
import dev.sifter.kernels.ptx.PtxAssembler;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Rotary positions (Su et al., RoFormer, half-split): with h = rotaryDim/2, y[i] = x[i]·cos[p,i] −
 * x[i+h]·sin[p,i] and y[i+h] = x[i+h]·cos[p,i] + x[i]·sin[p,i] for i &lt; h; elements from
 * rotaryDim on are copied. Interleaved, a pair is x[2i] and x[2i+1]. The inverse rotation is its
 * gradient. y may be x unless accumulated.
 *
 * <pre>
 * n = blockIdx.x * 256 + threadIdx.x              // (token, head, vector of a head's elements)
 * t, head, c = n / (heads*C), n / C % heads, n % C
 * if (c*V &lt; h)  a = x[t][head][c], b = x[t][head][c + h];  cs = cos[pos[t]][c], sn = sin[...][c]
 *              // interleaved: a and b are every second element of two vectors that are neighbours
 *              y[t][head][c] = a*cs - b*sn;  y[t][head][c + h] = b*cs + a*sn
 * else         y[t][head][c + h] = x[t][head][c + h]
 * </pre>
 *
 * <p>Positions are the caller's to check. Least bytes: x read and y written (y read too if
 * accumulated). 3 FLOPs an element, 4 if accumulated.
 *
 * @param heads heads of a row
 * @param headDim elements of a head
 * @param rotaryDim elements of a head that are rotated
 * @param interleaved whether pairs are neighbours, not elements of two halves
 * @param x type of the input
 * @param table type of cos and sin
 * @param y type of the output
 * @param inverse whether to rotate back
 * @param accumulate whether y is added to
 * @param vector elements of an access
 */
public record Rope(
    int heads,
    int headDim,
    int rotaryDim,
    boolean interleaved,
    ElementType x,
    ElementType table,
    ElementType y,
    boolean inverse,
    boolean accumulate,
    int vector)
    implements Kernel {
  private static final int THREADS = 256;

  /** Refuses what cannot be halved. */
  public Rope {
    if (rotaryDim % 2 != 0 || rotaryDim > headDim || rotaryDim < 0) {
      throw new IllegalArgumentException(
          "rotating %d of %d elements of a head; it must be an even part of it"
              .formatted(rotaryDim, headDim));
    }
  }

  /**
   * What to launch for {@code rows} tokens.
   *
   * @param x [rows, xStride], heads first in each row
   * @param xStride elements from one row of x to the next
   * @param cos [positions, rotaryDim/2]
   * @param sin [positions, rotaryDim/2]
   * @param positions 32-bit [rows], each below the table's length
   * @param y [rows, yStride]
   * @param yStride elements from one row of y to the next
   */
  public static List<Launch> launches(
      Array x,
      int xStride,
      int heads,
      int headDim,
      int rotaryDim,
      boolean interleaved,
      Array cos,
      Array sin,
      DeviceSlice positions,
      boolean inverse,
      boolean accumulate,
      Array y,
      int yStride,
      int rows) {
    if (rows == 0) {
      return List.of();
    }
    Types.requireSame("cos", cos, "sin", sin);
    Strides.require("x", xStride, heads * headDim);
    Strides.require("y", yStride, heads * headDim);
    long[] widths = {headDim, rotaryDim / 2, xStride, yStride};
    Rope kernel =
        new Rope(
            heads,
            headDim,
            rotaryDim,
            interleaved,
            x.type(),
            cos.type(),
            y.type(),
            inverse,
            accumulate,
            Vectors.ofRows(widths, x, cos, sin, y));
    long items = (long) rows * heads * kernel.vectorsPerHead();
    if (items + THREADS > 1L << 32) {
      throw new IllegalArgumentException(
          "%d vectors to rotate; a launch takes at most 2^32".formatted(items));
    }
    return List.of(
        Launch.of(
            kernel,
            Grid.covering(items, THREADS),
            x.require("x", Strides.elements(rows, xStride, heads * headDim)),
            cos.slice(),
            sin.slice(),
            positions.require("positions", (long) rows * Integer.BYTES, Integer.BYTES),
            y.require("y", Strides.elements(rows, yStride, heads * headDim)),
            xStride,
            yStride,
            (int) items));
  }

  private int half() {
    return rotaryDim / 2;
  }

  /** Vectors of pairs, and of what is copied. */
  private int vectorsPerHead() {
    return (headDim - half()) / vector;
  }

  @Override
  public int threadsPerBlock() {
    return THREADS;
  }

  @Override
  public void emit(PtxAssembler k) {
    ElementPointer in = k.output("x", x, vector);
    ElementPointer cos = k.input("cos", table, vector);
    ElementPointer sin = k.input("sin", table, vector);
    GlobalPointer positions = k.pointer("positions", Integer.BYTES);
    ElementPointer out = k.output("y", y, vector);
    B32 xStride = k.size("xStride");
    B32 yStride = k.size("yStride");
    B32 items = k.size("items");
    B32 n = k.mad(k.blockX(), THREADS, k.threadIndex());
    k.ifThen(
        k.lt(n, items),
        () -> {
          B32 headNumber = k.div(n, vectorsPerHead());
          B32 c = k.rem(n, vectorsPerHead());
          B32 t = k.div(headNumber, heads);
          B32 head = k.rem(headNumber, heads);
          ElementPointer from =
              k.at(k.at(k.atRow(in, t, xStride, vector), head, headDim), c, vector);
          ElementPointer to =
              k.at(k.at(k.atRow(out, t, yStride, vector), head, headDim), c, vector);
          Runnable rotate = () -> rotate(k, from, to, cos, sin, positions, t, c);
          Runnable copy = () -> put(k, to.plus(half()), k.load(from.plus(half()), vector));
          if (rotaryDim == headDim) {
            rotate.run();
          } else {
            k.ifThenElse(k.lt(c, half() / vector), rotate, copy);
          }
        });
  }

  private void rotate(
      PtxAssembler k,
      ElementPointer from,
      ElementPointer to,
      ElementPointer cos,
      ElementPointer sin,
      GlobalPointer positions,
      B32 t,
      B32 c) {
    B32 position = k.loadReadOnly(k.at(positions, t, Integer.BYTES));
    ElementPointer source = interleaved ? k.at(from, c, vector) : from;
    ElementPointer target = interleaved ? k.at(to, c, vector) : to;
    int apart = interleaved ? vector : half();
    List<F32> front = k.load(source, vector);
    List<F32> back = k.load(source.plus(apart), vector);
    List<F32> low = interleaved ? everySecond(0, front, back) : front;
    List<F32> high = interleaved ? everySecond(1, front, back) : back;
    List<F32> cosine = k.load(k.at(k.at(cos, position, half()), c, vector), vector);
    List<F32> sine = k.load(k.at(k.at(sin, position, half()), c, vector), vector);
    List<F32> lowTurn = Vectors.zip(high, sine, k::mul);
    List<F32> highTurn = Vectors.zip(low, sine, k::mul);
    List<F32> lowKept = Vectors.zip(low, cosine, k::mul);
    List<F32> highKept = Vectors.zip(high, cosine, k::mul);
    BinaryOperator<F32> less = inverse ? k::add : k::sub;
    BinaryOperator<F32> more = inverse ? k::sub : k::add;
    if (interleaved) {
      List<F32> turned =
          interleaved(Vectors.zip(lowKept, lowTurn, less), Vectors.zip(highKept, highTurn, more));
      put(k, target, turned.subList(0, vector));
      put(k, target.plus(apart), turned.subList(vector, 2 * vector));
    } else {
      put(k, target, Vectors.zip(lowKept, lowTurn, less));
      put(k, target.plus(apart), Vectors.zip(highKept, highTurn, more));
    }
  }

  private static List<F32> everySecond(int first, List<F32> front, List<F32> back) {
    List<F32> both = Stream.of(front, back).flatMap(List::stream).toList();
    return IntStream.range(0, front.size()).mapToObj(i -> both.get(2 * i + first)).toList();
  }

  private static List<F32> interleaved(List<F32> low, List<F32> high) {
    return IntStream.range(0, low.size())
        .boxed()
        .flatMap(i -> Stream.of(low.get(i), high.get(i)))
        .toList();
  }

  private void put(PtxAssembler k, ElementPointer to, List<F32> values) {
    k.store(to, accumulate ? Vectors.zip(k.load(to, vector), values, k::add) : values);
  }
}
