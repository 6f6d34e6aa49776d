package dev.sifter.model.decoder;

import dev.sifter.model.config.RopeConfig;
import dev.sifter.model.config.RopeConfig.Scaling;

/** What scaling divides each frequency of rotary positions by, as GGUF keeps it. */
public final class RopeDivisors {
  private RopeDivisors() {}

  /** Unscaled over scaled frequency [rotaryDim / 2]. */
  public static float[] of(RopeConfig config) {
    RopeConfig plain =
        new RopeConfig(
            config.theta(),
            config.rotaryDim(),
            config.interleaved(),
            config.backwards(),
            new Scaling.None());
    float[] before = RopeTables.inverseFrequencies(plain, 0);
    float[] after = RopeTables.inverseFrequencies(config, 0);
    float[] divisors = new float[before.length];
    for (int i = 0; i < divisors.length; i++) {
      divisors[i] = before[i] / after[i];
    }
    return divisors;
  }
}
