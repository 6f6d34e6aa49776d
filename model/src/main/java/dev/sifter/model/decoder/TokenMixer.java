package dev.sifter.model.decoder;

import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import java.util.List;

/** The part of a block in which tokens see those before them. */
interface TokenMixer {
  /** In the order of the checkpoint. */
  List<LinearLayer> linearLayers();

  /** Columns of border that its input should have. */
  int inputBorder();

  /** Of its own residual branch; the input stays the caller's. */
  Variable forward(Tape tape, Variable x, ForwardContext context);
}
