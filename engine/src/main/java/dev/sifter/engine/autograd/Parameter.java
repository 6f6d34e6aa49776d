package dev.sifter.engine.autograd;

import dev.sifter.engine.tensor.Tensor;

/**
 * A named weight. A trainable one has a gradient tensor beside it, which every backward pass adds
 * to until {@link #zeroGradient()}.
 */
public final class Parameter extends Variable {
  private final String name;
  private final Tensor gradientTensor;
  private boolean gradientIsZero = true;

  private Parameter(String name, Tensor value, Tensor gradientTensor) {
    super(new SharedTensor(value, null), gradientTensor != null);
    this.name = name;
    this.gradientTensor = gradientTensor;
  }

  /** A weight that is not trained; any floating type. */
  public static Parameter frozen(String name, Tensor value) {
    return new Parameter(name, value, null);
  }

  /**
   * A weight that is trained.
   *
   * @param gradient the shape of {@code value}; its contents do not matter
   */
  public static Parameter trainable(String name, Tensor value, Tensor gradient) {
    if (!value.shape().equals(gradient.shape())) {
      throw new IllegalArgumentException(
          "gradient %s for parameter %s %s".formatted(gradient, name, value));
    }
    return new Parameter(name, value, gradient);
  }

  /** The key under which checkpoints keep this weight. */
  public String name() {
    return name;
  }

  /**
   * The sum of gradients since {@link #zeroGradient()}; undefined while {@link #gradientIsZero()}.
   *
   * @throws IllegalStateException if the parameter is frozen
   */
  public Tensor gradientTensor() {
    if (gradientTensor == null) {
      throw new IllegalStateException("parameter " + name + " is frozen and has no gradient");
    }
    return gradientTensor;
  }

  /** Whether nothing has been added since {@link #zeroGradient()}. */
  public boolean gradientIsZero() {
    return gradientIsZero;
  }

  /** Forgets the gradient; the next backward pass overwrites it, so that no fill is needed. */
  public void zeroGradient() {
    gradientIsZero = true;
  }

  /** Where the next gradient goes; the caller must write all of it. */
  public Gradients.Slot gradientSlot() {
    Gradients.Slot slot = new Gradients.Slot(gradientTensor(), !gradientIsZero);
    gradientIsZero = false;
    return slot;
  }

  @Override
  public void close() {
    // A weight outlives every step; the arena it lies in ends it.
  }
}
