package dev.sifter.model.decoder;

import dev.sifter.engine.autograd.Parameter;
import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.ops.Linear;
import dev.sifter.engine.ops.LinearWeight;
import dev.sifter.engine.ops.LoraAdapter;
import dev.sifter.engine.ops.LoraLinear;

/** A named linear layer, with an adapter where one is attached. */
public final class LinearLayer implements Adaptable {
  private final String name;
  private final LinearWeight weight;
  private final Parameter bias;
  private LoraAdapter adapter;

  LinearLayer(String name, LinearWeight weight, Parameter bias) {
    this.name = name;
    this.weight = weight;
    this.bias = bias;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public int inputs() {
    return weight.inputs();
  }

  @Override
  public int outputs() {
    return weight.outputs();
  }

  /** W. */
  public LinearWeight weight() {
    return weight;
  }

  @Override
  public LinearWeight linearWeight() {
    return weight;
  }

  @Override
  public LoraAdapter adapter() {
    return adapter;
  }

  @Override
  public void adapter(LoraAdapter newAdapter) {
    adapter = newAdapter;
  }

  /**
   * The border that these layers ask for on the right of the input that they share; null for none.
   */
  static int border(LinearLayer... readers) {
    int columns = 0;
    for (LinearLayer reader : readers) {
      if (reader != null && reader.adapter != null) {
        columns += LoraLinear.borderColumns(reader.weight, reader.adapter);
      }
    }
    return LoraLinear.border(columns);
  }

  Variable forward(Tape tape, Variable x) {
    return adapter == null
        ? Linear.apply(tape, x, weight, bias)
        : LoraLinear.apply(tape, x, weight, bias, adapter);
  }
}
