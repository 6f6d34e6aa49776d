package dev.sifter.train.optim;

import dev.sifter.engine.autograd.Parameter;
import dev.sifter.engine.backend.AdamWStep;
import dev.sifter.engine.backend.AdamWUpdate;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.backend.GradientScale;
import java.util.ArrayList;
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
  void update(List<Slot> due, GradientScale scale) {
    update(backend(), config, due, scale);
  }

  /** Updates parameters and their moments. */
  static void update(Backend backend, AdamWConfig config, List<Slot> due, GradientScale scale) {
    List<AdamWUpdate> updates = new ArrayList<>(due.size());
    AdamWStep step = null;
    for (Slot slot : due) {
      // One object for all parameters that it fits: adapters have hundreds.
      step = step != null && fits(step, slot) ? step : step(config, slot);
      updates.add(
          new AdamWUpdate(
              step, slot.gradient(), slot.value(), slot.tensor(MOMENT1), slot.tensor(MOMENT2)));
    }
    backend.optimizer().adamW(updates, scale);
  }

  private static boolean fits(AdamWStep step, Slot slot) {
    return step.learningRate() == slot.learningRate()
        && step.weightDecay() == slot.weightDecay()
        && step.step() == slot.step();
  }

  private static AdamWStep step(AdamWConfig config, Slot slot) {
    return new AdamWStep(
        slot.learningRate(),
        config.adamBeta1(),
        config.adamBeta2(),
        config.adamEpsilon(),
        slot.weightDecay(),
        slot.step());
  }
}
