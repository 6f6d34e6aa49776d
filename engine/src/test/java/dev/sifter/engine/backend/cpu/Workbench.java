package dev.sifter.engine.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.Random;

/** A backend, an arena and random tensors for a test. */
final class Workbench implements AutoCloseable {
  final CpuBackend backend;
  final TensorArena arena;
  final Random random;

  Workbench(int threads, long seed) {
    backend = new CpuBackend(threads);
    arena = backend.newArena("test");
    random = new Random(seed);
  }

  /** Normal numbers, already rounded to the type. */
  Tensor normal(DType dtype, long... dims) {
    Tensor wide = empty(DType.F32, dims);
    for (long i = 0; i < wide.elements(); i++) {
      set(wide, i, (float) random.nextGaussian());
    }
    if (dtype == DType.F32) {
      return wide;
    }
    Tensor narrow = empty(dtype, dims);
    backend.pointwise().cast(wide, narrow);
    return narrow;
  }

  Tensor normal(long... dims) {
    return normal(DType.F32, dims);
  }

  /** NaN everywhere: what an output may hold before it is written. */
  Tensor empty(DType dtype, long... dims) {
    Tensor tensor = arena.allocate(dtype, Shape.of(dims));
    tensor.segment().fill((byte) 0xFF);
    return tensor;
  }

  Tensor empty(long... dims) {
    return empty(DType.F32, dims);
  }

  Tensor ints(int... values) {
    Tensor tensor = arena.allocate(DType.I32, Shape.of(values.length));
    for (int i = 0; i < values.length; i++) {
      tensor.segment().set(ValueLayout.JAVA_INT, 4L * i, values[i]);
    }
    return tensor;
  }

  Tensor copy(Tensor tensor) {
    Tensor copy = arena.allocate(tensor.dtype(), tensor.shape());
    copy.segment().copyFrom(tensor.segment());
    return copy;
  }

  static void set(Tensor tensor, long index, float value) {
    tensor.segment().setAtIndex(ValueLayout.JAVA_FLOAT, index, value);
  }

  /** Elements widened to double, by the textbook for 16-bit types. */
  static double[] doubles(Tensor tensor) {
    double[] values = new double[Math.toIntExact(tensor.elements())];
    for (int i = 0; i < values.length; i++) {
      values[i] =
          switch (tensor.dtype()) {
            case F32 -> tensor.segment().getAtIndex(ValueLayout.JAVA_FLOAT, i);
            case BF16 ->
                Float.intBitsToFloat(tensor.segment().getAtIndex(ValueLayout.JAVA_SHORT, i) << 16);
            case F16 ->
                Float.float16ToFloat(tensor.segment().getAtIndex(ValueLayout.JAVA_SHORT, i));
            case F64, I32, U8 -> throw new IllegalArgumentException(tensor.toString());
          };
    }
    return values;
  }

  static byte[] bytes(Tensor tensor) {
    return tensor.segment().toArray(ValueLayout.JAVA_BYTE);
  }

  /** Every element within {@code tolerance} of the expected, relative to {@code 1 + |expected|}. */
  static void assertClose(Tensor actual, double[] expected, double tolerance, String what) {
    double[] values = doubles(actual);
    assertThat(values).as(what).hasSameSizeAs(expected);
    for (int i = 0; i < values.length; i++) {
      double error = Math.abs(values[i] - expected[i]);
      if (!(error <= tolerance * (1 + Math.abs(expected[i])))
          && !(Double.isNaN(values[i]) && Double.isNaN(expected[i]))
          && values[i] != expected[i]) {
        throw new AssertionError(
            "%s: element %d is %s, expected %s (tolerance %s)"
                .formatted(what, i, values[i], expected[i], tolerance));
      }
    }
  }

  @Override
  public void close() {
    arena.close();
    backend.ledger().assertEmpty();
    backend.close();
  }
}
