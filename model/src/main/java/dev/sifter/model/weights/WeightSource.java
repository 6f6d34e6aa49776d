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

  /**
   * The name under which a model's weight lies here, or null. A model that was saved without its
   * head, as the published GPT-2 was, lacks the first part of every name.
   */
  default String keyOf(String weight) {
    if (names().contains(weight)) {
      return weight;
    }
    String withoutPrefix = weight.substring(weight.indexOf('.') + 1);
    return names().contains(withoutPrefix) ? withoutPrefix : null;
  }

  /** Where the tensors come from, for messages. */
  String origin();

  @Override
  void close();
}
