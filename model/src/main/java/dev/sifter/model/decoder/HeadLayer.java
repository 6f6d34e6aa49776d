package dev.sifter.model.decoder;

import dev.sifter.engine.autograd.Parameter;
import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.backend.TokenLoss;
import dev.sifter.engine.ops.Dropout;
import dev.sifter.engine.ops.Linear;
import dev.sifter.engine.ops.LinearCrossEntropy;
import dev.sifter.engine.ops.LinearCrossEntropy.Term;
import dev.sifter.engine.ops.LoraAdapter;
import dev.sifter.engine.ops.TokenRows;
import dev.sifter.model.config.ModelConfig;
import java.util.List;

/** The output head: hidden states to logits, and to the loss without keeping these. */
public final class HeadLayer implements Adaptable {
  /** What the head is called in transformers' memory, whatever its name in checkpoints. */
  public static final String NAME = "lm_head";

  private final ModelConfig.Head config;
  private final Parameter weight;
  private LoraAdapter adapter;
  private TokenRows trainedRows;

  HeadLayer(ModelConfig.Head config, Parameter weight) {
    this.config = config;
    this.weight = weight;
  }

  @Override
  public String name() {
    return NAME;
  }

  /** [vocabSize, embedding size]; the embedding table itself where they are tied. */
  public Parameter weight() {
    return weight;
  }

  @Override
  public int inputs() {
    return weight.value().width();
  }

  @Override
  public int outputs() {
    return weight.value().rows();
  }

  @Override
  public LoraAdapter adapter() {
    return adapter;
  }

  @Override
  public void adapter(LoraAdapter newAdapter) {
    adapter = newAdapter;
  }

  /** Trains some rows apart from the weight, where it is the embedding table. */
  public void trainedRows(TokenRows rows) {
    trainedRows = rows;
  }

  LinearCrossEntropy.Loss loss(
      Tape tape, Variable hidden, TokenLoss form, int[] rows, int[] targets, float gradientScale) {
    try (Variable z = adapter == null ? null : lowRank(tape, hidden)) {
      return LinearCrossEntropy.apply(
          tape,
          terms(hidden, z),
          trainedRows,
          (float) config.softcap(),
          form,
          rows,
          targets,
          gradientScale);
    }
  }

  /** Logits of some rows of the hidden states, on the host. */
  void logits(Tape tape, Variable hidden, int[] rows, float[][] target) {
    try (Variable z = adapter == null ? null : lowRank(tape, hidden)) {
      LogitReader.read(tape, terms(hidden, z), (float) config.softcap(), rows, target);
    }
  }

  private List<Term> terms(Variable hidden, Variable z) {
    float scale = (float) config.scale();
    Term base = new Term(hidden, weight, scale);
    return z == null
        ? List.of(base)
        : List.of(base, new Term(z, adapter.b(), scale * adapter.scale()));
  }

  /** drop(hidden)·Aᵀ. */
  private Variable lowRank(Tape tape, Variable hidden) {
    Variable dropped = Dropout.apply(tape, hidden, adapter.dropout());
    Variable z = Linear.apply(tape, dropped, adapter.a(), null);
    if (dropped != hidden) {
      dropped.close();
    }
    return z;
  }
}
