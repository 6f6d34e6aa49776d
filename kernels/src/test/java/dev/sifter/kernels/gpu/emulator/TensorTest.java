package dev.sifter.kernels.gpu.emulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class TensorTest {
  private static final String BF16 = "m16n8k16.row.col.f32.bf16.bf16.f32";
  private static final String F16 = "m16n8k16.row.col.f32.f16.f16.f32";
  private static final String TF32 = "m16n8k8.row.col.f32.tf32.tf32.f32";

  /**
   * Runs one product. Matrices lie row by row in memory and every lane loads its elements by the
   * layout of the PTX manual, written out again here.
   */
  private static float[] multiply(
      TensorArithmetic arithmetic, String shape, float[][] a, float[][] b, float[][] c) {
    boolean tf32 = shape.equals(TF32);
    int depth = a[0].length;
    int[] words = new int[32 * 10];
    for (int lane = 0; lane < 32; lane++) {
      int g = lane / 4;
      int t = lane % 4;
      int at = 10 * lane;
      for (int half = 0; half < 2; half++) {
        for (int low = 0; low < 2; low++) {
          int row = low == 0 ? g : g + 8;
          words[at + 2 * half + low] =
              tf32
                  ? Float.floatToRawIntBits(a[row][t + 4 * half])
                  : pack(shape, a[row][2 * t + 8 * half], a[row][2 * t + 8 * half + 1]);
        }
        words[at + 4 + half] =
            tf32
                ? Float.floatToRawIntBits(b[t + 4 * half][g])
                : pack(shape, b[2 * t + 8 * half][g], b[2 * t + 8 * half + 1][g]);
      }
      for (int i = 0; i < 4; i++) {
        words[at + 6 + i] = Float.floatToRawIntBits(c[i < 2 ? g : g + 8][2 * t + i % 2]);
      }
    }
    assertThat(depth).isEqualTo(tf32 ? 8 : 16);
    StringBuilder piece = new StringBuilder("mul.wide.u32 %d5, %r0, 40; add.u64 %d5, %d5, %d0;\n");
    for (int i = 0; i < 10; i++) {
      piece.append("ld.global.b32 %%r%d, [%%d5+%d];%n".formatted(i + 1, 4 * i));
    }
    piece.append(
        """
        mma.sync.aligned.%s {%%f1, %%f2, %%f3, %%f4},
          {%%r1, %%r2, %%r3, %%r4}, {%%r5, %%r6}, {%%r7, %%r8, %%r9, %%r10};
        mul.wide.u32 %%d6, %%r0, 16; add.u64 %%d6, %%d6, %%d1;
        st.global.v4.f32 [%%d6], {%%f1, %%f2, %%f3, %%f4};
        """
            .formatted(shape));
    int[] out =
        PtxLab.run(
            EmulatorOptions.defaults().withTensorArithmetic(arithmetic),
            PtxLab.kernel(32, 0, piece.toString()),
            1,
            128,
            words);
    float[] d = new float[128];
    for (int lane = 0; lane < 32; lane++) {
      for (int i = 0; i < 4; i++) {
        int row = lane / 4 + (i < 2 ? 0 : 8);
        d[8 * row + 2 * (lane % 4) + i % 2] = Float.intBitsToFloat(out[4 * lane + i]);
      }
    }
    return d;
  }

  private static int pack(String shape, float low, float high) {
    return shape.equals(F16)
        ? Float.floatToFloat16(high) << 16 | Float.floatToFloat16(low) & 0xffff
        : Float.floatToRawIntBits(high) & 0xffff0000 | Float.floatToRawIntBits(low) >>> 16;
  }

  private static float[][] random(Random random, int rows, int columns, int exponents) {
    float[][] matrix = new float[rows][columns];
    for (float[] row : matrix) {
      for (int i = 0; i < columns; i++) {
        // Eight significant bits fit all types.
        int digits = 128 + random.nextInt(128);
        row[i] =
            (random.nextBoolean() ? 1 : -1)
                * Math.scalb((float) digits, random.nextInt(2 * exponents + 1) - exponents - 7);
      }
    }
    return matrix;
  }

  @ParameterizedTest
  @MethodSource("shapesAndArithmetic")
  void smallIntegersMultiplyExactly(String shape, TensorArithmetic arithmetic) {
    Random random = new Random(3);
    int depth = shape.equals(TF32) ? 8 : 16;
    float[][] a = new float[16][depth];
    float[][] b = new float[depth][8];
    float[][] c = new float[16][8];
    for (float[][] matrix : new float[][][] {a, b, c}) {
      for (float[] row : matrix) {
        for (int i = 0; i < row.length; i++) {
          row[i] = random.nextInt(41) - 20;
        }
      }
    }
    float[] d = multiply(arithmetic, shape, a, b, c);
    for (int row = 0; row < 16; row++) {
      for (int column = 0; column < 8; column++) {
        float sum = c[row][column];
        for (int k = 0; k < depth; k++) {
          sum += a[row][k] * b[k][column];
        }
        assertThat(d[8 * row + column]).isEqualTo(sum);
      }
    }
  }

  static Object[][] shapesAndArithmetic() {
    return java.util.stream.Stream.of(BF16, F16, TF32)
        .flatMap(
            shape ->
                java.util.stream.Stream.of(TensorArithmetic.values())
                    .map(arithmetic -> new Object[] {shape, arithmetic}))
        .toArray(Object[][]::new);
  }

  @ParameterizedTest
  @EnumSource(
      value = TensorArithmetic.class,
      names = {"EXACT_SM80", "EXACT_SM90"})
  void roundsAsTheDeviceDoes(TensorArithmetic arithmetic) {
    int fraction = arithmetic == TensorArithmetic.EXACT_SM80 ? 24 : 25;
    Random random = new Random(4);
    int different = 0;
    for (int spread : new int[] {0, 3, 8, 14}) {
      float[][] a = random(random, 16, 16, spread);
      float[][] b = random(random, 16, 8, spread);
      float[][] c = random(random, 16, 8, spread);
      float[] d = multiply(arithmetic, BF16, a, b, c);
      for (int row = 0; row < 16; row++) {
        for (int column = 0; column < 8; column++) {
          float[] factors = new float[16];
          float plain = c[row][column];
          for (int k = 0; k < 16; k++) {
            factors[k] = b[k][column];
            plain = Math.fma(a[row][k], factors[k], plain);
          }
          float expected =
              DecimalTensorSum.of(
                  fraction,
                  arithmetic == TensorArithmetic.EXACT_SM80 ? 8 : 16,
                  a[row],
                  factors,
                  c[row][column]);
          assertThat(d[8 * row + column]).isEqualTo(expected);
          different += expected == plain ? 0 : 1;
        }
      }
    }
    // Otherwise the test would not tell this arithmetic from plain sums.
    assertThat(different).isGreaterThan(100);
  }

  /** Hand-computed: what falls below the last bit kept is lost before it could add up. */
  @Test
  void smallProductsAreCutOffOneByOne() {
    float[][] a = new float[16][16];
    float[][] b = new float[16][8];
    float[][] c = new float[16][8];
    c[0][0] = 1;
    for (int k = 0; k < 16; k++) {
      a[0][k] = 0x1p-13f;
      b[k][0] = 0x1p-13f;
    }
    // 16 times 2⁻²⁶ is 2⁻²², which a float near 1 can hold; each alone is below 2⁻²⁵.
    assertThat(multiply(TensorArithmetic.EXACT_SM90, BF16, a, b, c)[0]).isEqualTo(1f);
    assertThat(multiply(TensorArithmetic.EXACT_SM80, BF16, a, b, c)[0]).isEqualTo(1f);
    for (int k = 0; k < 16; k++) {
      b[k][0] = 0x1p-12f;
    }
    // 2⁻²⁵ each: kept with 25 bits of fraction, lost with 24.
    assertThat(multiply(TensorArithmetic.EXACT_SM90, BF16, a, b, c)[0]).isEqualTo(1 + 0x1p-21f);
    assertThat(multiply(TensorArithmetic.EXACT_SM80, BF16, a, b, c)[0]).isEqualTo(1f);
    // The sum is cut off, not rounded: 1 + 2⁻²⁴·1.5 stays 1.
    for (int k = 0; k < 16; k++) {
      a[0][k] = k == 0 ? 0x1.8p-12f : 0;
    }
    assertThat(multiply(TensorArithmetic.EXACT_SM90, BF16, a, b, c)[0]).isEqualTo(1f);
  }

  @ParameterizedTest
  @EnumSource(TensorArithmetic.class)
  void infinitiesAndNansGoThrough(TensorArithmetic arithmetic) {
    float[][] a = new float[16][16];
    float[][] b = new float[16][8];
    float[][] c = new float[16][8];
    a[0][0] = Float.POSITIVE_INFINITY;
    b[0][0] = 1;
    b[0][1] = -1;
    a[1][0] = 1;
    c[1][0] = Float.NaN;
    a[2][3] = 0x1p100f;
    b[3][0] = 0x1p100f;
    float[] d = multiply(arithmetic, BF16, a, b, c);
    assertThat(d[0]).isEqualTo(Float.POSITIVE_INFINITY);
    assertThat(d[1]).isEqualTo(Float.NEGATIVE_INFINITY);
    assertThat(d[2]).as("infinity times zero").isNaN();
    assertThat(d[8]).isNaN();
    assertThat(d[9]).isEqualTo(-1);
    assertThat(d[16]).as("too large for a float").isEqualTo(Float.POSITIVE_INFINITY);
    assertThat(Float.floatToRawIntBits(d[17])).as("an empty sum").isZero();
  }

  /** On Ampere the second half of a product is added to what the first half has become. */
  @ParameterizedTest
  @EnumSource(TensorArithmetic.class)
  void aSumThatHasOverflownStaysInfinite(TensorArithmetic arithmetic) {
    float[][] a = new float[16][16];
    float[][] b = new float[16][8];
    float[][] c = new float[16][8];
    for (int k = 0; k < 16; k++) {
      a[0][k] = 0x1p100f;
      a[1][k] = -0x1p100f;
      a[2][k] = k == 0 ? 0x1p100f : 1;
      b[k][0] = 0x1p100f;
      b[k][1] = k == 0 ? 0x1p100f : -0x1p10f;
    }
    float[] d = multiply(arithmetic, BF16, a, b, c);
    assertThat(d[0]).isEqualTo(Float.POSITIVE_INFINITY);
    assertThat(d[8]).isEqualTo(Float.NEGATIVE_INFINITY);
    assertThat(d[17]).as("and something small taken away").isEqualTo(Float.POSITIVE_INFINITY);
  }

  @ParameterizedTest
  @EnumSource(TensorArithmetic.class)
  void subnormalNumbersCount(TensorArithmetic arithmetic) {
    float[][] a = new float[16][16];
    float[][] b = new float[16][8];
    float[][] c = new float[16][8];
    a[0][0] = 0x1p-130f;
    b[0][0] = 4;
    c[0][0] = 0x1p-148f;
    assertThat(multiply(arithmetic, BF16, a, b, c)[0]).isEqualTo(0x1p-128f + 0x1p-148f);
  }

  /**
   * Padding is multiplied by another way; infinity and what is no number must not be lost there.
   */
  @ParameterizedTest
  @EnumSource(TensorArithmetic.class)
  void zerosLeaveSumsAsTheyAre(TensorArithmetic arithmetic) {
    float[][] a = random(new Random(5), 16, 16, 3);
    float[][] zeros = new float[16][8];
    float[][] c = random(new Random(6), 16, 8, 40);
    c[0][0] = 0x1p-149f;
    c[0][1] = -0f;
    c[0][2] = Float.NEGATIVE_INFINITY;
    c[0][3] = Float.MAX_VALUE;
    float[] d = multiply(arithmetic, BF16, a, zeros, c);
    for (int i = 0; i < d.length; i++) {
      assertThat(d[i]).isEqualTo(c[i / 8][i % 8] + 0f);
    }
    c[0][2] = 0;
    assertThat(multiply(arithmetic, BF16, a, zeros, c)).startsWith(0x1p-149f, 0f, 0f);
    a[3][7] = Float.POSITIVE_INFINITY;
    float[] row = multiply(arithmetic, BF16, a, zeros, c);
    assertThat(row[24]).as("infinity times zero").isNaN();
    assertThat(row[16]).isEqualTo(c[2][0]);
  }

  @Test
  void productsAreCountedAsWork() {
    try (EmulatedGpu gpu = EmulatedGpu.open()) {
      PtxLab.run(
          gpu,
          PtxLab.kernel(
              64,
              0,
              """
              mov.b32 %r1, 0; mov.f32 %f1, 0f00000000;
              mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%f1, %f2, %f3, %f4},
                {%r1, %r1, %r1, %r1}, {%r1, %r1}, {%f1, %f1, %f1, %f1};
              st.global.f32 [%d3], %f1;
              """),
          3,
          192);
      assertThat(gpu.lastReport().total().flops()).isEqualTo(3 * 2 * 2 * 16 * 8 * 16);
      assertThat(gpu.lastReport().total().instructions(InstructionClass.TENSOR)).isEqualTo(6);
    }
  }
}
