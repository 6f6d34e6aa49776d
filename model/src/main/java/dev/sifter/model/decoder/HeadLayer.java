package dev.sifter.model.decoder;

import dev.sifter.engine.autograd.Parameter;
import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.backend.LowRankChange;
import dev.sifter.engine.backend.TokenLoss;
import dev.sifter.engine.ops.Add;
import dev.sifter.engine.ops.DenseWeight;
import dev.sifter.engine.ops.Dropout;
import dev.sifter.engine.ops.Linear;
import dev.sifter.engine.ops.LinearCrossEntropy;
import dev.sifter.engine.ops.LogitSum;
import dev.sifter.engine.ops.LogitSum.Term;
import dev.sifter.engine.ops.LoraAdapter;
import dev.sifter.engine.ops.Scale;
import dev.sifter.engine.ops.TokenRows;
import dev.sifter.engine.ops.TrainedLengths;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.model.config.ModelConfig;
import java.util.ArrayList;
import java.util.List;

/** The output head: hidden states to logits, and to the loss without keeping these. */
public final class HeadLayer implements Adaptable {
  /** What the head is called in transformers' memory, whatever its name in checkpoints. */
  public static final String NAME = "lm_head";

  private final ModelConfig.Head config;
  private final Parameter weight;
  private final Parameter bias;
  private LoraAdapter adapter;
  private TokenRows trainedRows;

  HeadLayer(ModelConfig.Head config, Parameter weight, Parameter bias) {
    this.config = config;
    this.weight = weight;
    this.bias = bias;
  }

  @Override
  public String name() {
    return NAME;
  }

  /** [vocabSize, embedding size]; the embedding table itself where they are tied. */
  public Parameter weight() {
    return weight;
  }

  /** [vocabSize], or null. */
  public Parameter bias() {
    return bias;
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
  public DenseWeight linearWeight() {
    return DenseWeight.of(weight);
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
    try (Pass pass = new Pass(tape, hidden)) {
      return LinearCrossEntropy.apply(tape, pass.sum, form, rows, targets, gradientScale);
    }
  }

  /** Logits of some rows of the hidden states, on the host. */
  void logits(Tape tape, Variable hidden, int[] rows, float[][] target) {
    try (Pass pass = new Pass(tape, hidden)) {
      LogitReader.read(tape, pass.sum, rows, target);
    }
  }

  /** One use of the head: what its logits are the sum of, and what that takes. */
  private final class Pass implements AutoCloseable {
    private final Tape tape;
    private final List<Variable> variables = new ArrayList<>();
    private final LogitSum sum;
    private Tensor inverseNorms;

    Pass(Tape tape, Variable hidden) {
      this.tape = tape;
      List<Term> terms = new ArrayList<>();
      LogitSum.Lengths lengths = null;
      float scale = (float) config.scale();
      if (adapter == null) {
        terms.add(new Term(hidden, weight, scale));
      } else {
        Variable dropped = Dropout.apply(tape, hidden, adapter.dropout());
        boolean drops = dropped != hidden;
        if (drops) {
          variables.add(dropped);
        }
        Variable z = added(Linear.apply(tape, dropped, adapter.a(), null));
        boolean hasLengths = adapter.dora() != null;
        terms.add(new Term(hasLengths ? dropped : hidden, weight, scale));
        terms.add(new Term(z, adapter.b(), scale * adapter.scale()));
        if (hasLengths) {
          lengths = lengths(hidden, drops ? dropped : null, scale);
        }
      }
      this.sum = new LogitSum(terms, lengths, bias, trainedRows, (float) config.softcap());
    }

    /**
     * As in PEFT the trained lengths are those of what comes of the elements that are kept; what
     * the base makes of the dropped ones is added as it is.
     */
    private LogitSum.Lengths lengths(Variable hidden, Variable dropped, float scale) {
      LoraAdapter.Dora dora = adapter.dora();
      LowRankChange change = change(adapter.a().value(), adapter.b().value(), adapter.scale());
      inverseNorms =
          TrainedLengths.inverseNorms(tape, linearWeight(), change, dora, hidden.value());
      Term apart = null;
      if (dropped != null) {
        Variable negative = added(Scale.apply(tape, dropped, -1));
        apart = new Term(added(Add.apply(tape, hidden, negative)), weight, scale);
      }
      return new LogitSum.Lengths(dora.magnitude(), inverseNorms, apart);
    }

    private Variable added(Variable variable) {
      variables.add(variable);
      return variable;
    }

    @Override
    public void close() {
      variables.forEach(Variable::close);
      if (inverseNorms != null) {
        tape.release(inverseNorms);
      }
    }
  }
}
