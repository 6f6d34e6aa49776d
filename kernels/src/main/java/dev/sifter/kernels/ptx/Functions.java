package dev.sifter.kernels.ptx;

import java.util.ArrayList;
import java.util.List;

/** Functions of one number, made of the few that the hardware has. */
abstract class Functions extends ElementAccess {
  private static final float LOG2_E = 1.44269504f;

  /** log₂ e − {@link #LOG2_E}. */
  private static final float LOG2_E_REST = (float) (1 / Math.log(2) - (double) LOG2_E);

  private static final float LN_2 = 0.693147181f;

  /** e to less than this is 0, even as a subnormal number. */
  private static final float EXP_LIMIT = -150;

  private static final float TANH_SERIES_LIMIT = 0.25f;

  /** Of tanh x = x + x³·(c₀ + c₁x² + …), by its Taylor series. */
  private static final float[] TANH_SERIES = {
    -1 / 3f, 2 / 15f, -17 / 315f, 62 / 2835f, -1382 / 155925f
  };

  Functions(int sharedLimit, int threads) {
    super(sharedLimit, threads);
  }

  /**
   * eˣ of x ≤ 0 (or NaN), within 4 units in the last place: with t = x·log₂e rounded and δ what the
   * rounding lost, eˣ = 2ᵗ·(1 + δ·ln 2).
   */
  public final F32 expOfNonPositive(F32 x) {
    F32 bounded = select(lt(x, EXP_LIMIT), EXP_LIMIT, x);
    F32 t = mul(bounded, LOG2_E);
    F32 lost = fma(bounded, LOG2_E_REST, fma(bounded, constant(LOG2_E), neg(t)));
    F32 power = exp2Approximate(t);
    return fma(power, mul(lost, LN_2), power);
  }

  /**
   * ln x of a normal x &gt; 0, with a relative error of a few units in the last place also where x
   * is close to 1: with x = 2ⁿ·m, √½ ≤ m &lt; √2, and z = (m − 1)/(m + 1), ln x = n·ln 2 + 2·(z +
   * z³/3 + z⁵/5 + …).
   */
  public final F32 log(F32 x) {
    int rootOfHalf = Float.floatToRawIntBits((float) Math.sqrt(0.5));
    B32 above = sub(bits(x), constant(rootOfHalf));
    B32 exponent = define(newB32(), "shr.s32", above, whole(23));
    F32 m = number(sub(bits(x), shl(exponent, 23)));
    F32 z = div(add(m, -1f), add(m, 1f));
    F32 square = mul(z, z);
    F32 series = constant(2 / 11f);
    for (int odd = 9; odd >= 3; odd -= 2) {
      series = fma(series, square, 2f / odd);
    }
    F32 ofFraction = fma(mul(z, square), series, add(z, z));
    F32 n = toFloatSigned(exponent);
    F32 sum = fma(n, LN_2, fma(n, (float) (Math.log(2) - (double) LN_2), ofFraction));
    F32 finite = select(gt(x, Float.MAX_VALUE), x, sum);
    return select(gt(x, 0f), finite, select(eq(x, 0f), Float.NEGATIVE_INFINITY, nan(x)));
  }

  private F32 nan(F32 x) {
    return add(x, Float.NaN);
  }

  /** σ(x) = 1 / (1 + e⁻ˣ), and σ(−x) = 1 − σ(x), both without cancellation. */
  public final Sigmoids sigmoids(F32 x) {
    F32 e = expOfNonPositive(neg(abs(x)));
    F32 upper = reciprocal(add(e, 1f));
    F32 lower = mul(e, upper);
    Pred negative = lt(x, 0f);
    return new Sigmoids(select(negative, lower, upper), select(negative, upper, lower));
  }

  /** σ(x) and σ(−x). */
  public record Sigmoids(F32 of, F32 ofNegative) {}

  /** Hyperbolic tangent: its series up to ¼, (1 − e⁻²ˣ)/(1 + e⁻²ˣ) beyond. */
  public final F32 tanh(F32 x) {
    F32 magnitude = abs(x);
    F32 e = expOfNonPositive(mul(magnitude, -2f));
    F32 far = div(sub(constant(1f), e), add(e, 1f));
    F32 square = mul(x, x);
    F32 series = constant(TANH_SERIES[TANH_SERIES.length - 1]);
    for (int i = TANH_SERIES.length - 2; i >= 0; i--) {
      series = fma(series, square, TANH_SERIES[i]);
    }
    F32 near = fma(mul(square, x), series, x);
    F32 signed = select(lt(x, 0f), neg(far), far);
    return select(lt(magnitude, TANH_SERIES_LIMIT), near, signed);
  }

  // Random numbers.

  private static final int[] PHILOX_MULTIPLIERS = {0xD2511F53, 0xCD9E8D57};
  private static final int[] PHILOX_WEYL = {0x9E3779B9, 0xBB67AE85};
  private static final int PHILOX_ROUNDS = 10;

  /**
   * Four random words of Philox4x32-10 (Salmon et al., SC 2011).
   *
   * @param block number of the block within the stream, its lower and upper half
   * @param stream which stream
   * @param seed the key
   */
  public final List<B32> philox(List<B32> block, List<B32> stream, List<B32> seed) {
    List<B32> c = List.of(block.get(0), block.get(1), stream.get(0), stream.get(1));
    List<B32> key = new ArrayList<>(seed);
    for (int round = 0; round < PHILOX_ROUNDS; round++) {
      List<B32> product0 = halves(mulWide(c.get(0), PHILOX_MULTIPLIERS[0]));
      List<B32> product1 = halves(mulWide(c.get(2), PHILOX_MULTIPLIERS[1]));
      B32 first = xor(xor(product1.get(1), c.get(1)), key.get(0));
      B32 third = xor(xor(product0.get(1), c.get(3)), key.get(1));
      c = List.of(first, product1.get(0), third, product0.get(0));
      for (int half = 0; half < 2; half++) {
        key.set(half, add(key.get(half), PHILOX_WEYL[half]));
      }
    }
    return c;
  }
}
