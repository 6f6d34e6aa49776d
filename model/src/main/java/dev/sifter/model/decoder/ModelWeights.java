package dev.sifter.model.decoder;

import dev.sifter.engine.autograd.Parameter;
import dev.sifter.engine.ops.BorderedMatrix;
import dev.sifter.engine.ops.LinearWeight;
import dev.sifter.engine.ops.LoraLinear;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.model.config.ModelConfig;
import dev.sifter.model.config.WeightNames.Module;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Hands a model's parts their weights: each is asked for by module, and is null where the
 * configuration has none.
 */
final class ModelWeights {
  private final ModelConfig config;
  private final ParameterStore store;
  private final Map<String, Shape> shapes;
  private final Map<Integer, Parameter> ones = new HashMap<>();

  ModelWeights(ModelConfig config, ParameterStore store) {
    this.config = config;
    this.store = store;
    this.shapes = WeightShapes.of(config);
  }

  /** {@code path.weight}, or null. */
  Parameter weight(String path) {
    return optional(path + ".weight");
  }

  /** {@code path.bias}, or null. */
  Parameter bias(String path) {
    return optional(path + ".bias");
  }

  private Parameter optional(String name) {
    Shape shape = shapes.get(name);
    return shape == null ? null : store.get(name, shape.dims());
  }

  /** A linear layer outside the blocks, or null; its matrix is [out, in] in every family. */
  LinearLayer linear(Module module) {
    return config.names().has(module) ? linear(config.names().path(module), true, 0) : null;
  }

  /**
   * A linear layer of a block, or null.
   *
   * @param before the layers of the block that read the same input before it, so that their
   *     adapters' columns come before those of its own
   */
  LinearLayer linear(int layer, Module module, Module... before) {
    if (!config.has(layer, module)) {
      return null;
    }
    int columns = 0;
    for (Module other : before) {
      columns += config.has(layer, other) ? columns(config.names().path(layer, other)) : 0;
    }
    return linear(config.names().path(layer, module), !config.fanInFanOut(), columns);
  }

  private int columns(String path) {
    return BorderedMatrix.room(store.rank(path));
  }

  private LinearLayer linear(String path, boolean outputsFirst, int columnsBefore) {
    Shape shape = shapes.get(path + ".weight");
    if (shape == null) {
      return null;
    }
    int rows = columns(path);
    LinearWeight.Room room =
        rows == 0
            ? LinearWeight.Room.NONE
            : new LinearWeight.Room(LoraLinear.border(columnsBefore + rows), rows);
    return new LinearLayer(
        path, store.linear(path + ".weight", shape, outputsFirst, room), bias(path));
  }

  /** A norm outside the blocks, or null. */
  Norm norm(Module module) {
    return config.names().has(module) ? norm(config.names().path(module), module) : null;
  }

  /** A norm of a block, or null. */
  Norm norm(int layer, Module module) {
    return config.has(layer, module) ? norm(config.names().path(layer, module), module) : null;
  }

  /** {@code path.weight} of a block's module. */
  Parameter weight(int layer, Module module) {
    return weight(config.names().path(layer, module));
  }

  private Norm norm(String path, Module module) {
    Parameter weight = config.norm().weight() ? weight(path) : ones(config.normWidth(module));
    return weight == null ? null : new Norm(config.norm(), weight, bias(path));
  }

  /** What norms without weights scale by [width]; no weight of the model. */
  private Parameter ones(int width) {
    return ones.computeIfAbsent(
        width,
        elements -> {
          float[] numbers = new float[elements];
          Arrays.fill(numbers, 1);
          Tensor value = store.allocate(store.computeType(), Shape.of(elements));
          store.upload(numbers, value);
          return Parameter.frozen("ones", value);
        });
  }
}
