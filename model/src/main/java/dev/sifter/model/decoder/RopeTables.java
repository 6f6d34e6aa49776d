package dev.sifter.model.decoder;

import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.ops.Rope;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.model.config.RopeConfig;
import dev.sifter.model.config.RopeConfig.Scaling;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Cosines and sines of all positions, computed as the reference stack does: inverse frequencies and
 * angles rounded to fp32, so that the same positions give the same angles.
 */
final class RopeTables {
  private RopeTables() {}

  /**
   * The table of positions 0 … positions − 1, in fp32, or fp64 with the same fp32 angles.
   *
   * @param longest tokens of the longest sequence of the pass
   */
  static Rope.Table build(
      RopeConfig config,
      int longest,
      int positions,
      DType dtype,
      Backend backend,
      TensorArena arena) {
    float[] frequencies = inverseFrequencies(config, longest);
    float factor =
        switch (config.scaling()) {
          case Scaling.Yarn yarn -> (float) yarn.attentionFactor();
          case Scaling.LongRope longRope -> (float) longRope.attentionFactor();
          default -> 1;
        };
    float direction = config.backwards() ? -1 : 1;
    int half = frequencies.length;
    double[] cos = new double[positions * half];
    double[] sin = new double[positions * half];
    for (int p = 0; p < positions; p++) {
      for (int i = 0; i < half; i++) {
        double angle = (float) p * frequencies[i];
        cos[p * half + i] = (float) StrictMath.cos(angle) * factor;
        sin[p * half + i] = (float) StrictMath.sin(angle) * factor * direction;
      }
    }
    Shape shape = Shape.of(positions, half);
    return new Rope.Table(
        upload(cos, shape, dtype, backend, arena),
        upload(sin, shape, dtype, backend, arena),
        config.interleaved());
  }

  private static Tensor upload(
      double[] values, Shape shape, DType dtype, Backend backend, TensorArena arena) {
    Tensor tensor = arena.allocate(dtype, shape);
    if (dtype == DType.F64) {
      backend.upload(MemorySegment.ofArray(values), tensor);
    } else {
      float[] narrow = new float[values.length];
      for (int i = 0; i < narrow.length; i++) {
        narrow[i] = (float) values[i];
      }
      backend.upload(MemorySegment.ofArray(narrow), tensor);
    }
    return tensor;
  }

  /** 1/θ^(2i/d) for i &lt; d/2, scaled. */
  static float[] inverseFrequencies(RopeConfig config, int longest) {
    int dim = config.rotaryDim();
    double theta =
        config.scaling() instanceof Scaling.Dynamic dynamic
            ? stretched(config, dynamic, longest)
            : config.theta();
    float[] frequencies = new float[dim / 2];
    for (int i = 0; i < frequencies.length; i++) {
      float power = (float) StrictMath.pow(theta, (float) (2 * i) / dim);
      frequencies[i] = 1f / power;
    }
    switch (config.scaling()) {
      case Scaling.None() -> {}
      case Scaling.Dynamic dynamic -> {}
      case Scaling.Linear(double factor) -> {
        for (int i = 0; i < frequencies.length; i++) {
          frequencies[i] /= (float) factor;
        }
      }
      case Scaling.Llama3 llama3 -> scaleLlama3(frequencies, llama3);
      case Scaling.Yarn yarn -> scaleYarn(frequencies, config, yarn);
      case Scaling.LongRope longRope -> {
        boolean within = longest <= longRope.originalMaxPositions();
        List<Double> factors = within ? longRope.shortFactors() : longRope.longFactors();
        for (int i = 0; i < frequencies.length; i++) {
          frequencies[i] /= factors.get(i).floatValue();
        }
      }
    }
    return frequencies;
  }

  /** θ·(f·L/L₀ − (f − 1))^(d/(d − 2)) for L tokens, at least L₀. */
  private static float stretched(RopeConfig config, Scaling.Dynamic s, int longest) {
    float length = Math.max(longest, s.maxPositions());
    float growth = (float) s.factor() * length / s.maxPositions() - (float) (s.factor() - 1);
    double exponent = config.rotaryDim() / (config.rotaryDim() - 2.0);
    return (float) (config.theta() * (float) StrictMath.pow(growth, (float) exponent));
  }

  private static void scaleLlama3(float[] frequencies, Scaling.Llama3 s) {
    double lowWavelength = s.originalMaxPositions() / s.lowFreqFactor();
    double highWavelength = s.originalMaxPositions() / s.highFreqFactor();
    for (int i = 0; i < frequencies.length; i++) {
      float wavelength = (float) (2 * Math.PI) / frequencies[i];
      if (wavelength > lowWavelength) {
        frequencies[i] /= (float) s.factor();
      } else if (wavelength >= highWavelength) {
        float smooth =
            (float)
                ((s.originalMaxPositions() / wavelength - s.lowFreqFactor())
                    / (s.highFreqFactor() - s.lowFreqFactor()));
        frequencies[i] =
            (1 - smooth) * frequencies[i] / (float) s.factor() + smooth * frequencies[i];
      }
    }
  }

  private static void scaleYarn(float[] frequencies, RopeConfig config, Scaling.Yarn s) {
    double low = yarnDim(s.betaFast(), config, s);
    double high = yarnDim(s.betaSlow(), config, s);
    if (s.truncate()) {
      low = Math.floor(low);
      high = Math.ceil(high);
    }
    low = Math.max(low, 0);
    high = Math.min(high, config.rotaryDim() - 1);
    if (low == high) {
      high += 0.001;
    }
    for (int i = 0; i < frequencies.length; i++) {
      float interpolated = frequencies[i] / (float) s.factor();
      float ramp = Math.clamp((float) ((i - low) / (high - low)), 0f, 1f);
      frequencies[i] = interpolated * ramp + frequencies[i] * (1 - ramp);
    }
  }

  /** The dimension whose wavelength turns this often over the original context. */
  private static double yarnDim(double rotations, RopeConfig config, Scaling.Yarn s) {
    return config.rotaryDim()
        * Math.log(s.originalMaxPositions() / (rotations * 2 * Math.PI))
        / (2 * Math.log(config.theta()));
  }
}
