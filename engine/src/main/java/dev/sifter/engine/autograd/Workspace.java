package dev.sifter.engine.autograd;

import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;

/** Where an op finds memory for what it needs only while it runs, in either direction. */
public interface Workspace {

  /** Where ops run. */
  Backend backend();

  /** A tensor of undefined contents; whoever asked for it must {@link #release} it. */
  Tensor temporary(DType dtype, Shape shape);

  /** As {@link #temporary(DType, Shape)}, with so many columns of border. */
  Tensor temporary(DType dtype, Shape shape, int border);

  /** Ends a {@link #temporary}. */
  void release(Tensor temporary);
}
