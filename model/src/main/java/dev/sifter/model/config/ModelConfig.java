package dev.sifter.model.config;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.engine.backend.ActivationKind;
import java.util.List;
import java.util.Objects;

/**
 * What a decoder is made of, whatever its family: read from {@code config.json} by {@link
 * ModelConfigReader}.
 *
 * @param modelType the family's name in config.json
 * @param vocabSize rows of the embedding table
 * @param hiddenSize elements of a token's residual stream
 * @param maxPositionEmbeddings longest context
 * @param embeddings how a token becomes a vector
 * @param attention of every block that attends
 * @param convolution of every block that convolves
 * @param mlp of every block
 * @param norm all norms but those of queries and keys
 * @param residual how a block's branches are added
 * @param fanInFanOut whether the matrices of the blocks are [in, out] in checkpoints
 * @param head how the last hidden state becomes logits
 * @param layers one entry a block
 * @param names what the weights are called
 * @param loraTargets suffixes of the modules that LoRA adapts by default
 * @param start what weights are before training
 * @param tokenIds begin, end and padding of sequences
 * @param json the whole config.json, kept so that saving loses nothing
 */
public record ModelConfig(
    String modelType,
    int vocabSize,
    int hiddenSize,
    int maxPositionEmbeddings,
    Embeddings embeddings,
    Attention attention,
    Convolution convolution,
    Mlp mlp,
    Norm norm,
    Residual residual,
    boolean fanInFanOut,
    Head head,
    List<Layer> layers,
    WeightNames names,
    List<String> loraTargets,
    Start start,
    TokenIds tokenIds,
    ObjectNode json) {

  /**
   * Token embeddings and learned positions.
   *
   * @param size elements of an embedding; a projection follows where it is not the hidden size
   * @param scale factor of an embedding, rounded to the table's type
   * @param noiseScale factor of noise that training adds to an embedding: transformers adds it to
   *     what the table gives, and the scale is Gemma's table's, but Granite's model's
   * @param paddingId the row that begins at 0 and gets no gradient from being looked up; −1 for
   *     none
   * @param positionOffset row of the first position in the table of learned positions; −1 where
   *     there is no such table
   * @param dropout of the sum, in training
   */
  public record Embeddings(
      int size,
      double scale,
      double noiseScale,
      int paddingId,
      int positionOffset,
      double dropout) {
    /** Whether positions are learned, one row each. */
    public boolean hasPositions() {
      return positionOffset >= 0;
    }
  }

  /**
   * Self-attention.
   *
   * @param heads query heads
   * @param kvHeads key and value heads
   * @param headDim elements of a head
   * @param scale factor of a score
   * @param scaledByDepth whether scores are also divided by the layer's number, from 1
   * @param softcap scores become c·tanh(score/c); 0 for none
   * @param queryKeyValueBias whether q, k and v projections have biases
   * @param outputBias whether the output projection has a bias
   * @param queryKeyNorm over what queries and keys are normalised
   * @param normsRotated whether they are normalised after their rotation, not before
   * @param fused how a fused projection holds q, k, v
   * @param clip the largest magnitude of an element of q, k or v, before their rotation; 0 for none
   * @param dropout of the probabilities, in training
   */
  public record Attention(
      int heads,
      int kvHeads,
      int headDim,
      double scale,
      boolean scaledByDepth,
      double softcap,
      boolean queryKeyValueBias,
      boolean outputBias,
      QueryKeyNorm queryKeyNorm,
      boolean normsRotated,
      FusedLayout fused,
      double clip,
      double dropout) {
    /** Factor of a score in one layer. */
    public double scale(int layer) {
      return scaledByDepth ? scale / (layer + 1) : scale;
    }

    /** Elements of all query heads. */
    public int queryWidth() {
      return heads * headDim;
    }

    /** Elements of all key heads. */
    public int kvWidth() {
      return kvHeads * headDim;
    }
  }

  /** What a norm of queries and keys covers. */
  public enum QueryKeyNorm {
    /** There is none. */
    NONE,
    /** Each head. */
    HEAD,
    /** All heads of a token together. */
    WIDTH
  }

  /** The order of what a fused projection gives. */
  public enum FusedLayout {
    /** All queries, all keys, all values (Phi-3, GPT-2). */
    BY_KIND,
    /** The key and value of one head, behind the queries that share them (GPT-NeoX, Falcon). */
    BY_HEAD,
    /** The queries, values and keys of a quarter of the heads (CodeGen). */
    BY_QUARTER
  }

  /**
   * Short convolutions between two gates.
   *
   * @param taps tokens that a filter reaches over, its own included; 0 where no block convolves
   */
  public record Convolution(int taps) {}

  /**
   * The feed-forward part of a block; gated where the family names a gate.
   *
   * @param size elements of the inner layer
   * @param activation its non-linearity
   * @param bias whether its projections have biases
   */
  public record Mlp(int size, ActivationKind activation, boolean bias) {}

  /**
   * Normalisation.
   *
   * @param layer LayerNorm; else RMSNorm
   * @param weight whether norms have weights; those of OLMo 1 and nanochat scale by 1
   * @param bias whether LayerNorms have biases
   * @param epsilon ε
   * @param weightOffset what is added to stored weights: 1 for Gemma and Nemotron
   * @param first whether a branch's norm comes before it, not after its residual sum
   */
  public record Norm(
      boolean layer,
      boolean weight,
      boolean bias,
      double epsilon,
      double weightOffset,
      boolean first) {}

  /**
   * Residual sums.
   *
   * @param parallel whether attention and MLP read the same input, through norms of their own, or
   *     both through the attention's where the MLP has none
   * @param scale factor of a branch
   * @param dropout of a branch's output, in training
   */
  public record Residual(boolean parallel, double scale, double dropout) {}

  /**
   * The output head.
   *
   * @param tied whether it is the embedding table
   * @param bias whether it has a bias
   * @param scale factor of the logits
   * @param softcap logits become c·tanh(logits/c); 0 for none
   */
  public record Head(boolean tied, boolean bias, double scale, double softcap) {}

  /** What lets the tokens of a block know of each other. */
  public enum Mixer {
    /** Self-attention. */
    ATTENTION,
    /** A short convolution along the tokens. */
    CONVOLUTION
  }

  /**
   * What differs from block to block.
   *
   * @param mixer what it begins with
   * @param slidingWindow keys that a query sees, itself included; 0 for all
   * @param rope angles of its rotary positions; null for none
   */
  public record Layer(Mixer mixer, int slidingWindow, RopeConfig rope) {}

  /**
   * Weights that nobody has trained.
   *
   * @param range standard deviation of a matrix's elements
   * @param attentionOutputRange the same of the attention's output projection
   * @param downRange the same of the MLP's last projection
   * @param norm every stored weight of a norm
   */
  public record Start(double range, double attentionOutputRange, double downRange, double norm) {}

  /**
   * Ids of special tokens; −1 where config.json names none.
   *
   * @param eos all ids that end a sequence
   */
  public record TokenIds(int bos, List<Integer> eos, int pad) {}

  /** The same model with a head of its own instead of the embedding table. */
  public ModelConfig untied() {
    return ModelConfigReader.readUntied(json);
  }

  /** Whether a block has a module. */
  public boolean has(int layer, WeightNames.Module module) {
    return names.has(module)
        && (module.mixer() == null || module.mixer() == layers.get(layer).mixer);
  }

  /** What checkpoints call the table of token embeddings. */
  public String embeddingWeightName() {
    return names.path(WeightNames.Module.EMBEDDING) + ".weight";
  }

  /** What checkpoints call the output head, where it is not the embedding table. */
  public String headWeightName() {
    return names.path(WeightNames.Module.HEAD) + ".weight";
  }

  /** What checkpoints call the head's bias, where it has one. */
  public String headBiasName() {
    return names.path(WeightNames.Module.HEAD) + ".bias";
  }

  /** Elements that a norm covers at once. */
  public int normWidth(WeightNames.Module norm) {
    boolean byHead = attention.queryKeyNorm == QueryKeyNorm.HEAD;
    return switch (norm) {
      case QUERY_NORM -> byHead ? attention.headDim : attention.queryWidth();
      case KEY_NORM -> byHead ? attention.headDim : attention.kvWidth();
      default -> hiddenSize;
    };
  }

  /** Number of blocks. */
  public int numHiddenLayers() {
    return layers.size();
  }

  /**
   * Tokens of the longest sequence that the model can be given: its context, or what dynamic
   * scaling stretches that to.
   */
  public int longestSequence() {
    double stretch = 1;
    for (Layer layer : layers) {
      if (layer.rope != null
          && layer.rope.scaling() instanceof RopeConfig.Scaling.Dynamic scaling) {
        stretch = Math.max(stretch, scaling.factor());
      }
    }
    return (int) Math.min(Integer.MAX_VALUE, maxPositionEmbeddings * stretch);
  }

  /**
   * Tells apart the lengths that give a position different angles in any layer: since no layer's
   * {@link RopeConfig#regime} falls with the length, their sums are equal only where all are.
   *
   * @param longest tokens of the longest sequence of a pass
   */
  public long angleRegime(int longest) {
    return layers.stream()
        .map(Layer::rope)
        .filter(Objects::nonNull)
        .mapToLong(rope -> rope.regime(longest))
        .sum();
  }

  /** Whether the keys of a sequence's first tokens still hold when it has grown. */
  public boolean keepsKeys(int cached, int longest) {
    return layers.stream()
        .map(Layer::rope)
        .filter(Objects::nonNull)
        .allMatch(rope -> rope.keepsKeys(cached, longest));
  }

  /** Whether the output head is the embedding table. */
  public boolean tieWordEmbeddings() {
    return head.tied;
  }
}
