package dev.sifter.model.decoder;

import dev.sifter.engine.autograd.Parameter;
import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.ops.Linear;
import dev.sifter.engine.ops.LoraLinear;
import dev.sifter.engine.ops.WeightLayout;

/** A named linear layer, with an adapter where one is attached. */
public final class LinearLayer {
  private final String name;
  private final Parameter weight;
  private final WeightLayout layout;
  private final Parameter bias;
  private LoraLinear.Adapter adapter;

  LinearLayer(String name, Parameter weight, WeightLayout layout, Parameter bias) {
    this.name = name;
    this.weight = weight;
    this.layout = layout;
    this.bias = bias;
  }

  /** The module path in checkpoints, such as {@code model.layers.0.self_attn.q_proj}. */
  public String name() {
    return name;
  }

  /** W, [out, in] or [in, out] as {@link #layout} says. */
  public Parameter weight() {
    return weight;
  }

  /** How W lies. */
  public WeightLayout layout() {
    return layout;
  }

  /** Elements that go in. */
  public int inputs() {
    return layout.inputs(weight.value());
  }

  /** Elements that come out. */
  public int outputs() {
    return layout.outputs(weight.value());
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
        ? Linear.apply(tape, x, weight, layout, bias)
        : LoraLinear.apply(tape, x, weight, layout, bias, adapter);
  }
}
