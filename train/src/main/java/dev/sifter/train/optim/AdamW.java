package dev.sifter.train.optim;

import dev.sifter.engine.autograd.Parameter;
import dev.sifter.engine.backend.AdamWStep;
import dev.sifter.engine.backend.Backend;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** AdamW over a list of parameters, in PyTorch's order of operations (see {@link AdamWStep}). */
public final class AdamW extends Optimizer {
  private static final String MOMENT1 = "exp_avg";
  private static final String MOMENT2 = "exp_avg_sq";

  private final AdamWConfig config;

  /**
   * An optimizer that has made no step.
   *
   * @param parameters those to train; frozen ones are refused
   */
  public AdamW(Backend backend, List<Parameter> parameters, AdamWConfig config) {
    super(backend, parameters, config.weightDecay());
    this.config = config;
    remember(AdamW::moments);
  }

  /** What is remembered of a parameter. */
  static Map<String, Layout> moments(Slot slot) {
    Map<String, Layout> moments = new LinkedHashMap<>();
    moments.put(MOMENT1, Layout.like(slot));
    moments.put(MOMENT2, Layout.like(slot));
    return moments;
  }

  @Override
  void update(Slot slot, double learningRate, float gradientScale) {
    update(backend(), config, slot, learningRate, gradientScale);
  }

  /** Updates a parameter and its moments. */
  static void update(
      Backend backend, AdamWConfig config, Slot slot, double learningRate, float gradientScale) {
    AdamWStep step =
        new AdamWStep(
            learningRate,
            config.adamBeta1(),
            config.adamBeta2(),
            config.adamEpsilon(),
            slot.weightDecay(),
            slot.step(),
            gradientScale);
    backend
        .optimizer()
        .adamW(step, slot.gradient(), slot.value(), slot.tensor(MOMENT1), slot.tensor(MOMENT2));
  }
}
