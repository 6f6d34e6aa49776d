package dev.sifter.model.decoder;

import dev.sifter.engine.autograd.Parameter;
import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.ops.Embedding;
import dev.sifter.engine.ops.LinearCrossEntropy;
import dev.sifter.engine.ops.RmsNorm;
import dev.sifter.engine.ops.Rope;
import dev.sifter.engine.ops.UniformNoise;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.model.config.ModelConfig;
import java.util.ArrayList;
import java.util.List;

/**
 * A decoder-only transformer: token embeddings, blocks, a final norm, an output head. Which blocks
 * is a matter of the {@link ModelConfig}.
 */
public final class Decoder implements AutoCloseable {
  private final ModelConfig config;
  private final ParameterStore store;
  private final Parameter embedding;
  private final List<DecoderBlock> blocks = new ArrayList<>();
  private final Parameter finalNorm;
  private final Parameter head;
  private final TensorArena tables;
  private Rope.Table rope;
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
    this.config = config;
    this.store = store;
    this.tables = store.backend().newArena("tables");
    this.embedding =
        store.get("model.embed_tokens.weight", config.vocabSize(), config.hiddenSize());
    for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
      blocks.add(new DecoderBlock(config, store, layer));
    }
    this.finalNorm = store.get("model.norm.weight", config.hiddenSize());
    this.head =
        config.tieWordEmbeddings()
            ? embedding
            : store.get("lm_head.weight", config.vocabSize(), config.hiddenSize());
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

  /** All linear layers of the blocks, in order: what {@code all-linear} adapts. */
  public List<LinearLayer> linearLayers() {
    return blocks.stream().flatMap(block -> block.linearLayers().stream()).toList();
  }

  /** The output head [vocabSize, hiddenSize]; the embedding table itself where they are tied. */
  public Parameter headWeight() {
    return head;
  }

  /** How logits come from the head's product. */
  public LinearCrossEntropy.Head head() {
    return LinearCrossEntropy.Head.PLAIN;
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
    return store.all().stream().mapToLong(parameter -> parameter.value().elements()).sum();
  }

  /**
   * Number of weights that a token's matrix products touch: all but the embedding table, which only
   * looks rows up (transformers' {@code floating_point_ops} counts these).
   */
  public long nonEmbeddingParameterCount() {
    return parameterCount() - embedding.value().elements();
  }

  /**
   * The last hidden states after the final norm [T, hiddenSize]: what the head multiplies.
   *
   * @param cache keys and values of earlier tokens, if the batch came from {@link KvCache#append};
   *     else null
   */
  public Variable hidden(Tape tape, TokenBatch batch, KvCache cache) {
    Tensor positions = tape.upload(batch.positions());
    int longest = cache == null ? longest(batch) : cache.capacity();
    ForwardContext context =
        new ForwardContext(batch.segments(), positions, ropeFor(longest), cache);
    Variable h = embed(tape, batch);
    for (DecoderBlock block : blocks) {
      try (Variable input = h) {
        h =
            gradientCheckpointing
                ? tape.checkpoint(input, (t, x) -> block.forward(t, x, context))
                : block.forward(tape, input, context);
      }
    }
    try (Variable last = h) {
      return RmsNorm.apply(tape, last, finalNorm, (float) config.normEps(), 0);
    }
  }

  private Variable embed(Tape tape, TokenBatch batch) {
    int padding = config.tokenIds().pad();
    Variable rows = Embedding.apply(tape, embedding, batch.ids(), padding, 1, store.computeType());
    Variable noisy = UniformNoise.apply(tape, rows, embeddingNoise);
    if (noisy != rows) {
      rows.close();
    }
    return noisy;
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
    LogitReader.read(tape, hidden, headWeight(), head(), rows, target);
  }

  private static int longest(TokenBatch batch) {
    int longest = 0;
    for (int position : batch.positions()) {
      longest = Math.max(longest, position + 1);
    }
    return longest;
  }

  private Rope.Table ropeFor(int positions) {
    if (positions > config.maxPositionEmbeddings()) {
      throw new IllegalArgumentException(
          "a sequence of %d tokens; the model was made for at most %d: lower max_length"
              .formatted(positions, config.maxPositionEmbeddings()));
    }
    if (rope == null || rope.cos().rows() < positions) {
      tables.clear();
      int rounded = Math.max(Integer.highestOneBit(Math.max(positions - 1, 1)) * 2, 128);
      rope = RopeTables.build(config.rope(), rounded, store.computeType(), backend(), tables);
    }
    return rope;
  }

  @Override
  public void close() {
    tables.close();
    store.close();
  }
}
