package dev.sifter.engine.backend.reference;

import dev.sifter.engine.backend.LossKernels;
import dev.sifter.engine.backend.TokenLoss;
import dev.sifter.engine.tensor.Tensor;

/** Softmax cross-entropy, row by row. */
final class ReferenceLoss implements LossKernels {
  @Override
  public void crossEntropy(
      TokenLoss form,
      Tensor logits,
      Tensor targets,
      float gradientScale,
      Tensor loss,
      Tensor entropy,
      Tensor argMax) {
    Checks.integers("crossEntropy", targets);
    Checks.integers("crossEntropy", argMax);
    Checks.perRow("crossEntropy", logits, targets, loss, entropy, argMax);
    checkLabels(targets, logits.width());
    int vocab = logits.width();
    Elements x = new Elements(logits);
    Elements target = new Elements(targets);
    Elements losses = new Elements(loss);
    Elements entropies = Elements.ofNullable(entropy);
    Elements best = Elements.ofNullable(argMax);
    for (int r = 0; r < logits.rows(); r++) {
      long row = (long) r * vocab;
      int label = target.getInt(r);
      int arg = 0;
      for (int i = 1; i < vocab; i++) {
        arg = x.get(row + i) > x.get(row + arg) ? i : arg;
      }
      double max = x.get(row + arg);
      double sum = 0;
      double weighted = 0;
      double distances = 0;
      for (int i = 0; i < vocab; i++) {
        distances += x.get(row + i) - max;
        double e = Math.exp(x.get(row + i) - max);
        sum += e;
        // A logit of −∞ has probability 0 and no part in the entropy.
        weighted += e == 0 ? 0 : e * (x.get(row + i) - max);
      }
      // Relative to the largest logit, which absorbs log Σ where it is 1e17 and more.
      double logSum = Math.log(sum);
      double nll = logSum + (max - x.get(row + label));
      double smoothing = form.labelSmoothing();
      double smoothed =
          smoothing == 0 ? nll : (1 - smoothing) * nll + smoothing * (logSum - distances / vocab);
      double weight = form.dynamic() ? Math.exp(-nll) : 1;
      losses.set(r, weight * smoothed);
      if (entropies != null) {
        entropies.set(r, logSum - weighted / sum);
      }
      if (best != null) {
        best.set(r, arg);
      }
      if (gradientScale != 0) {
        for (int i = 0; i < vocab; i++) {
          double p = Math.exp(x.get(row + i) - max - logSum);
          double wanted = (i == label ? 1 - smoothing : 0) + smoothing / vocab;
          x.set(row + i, gradientScale * weight * (p - wanted));
        }
      }
    }
  }

  private static void checkLabels(Tensor targets, int vocab) {
    Elements labels = new Elements(targets);
    for (int r = 0; r < labels.count(); r++) {
      int label = labels.getInt(r);
      if (label < 0 || label >= vocab) {
        throw new IndexOutOfBoundsException(
            "label %d of a vocabulary of %d".formatted(label, vocab));
      }
    }
  }

  @Override
  public void softcap(Tensor x, float softcap) {
    Elements elements = new Elements(x);
    for (long i = 0; i < elements.count(); i++) {
      elements.set(i, softcap * Math.tanh(elements.get(i) / softcap));
    }
  }

  @Override
  public void softcapBackward(Tensor dy, Tensor y, float softcap) {
    Checks.same("softcapBackward", dy, y);
    Elements gradient = new Elements(dy);
    Elements capped = new Elements(y);
    for (long i = 0; i < gradient.count(); i++) {
      double ratio = capped.get(i) / softcap;
      gradient.set(i, gradient.get(i) * (1 - ratio * ratio));
    }
  }
}
