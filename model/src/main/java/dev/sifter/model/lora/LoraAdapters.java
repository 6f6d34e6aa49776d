package dev.sifter.model.lora;

import dev.sifter.engine.autograd.Parameter;
import dev.sifter.engine.backend.LowRankChange;
import dev.sifter.engine.ops.LinearWeight;
import dev.sifter.engine.ops.LoraAdapter;
import dev.sifter.engine.ops.RowNorms;
import dev.sifter.engine.ops.TokenRows;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.model.ModelException;
import dev.sifter.model.decoder.Adaptable;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.EmbeddingLayer;
import dev.sifter.model.decoder.HeadLayer;
import dev.sifter.model.decoder.LinearLayer;
import dev.sifter.model.decoder.ParameterStore;
import dev.sifter.model.weights.WeightSource;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Attaches low-rank adapters (Hu et al. 2021) to a model's modules. */
final class LoraAdapters {
  private final Decoder model;
  private final LoraConfig config;
  private final ParameterStore store;
  private final String suffix;
  private final boolean trainable;

  /**
   * Attaches one adapter.
   *
   * @param name what its parameters' names end with, so that several can be told apart; may be
   *     empty
   * @param trainable whether it is trained
   */
  LoraAdapters(Decoder model, LoraConfig config, String name, boolean trainable) {
    this.model = model;
    this.config = config;
    this.store = model.parameters();
    this.suffix = name.isEmpty() ? "" : "@" + name;
    this.trainable = trainable;
  }

  /**
   * A fresh adapter, enabled.
   *
   * @param seed of its random numbers
   * @throws ModelException if no module matches, or one cannot be adapted in the way asked for
   */
  AttachedAdapter fresh(long seed) {
    SelectionChecks.check(config, model);
    AttachedAdapter attached = new AttachedAdapter(model);
    FreshAdapter values = new FreshAdapter(store, config, seed);
    List<Adaptable> modules = new LoraSelection(config, model.config()).adapted(model);
    for (int i = 0; i < modules.size(); i++) {
      Adaptable module = modules.get(i);
      FreshAdapter.Pair pair = values.draw(module, i);
      Tensor bias = null;
      if (hasBias(module)) {
        bias = store.allocate(store.computeType(), Shape.of(module.outputs()));
        store.backend().pointwise().fill(bias, 0);
      }
      attached.add(module, part(module, pair.a(), pair.b(), bias, null));
    }
    for (List<Integer> tokens : config.trainableTokenIndices().values()) {
      attached.trainedRows(rows(tokens, copyOfRows(tokens)));
    }
    attached.enable();
    return attached;
  }

  /**
   * The adapter of a file, enabled.
   *
   * @throws ModelException if the file lacks a part that the configuration implies or holds one
   *     that it does not, a shape differs, or a value is NaN or infinite
   */
  AttachedAdapter load(WeightSource file) {
    AttachedAdapter attached = new AttachedAdapter(model);
    Set<String> unused = new TreeSet<>(file.names());
    List<Adaptable> modules = adapted(file);
    FreshAdapter.removeFromBase(store, config, model);
    for (Adaptable module : modules) {
      long rank = config.rank(module.name());
      Shape shapeA = Shape.of(rank, module.inputs());
      Shape perOutput = Shape.of(module.outputs());
      Tensor a =
          module instanceof EmbeddingLayer
              ? AdapterTensors.loadTransposed(
                  store, file, AdapterKeys.a(module), Shape.of(module.inputs(), rank))
              : AdapterTensors.load(store, file, AdapterKeys.a(module), shapeA);
      Tensor b =
          AdapterTensors.load(store, file, AdapterKeys.b(module), Shape.of(module.outputs(), rank));
      Tensor bias =
          hasBias(module)
              ? AdapterTensors.load(store, file, AdapterKeys.biasOfB(module), perOutput)
              : null;
      Tensor magnitude =
          config.useDora()
              ? AdapterTensors.load(store, file, AdapterKeys.magnitude(module), perOutput)
              : null;
      attached.add(module, part(module, a, b, bias, magnitude));
      unused.removeAll(
          List.of(
              AdapterKeys.a(module),
              AdapterKeys.b(module),
              AdapterKeys.biasOfB(module),
              AdapterKeys.magnitude(module)));
    }
    for (List<Integer> tokens : config.trainableTokenIndices().values()) {
      EmbeddingLayer embedding = model.embeddingLayer();
      String key = AdapterKeys.trainedRows(embedding);
      Shape shape = Shape.of(tokens.size(), embedding.outputs());
      attached.trainedRows(rows(tokens, AdapterTensors.load(store, file, key, shape)));
      unused.remove(key);
    }
    requireNothingLeft(file, unused);
    attached.enable();
    return attached;
  }

  private List<Adaptable> adapted(WeightSource file) {
    try {
      return new LoraSelection(config, model.config()).adapted(model);
    } catch (ModelException e) {
      throw new ModelException(file.origin() + ": " + e.getMessage(), e);
    }
  }

  private static void requireNothingLeft(WeightSource file, Set<String> unused) {
    unused.removeIf(key -> !AdapterKeys.isAdapterPart(key));
    if (!unused.isEmpty()) {
      throw new ModelException(
          "%s holds %d adapters for which adapter_config.json names no layer, '%s' among them"
              .formatted(file.origin(), unused.size(), unused.iterator().next()));
    }
  }

  private boolean hasBias(Adaptable module) {
    if (config.loraBias() && !(module instanceof LinearLayer)) {
      throw new ModelException(
          "lora_bias cannot be had on '%s'; leave it out of target_modules"
              .formatted(module.name()));
    }
    return config.loraBias();
  }

  private LoraAdapter part(
      Adaptable module, Tensor a, Tensor b, Tensor bias, Tensor loadedMagnitude) {
    return new LoraAdapter(
        add(AdapterKeys.a(module), a),
        add(AdapterKeys.b(module), b),
        bias == null ? null : add(AdapterKeys.biasOfB(module), bias),
        config.scale(module.name()),
        (float) config.loraDropout(),
        config.useDora() ? dora(module, a, b, loadedMagnitude) : null);
  }

  private LoraAdapter.Dora dora(Adaptable module, Tensor a, Tensor b, Tensor loadedMagnitude) {
    requireFixedRows(module);
    LinearWeight weight = module.linearWeight();
    Tensor squares = store.allocate(store.computeType(), Shape.of(weight.outputs()));
    RowNorms.square(store, weight, squares);
    Tensor magnitude = loadedMagnitude;
    if (magnitude == null) {
      magnitude = store.allocate(store.computeType(), squares.shape());
      LowRankChange change = module.change(a, b, config.scale(module.name()));
      RowNorms.invert(store, weight, change, squares, magnitude);
      RowNorms.fromInverse(store, magnitude);
    }
    return new LoraAdapter.Dora(add(AdapterKeys.magnitude(module), magnitude), squares);
  }

  /** The lengths of a head's rows are taken once, and a tied table's rows would change them. */
  private void requireFixedRows(Adaptable module) {
    boolean sharesTable = module instanceof HeadLayer && model.config().tieWordEmbeddings();
    if (sharesTable && !config.trainableTokenIndices().isEmpty()) {
      throw new ModelException(
          ("use_dora on '%s', whose rows trainable_token_indices trains: leave it out of"
                  + " target_modules")
              .formatted(module.name()));
    }
  }

  private Parameter add(String key, Tensor value) {
    return store.add(key + suffix, value, trainable);
  }

  private TokenRows rows(List<Integer> tokens, Tensor values) {
    int[] ids = tokens.stream().mapToInt(Integer::intValue).toArray();
    for (int id : ids) {
      if (id < 0 || id >= model.embeddingLayer().inputs()) {
        throw new ModelException(
            "trainable_token_indices names token %d, but the model has %d tokens"
                .formatted(id, model.embeddingLayer().inputs()));
      }
    }
    Parameter rows = add(AdapterKeys.trainedRows(model.embeddingLayer()), values);
    return new TokenRows(rows, ids);
  }

  private Tensor copyOfRows(List<Integer> tokens) {
    Tensor table = model.embeddingLayer().table().value();
    Tensor copy =
        store.allocate(store.computeType(), Shape.of(tokens.size(), table.shape().width()));
    for (int i = 0; i < tokens.size(); i++) {
      int id = tokens.get(i);
      if (id >= 0 && id < table.rows()) {
        store.backend().pointwise().cast(table.rows(id, id + 1), copy.rows(i, i + 1));
      }
    }
    return copy;
  }
}
