package dev.sifter.bench;

import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Storage;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.model.config.ModelConfig;
import dev.sifter.model.decoder.WeightShapes;
import dev.sifter.model.weights.WeightSource;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.LongStream;

/**
 * Random weights that take a nanosecond each, where a benchmark cannot wait for normal ones:
 * uniform numbers of the standard deviation that transformers begins with. Norms are ones.
 */
final class RandomWeights implements WeightSource {
  private final ModelConfig config;
  private final Map<String, Shape> shapes;
  private final DType dtype;
  private final Arena arena = Arena.ofShared();

  /**
   * Weights that are drawn when they are asked for.
   *
   * @param dtype F32 or BF16
   */
  RandomWeights(ModelConfig config, DType dtype) {
    this.config = config;
    this.shapes = WeightShapes.of(config);
    this.dtype = dtype;
  }

  @Override
  public Set<String> names() {
    return shapes.keySet();
  }

  @Override
  public Tensor tensor(String name) {
    Shape shape = shapes.get(name);
    MemorySegment values = arena.allocate(shape.elements() * dtype.bytes(), 64);
    boolean matrix = shape.rank() == 2;
    long width = matrix ? shape.dim(1) : shape.elements();
    LongStream.range(0, shape.elements() / width)
        .parallel()
        .forEach(row -> fill(values, row * width, width, matrix));
    return new Tensor(dtype, shape, new Storage.Host(values), 0);
  }

  private void fill(MemorySegment values, long from, long count, boolean random) {
    SplittableRandom numbers = new SplittableRandom(from);
    double halfRange = config.start().range() * Math.sqrt(3);
    for (long i = from; i < from + count; i++) {
      float value = random ? (float) (halfRange * (numbers.nextLong() * 0x1p-63)) : 1;
      if (dtype == DType.BF16) {
        short top = (short) (Float.floatToRawIntBits(value) >>> 16);
        values.setAtIndex(ValueLayout.JAVA_SHORT, i, top);
      } else {
        values.setAtIndex(ValueLayout.JAVA_FLOAT, i, value);
      }
    }
  }

  @Override
  public String origin() {
    return "random weights";
  }

  @Override
  public void close() {
    arena.close();
  }
}
