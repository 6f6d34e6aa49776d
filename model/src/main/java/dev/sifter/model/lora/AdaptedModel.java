package dev.sifter.model.lora;

import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.model.config.ModelConfig;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.ParameterStore;
import dev.sifter.model.decoder.StoredModel;
import dev.sifter.model.weights.OverlaidWeights;
import dev.sifter.model.weights.Quantization;
import dev.sifter.model.weights.WeightSource;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Function;

/** Loads models with adapters on them. */
public final class AdaptedModel {
  private AdaptedModel() {}

  /** A frozen model with fresh adapters to train. */
  public static Decoder fresh(Path folder, Backend backend, LoraConfig lora, long seed) {
    return fresh(folder, backend, lora, null, seed);
  }

  /**
   * A frozen model with fresh adapters to train.
   *
   * @param quantization how the model's linear layers are kept; null as they are
   */
  public static Decoder fresh(
      Path folder, Backend backend, LoraConfig lora, Quantization quantization, long seed) {
    StoredModel base = StoredModel.open(folder);
    boolean unties = selection(lora, base.config(), base.weights()).unties();
    WeightSource weights = unties ? untied(base) : base.weights();
    return attach(
        build(base.config(), weights, backend, lora, quantization, true),
        model -> new LoraAdapters(model, lora, "", true).fresh(seed));
  }

  /**
   * A model with the adapters of a folder.
   *
   * @param trainable whether they are trained further
   */
  public static Decoder load(Path folder, Path adapter, Backend backend, boolean trainable) {
    return load(folder, adapter, backend, null, trainable);
  }

  /**
   * A model with the adapters of a folder.
   *
   * @param quantization how the model's linear layers are kept; null as they are
   * @param trainable whether the adapters are trained further
   */
  public static Decoder load(
      Path folder, Path adapter, Backend backend, Quantization quantization, boolean trainable) {
    StoredModel base = StoredModel.open(folder);
    AdapterFolder file = open(adapter, base);
    return attach(
        build(base.config(), overlaid(file, base), backend, file.config(), quantization, trainable),
        model -> new LoraAdapters(model, file.config(), "", trainable).load(file));
  }

  /**
   * Puts fresh adapters on a model that is loaded already, and that neither they nor their training
   * change.
   */
  public static AttachedAdapter attachFresh(Decoder model, LoraConfig lora, long seed) {
    return new LoraAdapters(model, lora, "", true).fresh(seed);
  }

  private static Decoder attach(Decoder model, Function<Decoder, AttachedAdapter> attaching) {
    try {
      attaching.apply(model);
      return model;
    } catch (RuntimeException e) {
      model.close();
      throw e;
    }
  }

  /** Weights whose head is a matrix of its own, equal to the embedding's. */
  private static WeightSource untied(StoredModel base) {
    WeightSource weights = base.weights();
    try {
      Tensor table = weights.tensor(weights.keyOf(base.config().embeddingWeightName()));
      Map<String, Tensor> head = Map.of(base.config().headWeightName(), table);
      return new OverlaidWeights(weights, head, "a head", () -> {});
    } catch (RuntimeException e) {
      base.close();
      throw e;
    }
  }

  private static AdapterFolder open(Path adapter, StoredModel base) {
    try {
      return AdapterFolder.open(adapter);
    } catch (RuntimeException e) {
      base.close();
      throw e;
    }
  }

  private static WeightSource overlaid(AdapterFolder adapter, StoredModel base) {
    try {
      return adapter.over(base.weights(), base.config());
    } catch (RuntimeException e) {
      adapter.close();
      base.close();
      throw e;
    }
  }

  private static Decoder build(
      ModelConfig config,
      WeightSource weights,
      Backend backend,
      LoraConfig lora,
      Quantization quantization,
      boolean trainable) {
    LoraSelection selection = selection(lora, config, weights);
    boolean changesBase = lora.initLoraWeights().kind().changesBase();
    ParameterStore store =
        new ParameterStore(
                backend,
                weights,
                name -> trainable && selection.trainsBaseWeight(name),
                name ->
                    (selection.trainsRows() && name.equals(config.embeddingWeightName()))
                        || (changesBase
                            && selection.isAdapted(name.replaceFirst("\\.weight$", ""))),
                DType.F32)
            .quantizing(quantization)
            .withRoomFor(
                path -> !lora.useDora() && selection.isAdapted(path) ? lora.rank(path) : 0);
    return Decoder.over(selection.unties() ? config.untied() : config, store);
  }

  /** What is adapted of a model whose weights are open; they are closed if that is refused. */
  private static LoraSelection selection(
      LoraConfig lora, ModelConfig config, WeightSource weights) {
    try {
      return new LoraSelection(lora, config);
    } catch (RuntimeException e) {
      weights.close();
      throw e;
    }
  }
}
