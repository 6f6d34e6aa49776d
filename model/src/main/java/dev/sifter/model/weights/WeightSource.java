package dev.sifter.model.weights;

import dev.sifter.engine.tensor.Tensor;
import java.util.Set;

/**
 * Named tensors: the files of a model folder or freshly drawn numbers, in host memory, or the
 * weights of a model, where its backend has them.
 */
public interface WeightSource extends AutoCloseable {

  /** Names of all tensors. */
  Set<String> names();

  /** A tensor of this name, valid until the source is closed. */
  Tensor tensor(String name);

  /** Where the tensors come from, for messages. */
  String origin();

  @Override
  void close();
}
