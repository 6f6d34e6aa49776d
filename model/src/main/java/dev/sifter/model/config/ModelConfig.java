package dev.sifter.model.config;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.engine.backend.ActivationKind;
import java.util.List;

/**
 * What a decoder is made of, whatever its family: read from {@code config.json} by {@link
 * ModelConfigReader}.
 *
 * @param modelType the family's name in config.json
 * @param vocabSize rows of the embedding table
 * @param hiddenSize elements of a token's residual stream
 * @param intermediateSize elements of the MLP's inner layer
 * @param numAttentionHeads query heads
 * @param numKeyValueHeads key and value heads
 * @param headDim elements of a head
 * @param activation the MLP's non-linearity
 * @param normEps ε of all norms
 * @param maxPositionEmbeddings longest context
 * @param tieWordEmbeddings whether the output head is the embedding table
 * @param queryKeyValueBias whether q, k and v projections have biases
 * @param outputBias whether the attention's output projection has a bias
 * @param mlpBias whether the MLP's projections have biases
 * @param queryKeyNorm whether q and k are RMS-normalised per head, before rotation
 * @param rope angles of the rotary positions
 * @param layers one entry a block
 * @param initializerRange standard deviation of fresh weights
 * @param tokenIds begin, end and padding of sequences
 * @param json the whole config.json, kept so that saving loses nothing
 */
public record ModelConfig(
    String modelType,
    int vocabSize,
    int hiddenSize,
    int intermediateSize,
    int numAttentionHeads,
    int numKeyValueHeads,
    int headDim,
    ActivationKind activation,
    double normEps,
    int maxPositionEmbeddings,
    boolean tieWordEmbeddings,
    boolean queryKeyValueBias,
    boolean outputBias,
    boolean mlpBias,
    boolean queryKeyNorm,
    RopeConfig rope,
    List<Layer> layers,
    double initializerRange,
    TokenIds tokenIds,
    ObjectNode json) {

  /**
   * What differs from block to block.
   *
   * @param slidingWindow keys that a query sees, itself included; 0 for all
   */
  public record Layer(int slidingWindow) {}

  /**
   * Ids of special tokens; −1 where config.json names none.
   *
   * @param eos all ids that end a sequence
   */
  public record TokenIds(int bos, List<Integer> eos, int pad) {}

  /** Number of blocks. */
  public int numHiddenLayers() {
    return layers.size();
  }

  /** Elements of all query heads. */
  public int queryWidth() {
    return numAttentionHeads * headDim;
  }

  /** Elements of all key heads. */
  public int kvWidth() {
    return numKeyValueHeads * headDim;
  }
}
