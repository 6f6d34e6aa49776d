package dev.sifter.model.decoder;

import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.model.ModelException;
import dev.sifter.model.weights.FiniteCheck;
import dev.sifter.model.weights.WeightSource;

/** The weights of a source, each checked against what {@code config.json} implies. */
record CheckedWeights(WeightSource source) {

  /**
   * The weight of this name where it lies.
   *
   * @throws ModelException if it is not there, its shape differs, it is not of a floating type, or
   *     it holds NaN or infinity
   */
  Tensor floating(String name, Shape shape) {
    String key = source.keyOf(name);
    if (key == null) {
      throw new ModelException(
          "%s lacks the weight '%s' %s that config.json implies"
              .formatted(source.origin(), name, shape));
    }
    Tensor host = source.tensor(key);
    if (!host.shape().equals(shape)) {
      throw new ModelException(
          "%s: weight '%s' is %s, but config.json implies %s"
              .formatted(source.origin(), name, host.shape(), shape));
    }
    if (!host.dtype().isFloating()) {
      throw new ModelException(
          "%s: weight '%s' is %s, not a floating type"
              .formatted(source.origin(), name, host.dtype()));
    }
    if (!FiniteCheck.isFinite(host)) {
      throw new ModelException(
          "%s: weight '%s' holds NaN or infinity".formatted(source.origin(), name));
    }
    return host;
  }
}
