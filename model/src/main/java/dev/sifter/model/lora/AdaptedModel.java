package dev.sifter.model.lora;

import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.tensor.DType;
import dev.sifter.model.config.ModelConfig;
import dev.sifter.model.config.ModelConfigReader;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.ParameterStore;
import dev.sifter.model.weights.WeightFolder;
import dev.sifter.model.weights.WeightSource;
import java.nio.file.Path;

/** Loads models with adapters on them. */
public final class AdaptedModel {
  private AdaptedModel() {}

  /** A frozen model with fresh adapters to train. */
  public static Decoder fresh(Path folder, Backend backend, LoraConfig lora, long seed) {
    ModelConfig config = ModelConfigReader.read(folder);
    Decoder model = build(config, WeightFolder.open(folder), backend, lora, true);
    try {
      LoraAdapters.attachFresh(model, lora, seed);
      return model;
    } catch (RuntimeException e) {
      model.close();
      throw e;
    }
  }

  /**
   * A model with the adapters of a folder.
   *
   * @param trainable whether they are trained further
   */
  public static Decoder load(Path folder, Path adapter, Backend backend, boolean trainable) {
    ModelConfig config = ModelConfigReader.read(folder);
    AdapterFolder file = AdapterFolder.open(adapter);
    Decoder model = build(config, overlaid(file, folder), backend, file.config(), trainable);
    try {
      LoraAdapters.attachLoaded(model, file.config(), file, trainable);
      return model;
    } catch (RuntimeException e) {
      model.close();
      throw e;
    }
  }

  private static WeightSource overlaid(AdapterFolder adapter, Path folder) {
    WeightFolder base = null;
    try {
      base = WeightFolder.open(folder);
      return adapter.over(base);
    } catch (RuntimeException e) {
      adapter.close();
      if (base != null) {
        base.close();
      }
      throw e;
    }
  }

  private static Decoder build(
      ModelConfig config,
      WeightSource weights,
      Backend backend,
      LoraConfig lora,
      boolean trainable) {
    var trained = LoraAdapters.trainedBaseWeights(lora, config);
    return Decoder.over(
        config,
        new ParameterStore(backend, weights, name -> trainable && trained.test(name), DType.F32));
  }
}
