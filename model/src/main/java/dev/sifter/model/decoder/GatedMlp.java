package dev.sifter.model.decoder;

import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.backend.ActivationKind;
import dev.sifter.engine.ops.GatedActivation;
import dev.sifter.model.config.ModelConfig;
import java.util.List;

/** down(f(gate(x)) · up(x)). */
final class GatedMlp {
  private final ActivationKind activation;
  private final LinearLayer gate;
  private final LinearLayer up;
  private final LinearLayer down;

  GatedMlp(ModelConfig config, ParameterStore store, int layer) {
    String path = "model.layers.%d.mlp.".formatted(layer);
    int hidden = config.hiddenSize();
    int inner = config.intermediateSize();
    boolean bias = config.mlpBias();
    this.activation = config.activation();
    this.gate = new LinearLayer(store, path + "gate_proj", inner, hidden, bias);
    this.up = new LinearLayer(store, path + "up_proj", inner, hidden, bias);
    this.down = new LinearLayer(store, path + "down_proj", hidden, inner, bias);
  }

  List<LinearLayer> linearLayers() {
    return List.of(gate, up, down);
  }

  Variable forward(Tape tape, Variable x) {
    try (Variable g = gate.forward(tape, x);
        Variable u = up.forward(tape, x);
        Variable gated = GatedActivation.apply(tape, activation, g, u)) {
      return down.forward(tape, gated);
    }
  }
}
