package dev.sifter.train.trainer;

import dev.sifter.model.decoder.Decoder;
import java.util.Map;

/** Figures on held-out data beside the loss, such as those of tasks answered by generation. */
public interface ModelEvaluation {
  /** What {@link #run} will give: names, and whether more of each is better. */
  Map<String, Boolean> directions();

  /** Evaluates the model as it is now: names that begin with {@code eval_}, and values. */
  Map<String, Double> run(Decoder model);
}
