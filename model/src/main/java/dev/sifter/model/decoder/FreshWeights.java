package dev.sifter.model.decoder;

import dev.sifter.engine.random.Philox;
import dev.sifter.engine.random.RandomStream;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Storage;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.model.config.ModelConfig;
import dev.sifter.model.weights.WeightSource;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Weights of a model that nobody has trained, as transformers begins: normal numbers of standard
 * deviation {@code initializer_range} for matrices, ones for norms, zeros for biases.
 */
public final class FreshWeights implements WeightSource {
  /** Random streams of the initialisation; far from those of training and of adapters. */
  private static final long FIRST_STREAM = 3L << 61;

  private final ModelConfig config;
  private final long seed;
  private final Map<String, Shape> shapes = new LinkedHashMap<>();
  private final List<String> order;

  /** The weights that a configuration implies, drawn when they are asked for. */
  public FreshWeights(ModelConfig config, long seed) {
    this.config = config;
    this.seed = seed;
    long hidden = config.hiddenSize();
    add("model.embed_tokens.weight", config.vocabSize(), hidden);
    for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
      addBlock("model.layers.%d.".formatted(layer), hidden);
    }
    add("model.norm.weight", hidden);
    if (!config.tieWordEmbeddings()) {
      add("lm_head.weight", config.vocabSize(), hidden);
    }
    this.order = new ArrayList<>(shapes.keySet());
  }

  private void addBlock(String path, long hidden) {
    add(path + "input_layernorm.weight", hidden);
    addLinear(path + "self_attn.q_proj", config.queryWidth(), hidden, config.queryKeyValueBias());
    addLinear(path + "self_attn.k_proj", config.kvWidth(), hidden, config.queryKeyValueBias());
    addLinear(path + "self_attn.v_proj", config.kvWidth(), hidden, config.queryKeyValueBias());
    addLinear(path + "self_attn.o_proj", hidden, config.queryWidth(), config.outputBias());
    if (config.queryKeyNorm()) {
      add(path + "self_attn.q_norm.weight", config.headDim());
      add(path + "self_attn.k_norm.weight", config.headDim());
    }
    add(path + "post_attention_layernorm.weight", hidden);
    addLinear(path + "mlp.gate_proj", config.intermediateSize(), hidden, config.mlpBias());
    addLinear(path + "mlp.up_proj", config.intermediateSize(), hidden, config.mlpBias());
    addLinear(path + "mlp.down_proj", hidden, config.intermediateSize(), config.mlpBias());
  }

  private void addLinear(String path, long out, long in, boolean bias) {
    add(path + ".weight", out, in);
    if (bias) {
      add(path + ".bias", out);
    }
  }

  private void add(String name, long... dims) {
    shapes.put(name, Shape.of(dims));
  }

  @Override
  public Set<String> names() {
    return shapes.keySet();
  }

  @Override
  public Tensor tensor(String name) {
    Shape shape = shapes.get(name);
    float[] values = new float[Math.toIntExact(shape.elements())];
    if (shape.rank() == 2) {
      RandomStream stream = new RandomStream(seed, FIRST_STREAM + order.indexOf(name));
      Philox.normal(stream, config.initializerRange(), values);
    } else if (name.endsWith("norm.weight")) {
      Arrays.fill(values, 1);
    }
    return new Tensor(DType.F32, shape, new Storage.Host(MemorySegment.ofArray(values)), 0);
  }

  @Override
  public String origin() {
    return "fresh weights of seed " + seed;
  }

  @Override
  public void close() {
    // The numbers lie on the Java heap until the parameters have been filled.
  }
}
