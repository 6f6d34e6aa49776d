package dev.sifter.model.decoder;

import dev.sifter.engine.tensor.Shape;
import dev.sifter.model.config.ModelConfig;
import dev.sifter.model.config.WeightNames.Module;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** The weights that a configuration implies: their names in checkpoints, and their shapes. */
public final class WeightShapes {
  private final ModelConfig config;
  private final Map<String, Shape> shapes = new LinkedHashMap<>();

  private WeightShapes(ModelConfig config) {
    this.config = config;
    long hidden = config.hiddenSize();
    long embedding = config.embeddings().size();
    String table = config.names().path(Module.EMBEDDING) + ".weight";
    add(table, config.vocabSize(), embedding);
    if (config.embeddings().hasPositions()) {
      long rows = config.maxPositionEmbeddings() + config.embeddings().positionOffset();
      add(config.names().path(Module.POSITION_EMBEDDING) + ".weight", rows, hidden);
    }
    if (embedding != hidden) {
      add(config.names().path(Module.EMBEDDING_PROJECTION) + ".weight", hidden, embedding);
    }
    if (config.names().has(Module.EMBEDDING_NORM)) {
      addNorm(config.names().path(Module.EMBEDDING_NORM), hidden);
    }
    for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
      addBlock(layer, hidden);
    }
    if (config.names().has(Module.FINAL_NORM)) {
      addNorm(config.names().path(Module.FINAL_NORM), hidden);
    }
    if (embedding != hidden) {
      add(config.names().path(Module.OUTPUT_PROJECTION) + ".weight", embedding, hidden);
    }
    if (!config.tieWordEmbeddings()) {
      add(config.headWeightName(), config.vocabSize(), embedding);
    }
    if (config.head().bias()) {
      add(config.headBiasName(), config.vocabSize());
    }
  }

  /** Names and shapes, in the order of checkpoints. */
  public static Map<String, Shape> of(ModelConfig config) {
    return Collections.unmodifiableMap(new WeightShapes(config).shapes);
  }

  private void addBlock(int layer, long hidden) {
    ModelConfig.Attention attention = config.attention();
    long inner = config.mlp().size();
    long q = attention.queryWidth();
    long kv = attention.kvWidth();
    addBlockNorm(layer, Module.ATTENTION_NORM, hidden);
    addLinear(layer, Module.QUERY, q, hidden, attention.queryKeyValueBias());
    addLinear(layer, Module.KEY, kv, hidden, attention.queryKeyValueBias());
    addLinear(layer, Module.VALUE, kv, hidden, attention.queryKeyValueBias());
    addLinear(layer, Module.QUERY_KEY_VALUE, q + 2 * kv, hidden, attention.queryKeyValueBias());
    addLinear(layer, Module.ATTENTION_OUTPUT, hidden, q, attention.outputBias());
    addBlockNorm(layer, Module.QUERY_NORM, config.normWidth(Module.QUERY_NORM));
    addBlockNorm(layer, Module.KEY_NORM, config.normWidth(Module.KEY_NORM));
    addLinear(layer, Module.CONVOLUTION_INPUT, 3 * hidden, hidden, false);
    if (config.has(layer, Module.CONVOLUTION)) {
      add(path(layer, Module.CONVOLUTION) + ".weight", hidden, 1, config.convolution().taps());
    }
    addLinear(layer, Module.CONVOLUTION_OUTPUT, hidden, hidden, false);
    addBlockNorm(layer, Module.ATTENTION_POST_NORM, hidden);
    addBlockNorm(layer, Module.MLP_NORM, hidden);
    addLinear(layer, Module.GATE, inner, hidden, config.mlp().bias());
    addLinear(layer, Module.UP, inner, hidden, config.mlp().bias());
    addLinear(layer, Module.GATE_UP, 2 * inner, hidden, config.mlp().bias());
    addLinear(layer, Module.DOWN, hidden, inner, config.mlp().bias());
    addBlockNorm(layer, Module.MLP_POST_NORM, hidden);
  }

  private void addBlockNorm(int layer, Module module, long width) {
    if (config.has(layer, module)) {
      addNorm(path(layer, module), width);
    }
  }

  private void addNorm(String path, long width) {
    if (config.norm().weight()) {
      add(path + ".weight", width);
    }
    if (config.norm().layer() && config.norm().bias()) {
      add(path + ".bias", width);
    }
  }

  private void addLinear(int layer, Module module, long out, long in, boolean bias) {
    if (config.has(layer, module)) {
      boolean outputsFirst = !config.fanInFanOut();
      add(path(layer, module) + ".weight", outputsFirst ? out : in, outputsFirst ? in : out);
      if (bias) {
        add(path(layer, module) + ".bias", out);
      }
    }
  }

  private String path(int layer, Module module) {
    return config.names().path(layer, module);
  }

  private void add(String name, long... dims) {
    shapes.put(name, Shape.of(dims));
  }
}
