package dev.sifter.train.optim;

import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Which weights decay: all but biases and the scales of norms, told by their names as transformers
 * tells them. Embeddings, output heads and LoRA's A and B do decay.
 */
public final class WeightDecay {
  /**
   * The last alternative names layer norms that transformers knows by their class: GPT-2's,
   * Falcon's.
   */
  private static final Pattern EXEMPT =
      Pattern.compile(
          "bias|layernorm|rmsnorm|(?:^|\\.)norm(?:$|\\.)|_norm(?:$|\\.)"
              + "|(?:^|\\.)ln_(?:\\d+|f|attn|mlp)(?:$|\\.)");

  private WeightDecay() {}

  /** Whether the weight of this name decays. */
  public static boolean appliesTo(String parameterName) {
    return !EXEMPT.matcher(parameterName.toLowerCase(Locale.ROOT)).find();
  }
}
