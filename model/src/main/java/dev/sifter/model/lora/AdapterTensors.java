package dev.sifter.model.lora;

import dev.sifter.engine.autograd.Workspace;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Storage;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.model.ModelException;
import dev.sifter.model.decoder.ParameterStore;
import dev.sifter.model.weights.WeightSource;
import java.lang.foreign.MemorySegment;

/** Moves an adapter's tensors between files, Java arrays and a model's memory. */
final class AdapterTensors {
  private AdapterTensors() {}

  /**
   * A tensor of a file, in the model's memory and type.
   *
   * @throws ModelException if the file lacks it, its shape differs, or a value is NaN or infinite
   */
  static Tensor load(ParameterStore store, WeightSource file, String key, Shape shape) {
    Tensor source = require(file, key, shape);
    Tensor copy = store.allocate(store.computeType(), shape);
    store.backend().pointwise().cast(store.adopt(source), copy);
    requireFinite(store, file, key, copy);
    return copy;
  }

  /** As {@link #load}, transposed: the file's tensor is [width, rows]. */
  static Tensor loadTransposed(ParameterStore store, WeightSource file, String key, Shape shape) {
    Tensor source = require(file, key, Shape.of(shape.width(), shape.rows()));
    Tensor copy = upload(store, transposed(floats(store, store.adopt(source))), shape);
    requireFinite(store, file, key, copy);
    return copy;
  }

  private static Tensor require(WeightSource file, String key, Shape shape) {
    if (!file.names().contains(key)) {
      throw new ModelException("%s lacks '%s'".formatted(file.origin(), key));
    }
    Tensor source = file.tensor(key);
    if (!source.shape().equals(shape)) {
      throw new ModelException(
          "%s: '%s' is %s, but the model and adapter_config.json imply %s"
              .formatted(file.origin(), key, source.shape(), shape));
    }
    return source;
  }

  private static void requireFinite(
      ParameterStore store, WeightSource file, String key, Tensor tensor) {
    if (!Double.isFinite(store.backend().optimizer().squaredNorm(tensor))) {
      throw new ModelException("%s: '%s' holds NaN or infinity".formatted(file.origin(), key));
    }
  }

  /** A matrix on the host, by rows. */
  record Matrix(int rows, int width, float[] values) {}

  /** A tensor's elements on the host, as fp32. */
  static Matrix floats(Workspace workspace, Tensor tensor) {
    Backend backend = workspace.backend();
    float[] values = new float[Math.toIntExact(tensor.elements())];
    Tensor narrow = workspace.temporary(DType.F32, tensor.shape());
    backend.pointwise().cast(tensor, narrow);
    backend.download(narrow, MemorySegment.ofArray(values));
    workspace.release(narrow);
    return new Matrix(tensor.rows(), tensor.width(), values);
  }

  static Matrix transposed(Matrix matrix) {
    float[] values = new float[matrix.values.length];
    for (int row = 0; row < matrix.rows; row++) {
      for (int column = 0; column < matrix.width; column++) {
        values[column * matrix.rows + row] = matrix.values[row * matrix.width + column];
      }
    }
    return new Matrix(matrix.width, matrix.rows, values);
  }

  /** A matrix as an fp32 tensor on the Java heap, to be written to a file. */
  static Tensor hostTensor(Matrix matrix) {
    Storage storage = new Storage.Host(MemorySegment.ofArray(matrix.values));
    return new Tensor(DType.F32, Shape.of(matrix.rows, matrix.width), storage, 0);
  }

  /** A matrix in the model's memory and type, in this shape. */
  static Tensor upload(ParameterStore store, Matrix matrix, Shape shape) {
    Tensor tensor = store.allocate(store.computeType(), shape);
    store.upload(matrix.values, tensor);
    return tensor;
  }
}
