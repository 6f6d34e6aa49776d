package dev.sifter.kernels.library;

import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.PtxAssembler;

/** Pointwise non-linearities. */
public enum ActivationFunction {
  /** x. */
  IDENTITY {
    @Override
    Slope slope(PtxAssembler k, F32 x) {
      return new Slope(x, k.constant(1f));
    }
  },

  /** x·σ(x). */
  SILU {
    @Override
    Slope slope(PtxAssembler k, F32 x) {
      var sigmoids = k.sigmoids(x);
      // σ(1 + x(1 − σ))
      F32 derivative = k.mul(sigmoids.of(), k.fma(x, sigmoids.ofNegative(), 1f));
      return new Slope(k.mul(x, sigmoids.of()), derivative);
    }
  },

  /** x·Φ(x), Φ the normal distribution's cumulative function. */
  GELU {
    @Override
    Slope slope(PtxAssembler k, F32 x) {
      F32 magnitude = k.abs(x);
      F32 bell = k.expOfNonPositive(k.mul(k.mul(x, x), -0.5f));
      F32 t = k.reciprocal(k.fma(magnitude, TAIL_SCALE, 1f));
      F32 series = k.constant(TAIL[TAIL.length - 1]);
      for (int i = TAIL.length - 2; i >= 0; i--) {
        series = k.fma(series, t, TAIL[i]);
      }
      F32 tail = k.mul(k.mul(series, t), bell);
      F32 cumulative = k.select(k.lt(x, 0f), tail, k.sub(k.constant(1f), tail));
      F32 derivative = k.fma(k.mul(x, ROOT_OF_HALF_OVER_PI), bell, cumulative);
      return new Slope(k.mul(x, cumulative), derivative);
    }
  },

  /** ½x(1 + tanh(√(2/π)(x + 0.044715x³))). */
  GELU_TANH {
    @Override
    Slope slope(PtxAssembler k, F32 x) {
      F32 square = k.mul(x, x);
      F32 inner = k.mul(x, k.fma(square, SCALE * CUBIC, SCALE));
      // ½(1 + tanh z) = σ(2z), whose lower tail does not cancel.
      var half = k.sigmoids(k.add(inner, inner));
      F32 inward = k.mul(x, k.fma(square, 2 * 3 * SCALE * CUBIC, 2 * SCALE));
      F32 derivative = k.mul(half.of(), k.fma(inward, half.ofNegative(), 1f));
      return new Slope(k.mul(x, half.of()), derivative);
    }
  },

  /** max(x, 0); of NaN the slope is 1, as torch has it. */
  RELU {
    @Override
    Slope slope(PtxAssembler k, F32 x) {
      F32 zero = k.constant(0f);
      F32 value = k.select(k.lt(x, 0f), zero, x);
      return new Slope(value, k.select(k.eq(value, 0f), zero, k.constant(1f)));
    }
  },

  /** max(x, 0)². */
  RELU_SQUARED {
    @Override
    Slope slope(PtxAssembler k, F32 x) {
      F32 positive = k.select(k.lt(x, 0f), k.constant(0f), x);
      return new Slope(k.mul(positive, positive), k.add(positive, positive));
    }
  },

  /** min(max(x, −1), 1), with slope 1 at both bounds, and 0 of NaN, as torch's clamp. */
  HARD_TANH {
    @Override
    Slope slope(PtxAssembler k, F32 x) {
      F32 one = k.constant(1f);
      F32 below = k.select(k.gt(x, 1f), one, x);
      F32 value = k.select(k.lt(x, -1f), k.constant(-1f), below);
      return new Slope(value, k.select(k.eq(value, x), one, k.constant(0f)));
    }
  };

  private static final float SCALE = (float) Math.sqrt(2 / Math.PI);
  private static final float CUBIC = 0.044715f;
  private static final float ROOT_OF_HALF_OVER_PI = (float) Math.sqrt(0.5 / Math.PI);

  /**
   * With t = 1/(1 + {@value}·|x|), the normal distribution's tail beyond |x| is exp(−x²/2)·(t·c₀ +
   * t²·c₁ + …): a minimax fit of ours over 0 ≤ |x| ≤ 14, relative error below 3.2·10⁻⁸.
   */
  private static final float TAIL_SCALE = 0.35f;

  private static final float[] TAIL = {
    0.13962140679359436f,
    0.13986186683177948f,
    0.119832843542099f,
    0.10550811141729355f,
    -0.02311009354889393f,
    0.15917454659938812f,
    -0.2557145953178406f,
    0.14397186040878296f,
    -0.029145965352654457f
  };

  /** f(x) and f′(x). What a kernel does not use of it, NVIDIA's compiler leaves out. */
  record Slope(F32 value, F32 derivative) {}

  abstract Slope slope(PtxAssembler k, F32 x);
}
