package dev.sifter.model.decoder;

import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.backend.TokenLoss;
import dev.sifter.engine.ops.LinearCrossEntropy;
import dev.sifter.engine.ops.LoraLinear;
import dev.sifter.engine.ops.Rope;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.model.config.ModelConfig;
import dev.sifter.model.config.RopeConfig;
import dev.sifter.model.config.WeightNames.Module;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * A decoder-only transformer: token embeddings, blocks, a final norm, an output head. Which blocks
 * is a matter of the {@link ModelConfig}.
 */
public final class Decoder implements AutoCloseable {
  private final ModelConfig config;
  private final ParameterStore store;
  private final InputEmbedding embedding;
  private final List<DecoderBlock> blocks = new ArrayList<>();
  private final Norm finalNorm;
  private final LinearLayer outputProjection;
  private final HeadLayer head;
  private final RopeCache ropes;
  private boolean gradientCheckpointing;
  private float embeddingNoise;

  /**
   * A model over the weights of a store, which it closes with itself; if the model cannot be built,
   * the store is closed too.
   *
   * @throws dev.sifter.model.ModelException if weights are missing or contradict the configuration
   */
  public static Decoder over(ModelConfig config, ParameterStore store) {
    try {
      return new Decoder(config, store);
    } catch (RuntimeException e) {
      store.close();
      throw e;
    }
  }

  private Decoder(ModelConfig config, ParameterStore store) {
    ModelWeights weights = new ModelWeights(config, store);
    this.config = config;
    this.store = store;
    this.embedding = new InputEmbedding(config, weights, store.activationType());
    for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
      blocks.add(new DecoderBlock(config, weights, layer));
    }
    this.finalNorm = weights.norm(Module.FINAL_NORM);
    this.outputProjection = weights.linear(Module.OUTPUT_PROJECTION);
    this.head =
        new HeadLayer(
            config.head(),
            config.tieWordEmbeddings()
                ? embedding.tokens().table()
                : weights.weight(config.names().path(Module.HEAD)),
            weights.bias(config.names().path(Module.HEAD)));
    this.ropes = new RopeCache(store.backend(), store.computeType());
  }

  /** What the model is made of. */
  public ModelConfig config() {
    return config;
  }

  /** The weights. */
  public ParameterStore parameters() {
    return store;
  }

  /** Where the model runs. */
  public Backend backend() {
    return store.backend();
  }

  /** All linear layers but the output head, in order: what {@code all-linear} adapts. */
  public List<LinearLayer> linearLayers() {
    List<LinearLayer> layers = new ArrayList<>();
    Stream.of(embedding.projection(), outputProjection)
        .filter(Objects::nonNull)
        .forEach(layers::add);
    blocks.forEach(block -> layers.addAll(block.linearLayers()));
    return layers;
  }

  private List<LoraLinear.Layer> adaptedLayers() {
    return linearLayers().stream()
        .filter(layer -> layer.adapter() != null)
        .map(layer -> new LoraLinear.Layer(layer.weight(), layer.adapter()))
        .toList();
  }

  /** The table of token embeddings. */
  public EmbeddingLayer embeddingLayer() {
    return embedding.tokens();
  }

  /** The output head. */
  public HeadLayer headLayer() {
    return head;
  }

  /** Every module that can be adapted: the linear layers, then the embedding, then the head. */
  public List<Adaptable> adaptableModules() {
    List<Adaptable> modules = new ArrayList<>(linearLayers());
    modules.add(embedding.tokens());
    modules.add(head);
    return modules;
  }

  /** Whether each block's activations are computed again in the backward pass, not kept. */
  public void gradientCheckpointing(boolean on) {
    gradientCheckpointing = on;
  }

  /** Magnitude of the noise on the embeddings in training; 0 for none. */
  public void embeddingNoise(float magnitude) {
    embeddingNoise = magnitude;
  }

  /** Number of weights, tied ones once, adapters included. */
  public long parameterCount() {
    return store.elements();
  }

  /**
   * Number of weights that a token's matrix products touch: all but the tables that rows are only
   * looked up in (transformers' {@code floating_point_ops} counts these).
   */
  public long nonEmbeddingParameterCount() {
    return parameterCount() - embedding.tableElements();
  }

  /**
   * What the head multiplies: the last hidden states after the final norm [T, embedding size].
   *
   * @param cache keys and values of earlier tokens, if the batch came from {@link KvCache#append};
   *     else null
   * @throws IllegalArgumentException if the model has no embedding of a token, or a sequence is
   *     longer than it can be given
   */
  public Variable hidden(Tape tape, TokenBatch batch, KvCache cache) {
    requireEmbeddings(batch.ids());
    Tensor positions = tape.upload(batch.positions());
    Tensor cacheRows = cache == null ? null : tape.upload(cache.newRows());
    ForwardContext context =
        new ForwardContext(batch.segments(), positions, ropesFor(batch, cache), cache, cacheRows);
    embedding.tokens().update(backend());
    LoraLinear.begin(tape, adaptedLayers());
    Variable h = embedding.forward(tape, batch, embeddingNoise);
    for (DecoderBlock block : blocks) {
      try (Variable input = h) {
        h =
            gradientCheckpointing
                ? tape.checkpoint(input, (t, x) -> block.forward(t, x, context))
                : block.forward(tape, input, context);
      }
    }
    Variable normed = h;
    if (finalNorm != null) {
      normed = finalNorm.apply(tape, h);
      h.close();
    }
    if (outputProjection == null) {
      return normed;
    }
    try (Variable input = normed) {
      return outputProjection.forward(tape, input);
    }
  }

  /** {@link #loss(Tape, Variable, TokenLoss, int[], int[], float)} by likelihood. */
  public LinearCrossEntropy.Loss loss(
      Tape tape, Variable hidden, int[] rows, int[] targets, float gradientScale) {
    return loss(tape, hidden, TokenLoss.NLL, rows, targets, gradientScale);
  }

  /**
   * The loss of label-bearing rows; in training also the gradients of the head and of the hidden
   * states.
   *
   * @param form what a row costs
   * @param rows which rows of the hidden states bear a label
   * @param targets the token that each of them predicts
   * @param gradientScale 1/N, N the label-bearing rows of the whole optimizer step
   */
  public LinearCrossEntropy.Loss loss(
      Tape tape, Variable hidden, TokenLoss form, int[] rows, int[] targets, float gradientScale) {
    return head.loss(tape, hidden, form, rows, targets, gradientScale);
  }

  /**
   * Logits of some rows of the hidden states, on the host.
   *
   * @return [rows.length][vocabSize]
   */
  public float[][] logits(Tape tape, Variable hidden, int[] rows) {
    float[][] result = new float[rows.length][config.vocabSize()];
    logits(tape, hidden, rows, result);
    return result;
  }

  /**
   * As {@link #logits(Tape, Variable, int[])}, into memory that is there already.
   *
   * @param target at least as many rows as {@code rows}, each [vocabSize]
   */
  public void logits(Tape tape, Variable hidden, int[] rows, float[][] target) {
    head.logits(tape, hidden, rows, target);
  }

  private void requireEmbeddings(int[] ids) {
    for (int id : ids) {
      if (id < 0 || id >= config.vocabSize()) {
        throw new IllegalArgumentException(
            "a sequence has token %d, but the model has embeddings of %d tokens: the tokenizer is not its own, or sifter add-tokens must give the model its tokens"
                .formatted(id, config.vocabSize()));
      }
    }
  }

  private Map<RopeConfig, Rope.Table> ropesFor(TokenBatch batch, KvCache cache) {
    int longest = 0;
    for (int position : batch.positions()) {
      longest = Math.max(longest, position + 1);
    }
    int capacity = cache == null ? longest : cache.capacity();
    int most = config.longestSequence();
    if (Math.max(longest, capacity) > most) {
      throw new IllegalArgumentException(
          "a sequence of %d tokens; the model was made for at most %d: lower max_length"
              .formatted(Math.max(longest, capacity), most));
    }
    Map<RopeConfig, Rope.Table> tables = new HashMap<>();
    for (ModelConfig.Layer layer : config.layers()) {
      if (layer.rope() != null && !tables.containsKey(layer.rope())) {
        tables.put(layer.rope(), ropes.table(layer.rope(), longest, capacity));
      }
    }
    return tables;
  }

  @Override
  public void close() {
    try (store;
        ropes) {
      // Both are closed, whatever the other does.
    }
  }
}
