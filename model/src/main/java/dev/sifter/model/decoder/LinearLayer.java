package dev.sifter.model.decoder;

import dev.sifter.engine.autograd.Parameter;
import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.ops.Linear;
import dev.sifter.engine.ops.LoraLinear;

/** A named linear layer, with an adapter where one is attached. */
public final class LinearLayer {
  private final String name;
  private final Parameter weight;
  private final Parameter bias;
  private LoraLinear.Adapter adapter;

  /** Loads {@code name.weight} [out, in] and, if asked for, {@code name.bias} [out]. */
  LinearLayer(ParameterStore store, String name, int out, int in, boolean hasBias) {
    this.name = name;
    this.weight = store.get(name + ".weight", out, in);
    this.bias = hasBias ? store.get(name + ".bias", out) : null;
  }

  /** The module path in checkpoints, such as {@code model.layers.0.self_attn.q_proj}. */
  public String name() {
    return name;
  }

  /** W [out, in]. */
  public Parameter weight() {
    return weight;
  }

  /** b [out], or null. */
  public Parameter bias() {
    return bias;
  }

  /** The adapter, or null. */
  public LoraLinear.Adapter adapter() {
    return adapter;
  }

  /** Attaches an adapter; null detaches. */
  public void adapter(LoraLinear.Adapter newAdapter) {
    adapter = newAdapter;
  }

  Variable forward(Tape tape, Variable x) {
    return adapter == null
        ? Linear.apply(tape, x, weight, bias)
        : LoraLinear.apply(tape, x, weight, bias, adapter);
  }
}
