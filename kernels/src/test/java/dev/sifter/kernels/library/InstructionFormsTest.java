package dev.sifter.kernels.library;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sifter.kernels.gpu.DeviceBuffer;
import dev.sifter.kernels.gpu.Grid;
import dev.sifter.kernels.gpu.emulator.EmulatedGpu;
import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.GlobalPointer;
import dev.sifter.kernels.ptx.Pred;
import dev.sifter.kernels.ptx.PtxAssembler;
import dev.sifter.kernels.ptx.PtxTarget;
import dev.sifter.kernels.ptx.SharedPointer;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.IntBinaryOperator;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Instruction forms, each in a kernel of one warp, against the same in Java. */
class InstructionFormsTest {
  private static final int LANES = PtxAssembler.WARP;

  /** Numbers of all sizes and signs. */
  private static final int[] A =
      IntStream.range(0, LANES).map(i -> i * 0x1234567 - (i << 27)).toArray();

  private static EmulatedGpu gpu;

  @BeforeAll
  static void open() {
    gpu = EmulatedGpu.open();
  }

  @AfterAll
  static void close() {
    gpu.close();
  }

  /** What {@code f} makes of each lane's number of {@link #A} and the lane's number. */
  private static int[] run(BiFunction<PtxAssembler, List<B32>, B32> f) {
    var kernel =
        PtxAssembler.assemble(
            "form",
            LANES,
            PtxTarget.SM_80,
            k -> {
              GlobalPointer in = k.pointer("in", 4);
              GlobalPointer out = k.pointer("out", 4);
              B32 a = k.load(k.at(in, k.laneIndex(), 4));
              k.store(k.at(out, k.laneIndex(), 4), f.apply(k, List.of(a, k.laneIndex())));
            });
    int[] result = new int[LANES];
    try (DeviceBuffer in = gpu.allocate(4L * LANES);
        DeviceBuffer out = gpu.allocate(4L * LANES)) {
      gpu.stream().copyToDevice(MemorySegment.ofArray(A), in.all());
      gpu.stream().launch(gpu.load(kernel), Grid.of(1), in, out);
      gpu.stream().copyToHost(out.all(), MemorySegment.ofArray(result));
      gpu.stream().synchronize();
    }
    return result;
  }

  private static void check(
      BiFunction<PtxAssembler, List<B32>, B32> form, IntBinaryOperator expected) {
    int[] wanted = IntStream.range(0, LANES).map(i -> expected.applyAsInt(A[i], i)).toArray();
    assertThat(run(form)).isEqualTo(wanted);
  }

  private static float real(int bits) {
    return bits / 1024f;
  }

  private static void checkReal(
      BiFunction<PtxAssembler, F32, F32> form, UnaryOperator<Float> expected) {
    check(
        (k, ab) -> k.bits(form.apply(k, k.mul(k.toFloatSigned(ab.get(0)), 0x1p-10f))),
        (a, i) -> Float.floatToRawIntBits(expected.apply(real(a))));
  }

  @Test
  void wholeNumbers() {
    check((k, ab) -> k.add(ab.get(0), ab.get(1)), Integer::sum);
    check((k, ab) -> k.sub(ab.get(0), ab.get(1)), (a, b) -> a - b);
    check((k, ab) -> k.mul(ab.get(0), ab.get(1)), (a, b) -> a * b);
    check((k, ab) -> k.mad(ab.get(0), 7, ab.get(1)), (a, b) -> a * 7 + b);
    check((k, ab) -> k.div(ab.get(0), 13), (a, b) -> Integer.divideUnsigned(a, 13));
    check((k, ab) -> k.rem(ab.get(0), 13), (a, b) -> Integer.remainderUnsigned(a, 13));
    check((k, ab) -> k.div(ab.get(0), 8), (a, b) -> a >>> 3);
    check((k, ab) -> k.rem(ab.get(0), 8), (a, b) -> a & 7);
    check(
        (k, ab) -> k.rem(ab.get(0), k.add(ab.get(1), 1)),
        (a, b) -> Integer.remainderUnsigned(a, b + 1));
    check(
        (k, ab) -> k.min(ab.get(0), 1 << 30),
        (a, b) -> Integer.compareUnsigned(a, 1 << 30) < 0 ? a : 1 << 30);
    check(
        (k, ab) -> k.max(ab.get(0), ab.get(1)),
        (a, b) -> Integer.compareUnsigned(a, b) > 0 ? a : b);
    check((k, ab) -> k.maxSigned(ab.get(0), -5), (a, b) -> Math.max(a, -5));
    check((k, ab) -> k.shl(ab.get(0), ab.get(1)), (a, b) -> a << b);
    check((k, ab) -> k.shr(ab.get(0), ab.get(1)), (a, b) -> a >>> b);
    check((k, ab) -> k.popCount(ab.get(0)), (a, b) -> Integer.bitCount(a));
    check((k, ab) -> k.leadingZeros(ab.get(0)), (a, b) -> Integer.numberOfLeadingZeros(a));
    check((k, ab) -> k.lowerHalves(ab.get(0), ab.get(1)), (a, b) -> b << 16 | a & 0xFFFF);
    check(
        (k, ab) -> k.upperHalves(ab.get(0), k.shl(ab.get(1), 20)),
        (a, b) -> b << 20 & 0xFFFF0000 | a >>> 16);
    check(
        (k, ab) -> k.halves(k.mulWide(ab.get(0), ab.get(0))).get(1),
        (a, b) -> (int) (Integer.toUnsignedLong(a) * Integer.toUnsignedLong(a) >>> 32));
  }

  @Test
  void comparisons() {
    check(
        (k, ab) -> k.select(k.lt(ab.get(0), ab.get(1)), 1, 0),
        (a, b) -> Integer.compareUnsigned(a, b) < 0 ? 1 : 0);
    check((k, ab) -> k.select(k.le(ab.get(1), k.constant(7)), 3, 4), (a, b) -> b <= 7 ? 3 : 4);
    check(
        (k, ab) -> {
          Pred small = k.lt(ab.get(1), 9);
          Pred odd = k.ne(k.and(ab.get(1), 1), 0);
          return k.select(k.or(k.and(small, odd), k.not(k.or(small, odd))), 1, 0);
        },
        (a, b) -> b < 9 == (b % 2 == 1) ? 1 : 0);
  }

  @Test
  void realNumbers() {
    checkReal((k, x) -> k.add(x, 0.1f), x -> x + 0.1f);
    checkReal((k, x) -> k.mul(x, x), x -> x * x);
    checkReal((k, x) -> k.fma(x, 1.1f, x), x -> Math.fma(x, 1.1f, x));
    checkReal((k, x) -> k.div(x, k.constant(3f)), x -> x / 3f);
    checkReal((k, x) -> k.reciprocal(x), x -> 1 / x);
    checkReal((k, x) -> k.sqrt(k.abs(x)), x -> (float) Math.sqrt(Math.abs(x)));
    checkReal((k, x) -> k.max(x, 0.5f), x -> Math.max(x, 0.5f));
    checkReal((k, x) -> k.neg(x), x -> -x);
    check(
        (k, ab) -> k.toWhole(k.mul(k.toFloat(ab.get(1)), 0.5f)),
        (a, b) -> (int) Math.rint(b * 0.5));
    check((k, ab) -> k.toWhole(k.constant(Float.NaN)), (a, b) -> 0);
    checkReal((k, x) -> k.log2Approximate(k.exp2Approximate(k.constant(5f))), x -> 5f);
  }

  @Test
  void sixteenAndEightBits() {
    check((k, ab) -> k.load16(halfOf(k, ab)), (a, b) -> a >>> 16);
    check(
        (k, ab) -> {
          SharedPointer own = k.at(k.shared(4 * LANES), k.laneIndex(), 4);
          k.store(own, ab.get(0));
          k.store16(own, ab.get(1));
          return k.load(own);
        },
        (a, b) -> a & 0xFFFF0000 | b);
  }

  private static SharedPointer halfOf(PtxAssembler k, List<B32> ab) {
    SharedPointer own = k.at(k.shared(4 * LANES), k.laneIndex(), 4);
    k.store(own, ab.get(0));
    return own.plus(2);
  }

  @Test
  void exchanges() {
    check((k, ab) -> k.shuffle(ab.get(0), 5), (a, b) -> A[5]);
    check(
        (k, ab) -> k.bits(k.shuffle(k.number(ab.get(1)), k.sub(k.constant(31), ab.get(1)))),
        (a, b) -> 31 - b);
    check((k, ab) -> k.shuffleXor(ab.get(0), 3), (a, b) -> A[b ^ 3]);
    check((k, ab) -> k.ballot(k.lt(ab.get(1), 3)), (a, b) -> 7);
    check((k, ab) -> k.select(k.any(k.eq(ab.get(1), 9)), 1, 0), (a, b) -> 1);
    check((k, ab) -> k.select(k.any(k.eq(ab.get(1), 99)), 1, 0), (a, b) -> 0);
    check((k, ab) -> k.shuffle(ab.get(0), k.sub(k.constant(31), ab.get(1))), (a, b) -> A[31 - b]);
    check((k, ab) -> k.shuffleUp(ab.get(0), 3), (a, b) -> b < 3 ? A[b] : A[b - 3]);
    check((k, ab) -> k.warpSum(ab.get(0)), (a, b) -> IntStream.of(A).sum());
    check((k, ab) -> k.warpMin(k.add(ab.get(1), 4)), (a, b) -> 4);
  }

  @Test
  void additionsToOnePlace() {
    check(
        (k, ab) -> {
          SharedPointer places = k.shared(4 * LANES);
          SharedPointer own = k.at(places, k.laneIndex(), 4);
          k.store(own, k.constant(1));
          k.barrier();
          k.atomicAdd(k.at(places, k.and(k.laneIndex(), 3), 4), ab.get(1));
          k.barrier();
          return k.load(own);
        },
        (a, b) -> b < 4 ? 1 + IntStream.range(0, LANES).filter(i -> i % 4 == b).sum() : 1);
  }

  @Test
  void loops() {
    check(
        (k, ab) -> {
          B32 sum = k.variable(k.constant(0));
          k.forRange(0, ab.get(1), 2, i -> k.assign(sum, k.add(sum, i)));
          return sum;
        },
        (a, b) -> IntStream.iterate(0, i -> i < b, i -> i + 2).sum());
    check(
        (k, ab) -> {
          B32 n = k.variable(ab.get(1));
          B32 steps = k.variable(k.constant(0));
          k.whileLoop(
              () -> k.not(k.lt(n, 2)),
              () -> {
                k.ifThenElse(
                    k.eq(k.and(n, 1), 0),
                    () -> k.assign(n, k.shr(n, 1)),
                    () -> k.assign(n, k.mad(n, 3, k.constant(1))));
                k.assign(steps, k.add(steps, 1));
              });
          return steps;
        },
        (a, b) -> collatz(b));
  }

  /** Of several warps, whose numbers of one round lie where those of the round before did. */
  @Test
  void reductionsOfABlockInALoop() {
    int threads = 4 * LANES;
    var kernel =
        PtxAssembler.assemble(
            "reductions",
            threads,
            PtxTarget.SM_80,
            k -> {
              GlobalPointer out = k.pointer("out", 4);
              B32 sum = k.variable(k.constant(0));
              B32 downwards = k.sub(k.constant(threads), k.threadIndex());
              k.forRange(
                  3, 1, i -> k.assign(sum, k.add(sum, k.blockMin(k.mad(i, 100, downwards)))));
              k.forRange(
                  3,
                  1,
                  i -> {
                    F32 largest = k.blockMax(k.toFloat(k.mad(i, 100, downwards)));
                    k.assign(sum, k.add(sum, k.toWhole(largest)));
                  });
              k.store(k.at(out, k.threadIndex(), 4), sum);
            });
    int[] result = new int[threads];
    try (DeviceBuffer out = gpu.allocate(4L * threads)) {
      gpu.stream().launch(gpu.load(kernel), Grid.of(1), out);
      gpu.stream().copyToHost(out.all(), MemorySegment.ofArray(result));
      gpu.stream().synchronize();
    }
    int smallest = 1 + 101 + 201;
    int largest = threads + (threads + 100) + (threads + 200);
    assertThat(result).containsOnly(smallest + largest);
  }

  private static int collatz(int start) {
    int n = start;
    int steps = 0;
    while (n >= 2) {
      n = n % 2 == 0 ? n / 2 : 3 * n + 1;
      steps++;
    }
    return steps;
  }
}
