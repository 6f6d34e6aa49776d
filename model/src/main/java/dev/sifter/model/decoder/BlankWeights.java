package dev.sifter.model.decoder;

import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Storage;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.model.config.ModelConfig;
import dev.sifter.model.weights.WeightSource;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.Set;

/**
 * Weights of which only the shapes count, for a run that is planned and not made: all of them the
 * same zeros, where to draw {@link FreshWeights} would take seconds.
 */
final class BlankWeights implements WeightSource {
  private final Map<String, Shape> shapes;
  private final MemorySegment zeros;

  BlankWeights(ModelConfig config) {
    shapes = WeightShapes.of(config);
    long most = shapes.values().stream().mapToLong(Shape::elements).max().orElse(0);
    zeros = Arena.ofAuto().allocate(most * Float.BYTES, Float.BYTES);
  }

  @Override
  public Set<String> names() {
    return shapes.keySet();
  }

  @Override
  public Tensor tensor(String name) {
    Shape shape = shapes.get(name);
    MemorySegment own = zeros.asSlice(0, shape.elements() * Float.BYTES);
    return new Tensor(DType.F32, shape, new Storage.Host(own), 0);
  }

  @Override
  public String origin() {
    return "weights that are not drawn";
  }

  @Override
  public void close() {
    // The zeros go when nobody reads them any more.
  }
}
