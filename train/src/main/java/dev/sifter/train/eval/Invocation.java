package dev.sifter.train.eval;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;

/**
 * What an evaluation was started with, for its results file, under the harness's names.
 *
 * @param model folder of the model
 * @param adapter folder of its adapter; null for none
 * @param dtype type that was asked for
 * @param cache file of answers; null for none
 * @param generationKwargs settings over the tasks' own
 * @param seeds of random, numpy and torch; what is drawn here depends on the last alone
 */
public record Invocation(
    Path model,
    Path adapter,
    String dtype,
    Path cache,
    ObjectNode generationKwargs,
    List<Long> seeds) {

  /** How the run is called. */
  String modelName() {
    return adapter == null ? model.toString() : model + " + " + adapter;
  }

  /** Adds what stands in {@code config}. */
  void addTo(ObjectNode config) {
    ObjectNode arguments = config.putObject("model_args");
    arguments.put("pretrained", model.toString()).put("dtype", dtype);
    if (adapter != null) {
      arguments.put("peft", adapter.toString());
    }
    config.put("use_cache", cache == null ? null : cache.toString());
    config.set("gen_kwargs", generationKwargs);
    config.put("random_seed", seeds.get(0));
    config.put("numpy_seed", seeds.get(1));
    config.put("torch_seed", seeds.get(2));
  }
}
