package dev.sifter.model.decoder;

import dev.sifter.engine.random.Philox;
import dev.sifter.engine.random.RandomStream;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Storage;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.model.config.ModelConfig;
import dev.sifter.model.config.WeightNames.Module;
import dev.sifter.model.weights.WeightSource;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Weights of a model that nobody has trained, as transformers begins: normal numbers of standard
 * deviation {@code initializer_range} for matrices, ones (for Gemma's zeros) for norms, zeros for
 * biases and for the embedding of padding. What GPT-2's blocks add to the residual stream begins
 * smaller, by the square root of how many such projections there are (Radford et al., 2019, 2.3);
 * of nanochat's that is so in attention only.
 */
public final class FreshWeights implements WeightSource {
  /** Random streams of the initialisation; far from those of training and of adapters. */
  private static final long FIRST_STREAM = 3L << 61;

  private final ModelConfig config;
  private final long seed;
  private final Map<String, Shape> shapes;
  private final List<String> order;

  /** Standard deviations of the projections whose output is added to the residual stream. */
  private final Map<String, Double> residualRanges = new HashMap<>();

  /** The weights that a configuration implies, drawn when they are asked for. */
  public FreshWeights(ModelConfig config, long seed) {
    this.config = config;
    this.seed = seed;
    this.shapes = WeightShapes.of(config);
    this.order = new ArrayList<>(shapes.keySet());
    for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
      for (Module output : List.of(Module.ATTENTION_OUTPUT, Module.CONVOLUTION_OUTPUT)) {
        String path = config.names().path(layer, output);
        residualRanges.put(path + ".weight", config.start().attentionOutputRange());
      }
      String down = config.names().path(layer, Module.DOWN);
      residualRanges.put(down + ".weight", config.start().downRange());
    }
  }

  @Override
  public Set<String> names() {
    return shapes.keySet();
  }

  @Override
  public Tensor tensor(String name) {
    Shape shape = shapes.get(name);
    ModelConfig.Start start = config.start();
    float[] values = new float[Math.toIntExact(shape.elements())];
    if (shape.rank() > 1) {
      RandomStream stream = new RandomStream(seed, FIRST_STREAM + order.indexOf(name));
      Philox.normal(stream, residualRanges.getOrDefault(name, start.range()), values);
      if (name.equals(config.embeddingWeightName())) {
        clearPadding(values, Math.toIntExact(shape.dim(1)));
      }
    } else if (name.endsWith(".weight")) {
      // A vector that is no bias is a norm's.
      Arrays.fill(values, (float) start.norm());
    }
    return new Tensor(DType.F32, shape, new Storage.Host(MemorySegment.ofArray(values)), 0);
  }

  private void clearPadding(float[] table, int width) {
    int padding = config.embeddings().paddingId();
    if (padding >= 0 && padding < config.vocabSize()) {
      Arrays.fill(table, padding * width, (padding + 1) * width, 0);
    }
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
