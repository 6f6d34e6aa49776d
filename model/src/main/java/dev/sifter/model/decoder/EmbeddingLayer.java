package dev.sifter.model.decoder;

import dev.sifter.engine.autograd.Parameter;
import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.backend.LowRankChange;
import dev.sifter.engine.ops.Add;
import dev.sifter.engine.ops.DenseWeight;
import dev.sifter.engine.ops.Embedding;
import dev.sifter.engine.ops.Linear;
import dev.sifter.engine.ops.LoraAdapter;
import dev.sifter.engine.ops.Scale;
import dev.sifter.engine.ops.TokenRows;
import dev.sifter.engine.ops.TrainedLengths;
import dev.sifter.engine.tensor.Bfloat16;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.model.config.ModelConfig;

/**
 * The table of token embeddings. Its adapter's A lies transposed, [vocabSize, r]: rows are read.
 */
public final class EmbeddingLayer implements Adaptable {
  private final String name;
  private final ModelConfig.Embeddings config;
  private final DType activationType;
  private final Parameter table;
  private LoraAdapter adapter;
  private TokenRows trainedRows;

  EmbeddingLayer(
      String name, ModelConfig.Embeddings config, DType activationType, Parameter table) {
    this.name = name;
    this.config = config;
    this.activationType = activationType;
    this.table = table;
  }

  @Override
  public String name() {
    return name;
  }

  /** [vocabSize, embedding size]. */
  public Parameter table() {
    return table;
  }

  @Override
  public int inputs() {
    return table.value().rows();
  }

  @Override
  public int outputs() {
    return table.value().width();
  }

  @Override
  public DenseWeight linearWeight() {
    return new DenseWeight(table, false);
  }

  @Override
  public LowRankChange change(Tensor a, Tensor b, float scale) {
    return new LowRankChange(a, false, 1, b, true, scale);
  }

  @Override
  public LoraAdapter adapter() {
    return adapter;
  }

  @Override
  public void adapter(LoraAdapter newAdapter) {
    adapter = newAdapter;
  }

  /** The rows that are trained apart, or null. */
  public TokenRows trainedRows() {
    return trainedRows;
  }

  /** Trains some rows apart from the table, which must be in memory of the model's own. */
  public void trainedRows(TokenRows rows) {
    trainedRows = rows;
  }

  /** Copies the trained rows into the table, as every pass does before it begins. */
  public void update(Backend backend) {
    if (trainedRows != null) {
      Tensor rows = trainedRows.rows().value();
      int[] ids = trainedRows.ids();
      for (int i = 0; i < ids.length; i++) {
        backend.pointwise().cast(rows.rows(i, i + 1), table.value().rows(ids[i], ids[i] + 1));
      }
    }
  }

  Variable forward(Tape tape, int[] ids) {
    float scale = scale();
    int padding = config.paddingId();
    Variable base = Embedding.apply(tape, table, trainedRows, ids, padding, scale, activationType);
    if (adapter == null) {
      return base;
    }
    float change = scale * adapter.scale();
    try (Variable h = base;
        Variable z = Embedding.apply(tape, adapter.a(), ids, padding, 1, activationType);
        Variable product = Linear.apply(tape, z, adapter.b(), null);
        Variable scaled = Scale.apply(tape, product, change)) {
      Variable sum = Add.apply(tape, h, scaled);
      return adapter.dora() == null ? sum : withLengths(tape, sum);
    }
  }

  /** As in PEFT the lengths are those of the table's columns. */
  private Variable withLengths(Tape tape, Variable sum) {
    LowRankChange change = change(adapter.a().value(), adapter.b().value(), adapter.scale());
    try (sum) {
      return TrainedLengths.apply(tape, sum, linearWeight(), change, adapter.dora());
    }
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
