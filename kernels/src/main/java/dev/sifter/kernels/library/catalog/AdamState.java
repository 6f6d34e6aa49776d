package dev.sifter.kernels.library.catalog;

import dev.sifter.kernels.library.AdamW;

/** A parameter and its moments, in fp32. */
record AdamState(float parameter, float moment1, float moment2) {

  /** After a step, in PyTorch's order of operations. */
  static AdamState after(
      AdamW.Factors f, float gradient, float parameter, float moment1, float moment2) {
    float g = gradient * f.gradientScale();
    float nearer = f.lerpWeight() > 0 ? moment1 : g;
    float m = nearer + (g - moment1) * f.lerpWeight();
    float v = moment2 * f.beta2() + g * f.oneMinusBeta2() * g;
    float denominator = (float) Math.sqrt(v) / f.rootOfCorrection2() + f.epsilon();
    return new AdamState(parameter * f.decay() + m * f.minusStepSize() / denominator, m, v);
  }
}
