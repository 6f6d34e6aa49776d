package dev.sifter.model.decoder;

import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.backend.ActivationKind;
import dev.sifter.engine.ops.Activation;
import dev.sifter.engine.ops.Columns;
import dev.sifter.engine.ops.GatedActivation;
import dev.sifter.model.config.ModelConfig;
import dev.sifter.model.config.WeightNames.Module;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** The feed-forward part of a block: down(f(gate(x)) · up(x)), or down(f(up(x))) without a gate. */
final class Mlp {
  private final int size;
  private final ActivationKind activation;
  private final LinearLayer gate;
  private final LinearLayer up;
  private final LinearLayer gateUp;
  private final LinearLayer down;

  Mlp(ModelConfig config, ModelWeights weights, int layer) {
    this.size = config.mlp().size();
    this.activation = config.mlp().activation();
    this.gate = weights.linear(layer, Module.GATE);
    this.up = weights.linear(layer, Module.UP, Module.GATE);
    this.gateUp = weights.linear(layer, Module.GATE_UP);
    this.down = weights.linear(layer, Module.DOWN);
  }

  List<LinearLayer> linearLayers() {
    return Stream.of(gate, up, gateUp, down).filter(Objects::nonNull).toList();
  }

  /** Columns of border that its input should have. */
  int inputBorder() {
    return LinearLayer.border(gate, up, gateUp);
  }

  Variable forward(Tape tape, Variable x) {
    try (Variable inner = inner(tape, x)) {
      return down.forward(tape, inner);
    }
  }

  private Variable inner(Tape tape, Variable x) {
    if (gateUp != null) {
      try (Variable both = gateUp.forward(tape, x);
          Variable g = Columns.apply(tape, both, size, 0);
          Variable u = Columns.apply(tape, both, size, 1)) {
        return GatedActivation.apply(tape, activation, g, u, LinearLayer.border(down));
      }
    }
    if (gate != null) {
      try (Variable g = gate.forward(tape, x);
          Variable u = up.forward(tape, x)) {
        return GatedActivation.apply(tape, activation, g, u, LinearLayer.border(down));
      }
    }
    try (Variable u = up.forward(tape, x)) {
      return Activation.apply(tape, activation, u);
    }
  }
}
