package dev.sifter.model.decoder;

import dev.sifter.engine.autograd.Parameter;
import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.ops.Add;
import dev.sifter.engine.ops.Dropout;
import dev.sifter.engine.ops.Embedding;
import dev.sifter.engine.tensor.Bfloat16;
import dev.sifter.engine.tensor.DType;
import dev.sifter.model.config.ModelConfig;
import dev.sifter.model.config.WeightNames.Module;

/** Tokens to vectors: the scaled embedding, projected where it is narrower, plus the position. */
final class InputEmbedding {
  private final ModelConfig.Embeddings config;
  private final DType computeType;
  private final Parameter table;
  private final Parameter positions;
  private final LinearLayer projection;

  InputEmbedding(ModelConfig config, ModelWeights weights, DType computeType) {
    this.config = config.embeddings();
    this.computeType = computeType;
    this.table = weights.weight(config.names().path(Module.EMBEDDING));
    this.positions =
        this.config.hasPositions()
            ? weights.weight(config.names().path(Module.POSITION_EMBEDDING))
            : null;
    this.projection = weights.linear(Module.EMBEDDING_PROJECTION);
  }

  /** [vocabSize, embedding size]. */
  Parameter table() {
    return table;
  }

  /** From the embedding's width to the blocks', or null. */
  LinearLayer projection() {
    return projection;
  }

  /** Elements of the tables that rows are looked up in. */
  long tableElements() {
    return table.value().elements() + (positions == null ? 0 : positions.value().elements());
  }

  Variable forward(Tape tape, TokenBatch batch) {
    Variable h =
        Embedding.apply(tape, table, batch.ids(), config.paddingId(), scale(), computeType);
    if (projection != null) {
      try (Variable narrow = h) {
        h = projection.forward(tape, narrow);
      }
    }
    if (positions != null) {
      try (Variable tokens = h;
          Variable places = positions(tape, batch.positions())) {
        h = Add.apply(tape, tokens, places);
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
    return Embedding.apply(tape, positions, rows, Embedding.NO_PADDING, 1, computeType);
  }

  /** The reference stack keeps the factor in the table's type, so that √640 is 25.25 in bf16. */
  private float scale() {
    float scale = (float) config.scale();
    return switch (table.value().dtype()) {
      case BF16 -> Bfloat16.toFloat(Bfloat16.fromFloat(scale));
      case F16 -> Float.float16ToFloat(Float.floatToFloat16(scale));
      default -> scale;
    };
  }
}
