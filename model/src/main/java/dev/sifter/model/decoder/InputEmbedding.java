package dev.sifter.model.decoder;

import dev.sifter.engine.autograd.Parameter;
import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.ops.Add;
import dev.sifter.engine.ops.Dropout;
import dev.sifter.engine.ops.Embedding;
import dev.sifter.engine.ops.UniformNoise;
import dev.sifter.engine.tensor.DType;
import dev.sifter.model.config.ModelConfig;
import dev.sifter.model.config.WeightNames.Module;

/**
 * Tokens to vectors: the embedding, projected where it is narrower, plus the position, normalised
 * where there is a norm for it.
 */
final class InputEmbedding {
  private final ModelConfig.Embeddings config;
  private final DType activationType;
  private final EmbeddingLayer tokens;
  private final Parameter positions;
  private final LinearLayer projection;
  private final Norm norm;

  InputEmbedding(ModelConfig config, ModelWeights weights, DType activationType) {
    String name = config.names().path(Module.EMBEDDING);
    this.config = config.embeddings();
    this.activationType = activationType;
    this.tokens = new EmbeddingLayer(name, this.config, activationType, weights.weight(name));
    this.positions =
        this.config.hasPositions()
            ? weights.weight(config.names().path(Module.POSITION_EMBEDDING))
            : null;
    this.projection = weights.linear(Module.EMBEDDING_PROJECTION);
    this.norm = weights.norm(Module.EMBEDDING_NORM);
  }

  /** The table of tokens. */
  EmbeddingLayer tokens() {
    return tokens;
  }

  /** From the embedding's width to the blocks', or null. */
  LinearLayer projection() {
    return projection;
  }

  /** Elements of the tables that rows are looked up in. */
  long tableElements() {
    long elements = tokens.table().value().elements();
    return elements + (positions == null ? 0 : positions.value().elements());
  }

  /**
   * Embeds a batch.
   *
   * @param noise magnitude of the noise on the tokens' embeddings in training; 0 for none
   */
  Variable forward(Tape tape, TokenBatch batch, float noise) {
    Variable rows = tokens.forward(tape, batch.ids());
    Variable h = UniformNoise.apply(tape, rows, noise * (float) config.noiseScale());
    if (h != rows) {
      rows.close();
    }
    if (projection != null) {
      try (Variable narrow = h) {
        h = projection.forward(tape, narrow);
      }
    }
    if (positions != null) {
      try (Variable embedded = h;
          Variable places = positions(tape, batch.positions())) {
        h = Add.apply(tape, embedded, places);
      }
    }
    if (norm != null) {
      try (Variable sum = h) {
        h = norm.apply(tape, sum);
      }
    }
    Variable dropped = Dropout.apply(tape, h, (float) config.dropout());
    if (dropped != h) {
      h.close();
    }
    return dropped;
  }

  private Variable positions(Tape tape, int[] places) {
    int[] rows = new int[places.length];
    for (int t = 0; t < rows.length; t++) {
      rows[t] = places[t] + config.positionOffset();
    }
    return Embedding.apply(tape, positions, rows, Embedding.NO_PADDING, 1, activationType);
  }
}
