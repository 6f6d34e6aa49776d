package dev.sifter.kernels.library;

import java.util.ArrayList;
import java.util.List;

/**
 * Numbers of an attention that its kernels take as arguments.
 *
 * @param scale factor of q·k, usually 1/√headDim
 * @param slidingWindow a query at position i sees keys i − window + 1 … i; 0 for all up to i
 * @param softcap scores become softcap · tanh(score / softcap); 0 for none
 */
public record AttentionOptions(float scale, int slidingWindow, float softcap) {

  /** In the order of {@link AttentionScores#declare}. */
  List<Object> arguments(AttentionShape shape) {
    if (shape.windowed() != slidingWindow > 0 || shape.softcapped() != softcap > 0) {
      throw new IllegalArgumentException(
          "window %d and softcap %s do not fit %s".formatted(slidingWindow, softcap, shape));
    }
    List<Object> arguments = new ArrayList<>(List.of(scale));
    if (shape.softcapped()) {
      arguments.add(softcap);
      arguments.add(1 / softcap);
    }
    if (shape.windowed()) {
      arguments.add(slidingWindow);
    }
    return arguments;
  }
}
