package dev.sifter.engine.backend;

import dev.sifter.engine.tensor.Tensor;

/** Softmax cross-entropy of rows of logits. */
public interface LossKernels {

  /**
   * For each row with lse = log Σ exp(x): loss as {@code form} says, entropy = lse − Σ p·x, argMax
   * the first index of the largest logit; then, in place, logits = gradientScale · w · (softmax −
   * (1 − ε) · onehot − ε / V), with ε and w of {@code form}.
   *
   * @param form what a row costs
   * @param logits [R, V]; with a {@code gradientScale} of 0 left as they are
   * @param targets I32 [R], each in [0, V)
   * @param gradientScale usually 1/N, N the number of target tokens of the optimizer step
   * @param loss [R]
   * @param entropy [R], nats; null where nobody asks
   * @param argMax I32 [R]; null where nobody asks
   * @throws IndexOutOfBoundsException if a target is out of range; nothing is written then
   */
  void crossEntropy(
      TokenLoss form,
      Tensor logits,
      Tensor targets,
      float gradientScale,
      Tensor loss,
      Tensor entropy,
      Tensor argMax);

  /** x = softcap · tanh(x / softcap), in place (Gemma 2's final logits). */
  void softcap(Tensor x, float softcap);

  /**
   * dx = dy · (1 − (y / softcap)²) for y = softcap · tanh(x / softcap), in place of dy.
   *
   * @param y the capped values
   */
  void softcapBackward(Tensor dy, Tensor y, float softcap);
}
