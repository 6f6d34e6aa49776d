package dev.sifter.tests.parity;

import dev.sifter.engine.autograd.Parameter;
import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.ops.Rope;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.tests.TestBackends;
import java.lang.foreign.MemorySegment;
import java.util.function.LongToDoubleFunction;

/** A backend with one tape, in fp32, for models that a test writes down op by op. */
final class OpWorkspace implements AutoCloseable {
  private static final int ROWS_AT_ONCE = 256;

  private final Backend backend;
  private final TensorArena weights;
  private final TensorArena step;
  private final Tape tape;

  private OpWorkspace(String backendName, boolean training) {
    backend = TestBackends.open(backendName);
    weights = backend.newArena("weights");
    step = backend.newStepArena("step");
    tape = training ? Tape.recording(backend, step, 0, 0) : Tape.inference(backend, step);
  }

  /** A workspace whose tape records. */
  static OpWorkspace training(String backendName) {
    return new OpWorkspace(backendName, true);
  }

  /** A workspace whose tape keeps nothing for a backward pass. */
  static OpWorkspace inference(String backendName) {
    return new OpWorkspace(backendName, false);
  }

  Tape tape() {
    return tape;
  }

  /** A weight with a gradient. */
  Parameter trainable(String name, float[] values, long... dims) {
    Tensor gradient = weights.allocate(DType.F32, Shape.of(dims));
    return Parameter.trainable(name, upload(values, dims), gradient);
  }

  /** A value that no gradient flows to. */
  Variable constant(float[] values, long... dims) {
    return Variable.constant(upload(values, dims));
  }

  /** A frozen matrix, written block by block; {@code element} gives row · width + column. */
  Variable matrix(int rows, int width, LongToDoubleFunction element) {
    Tensor tensor = weights.allocate(DType.F32, Shape.of(rows, width));
    for (int from = 0; from < rows; from += ROWS_AT_ONCE) {
      int to = Math.min(from + ROWS_AT_ONCE, rows);
      float[] block = new float[(to - from) * width];
      for (int i = 0; i < block.length; i++) {
        block[i] = (float) element.applyAsDouble((long) from * width + i);
      }
      backend.upload(MemorySegment.ofArray(block), tensor.rows(from, to));
    }
    return Variable.constant(tensor);
  }

  /**
   * Angles p · θ^(−2i/headDim) of the positions p below {@code positions}, frequencies and angles
   * rounded to fp32 as where the expected values come from: at 2,048 positions that shows.
   */
  Rope.Table rope(double theta, int headDim, int positions) {
    int half = headDim / 2;
    float[] cos = new float[positions * half];
    float[] sin = new float[cos.length];
    for (int at = 0; at < cos.length; at++) {
      float frequency = (float) Math.pow(theta, -2.0 * (at % half) / headDim);
      float angle = at / half * frequency;
      cos[at] = (float) Math.cos(angle);
      sin[at] = (float) Math.sin(angle);
    }
    return new Rope.Table(upload(cos, positions, half), upload(sin, positions, half), false);
  }

  /** Positions 0 … length − 1, once per document. */
  Tensor positions(int documents, int length) {
    int[] positions = new int[documents * length];
    for (int row = 0; row < positions.length; row++) {
      positions[row] = row % length;
    }
    Tensor tensor = weights.allocate(DType.I32, Shape.of(positions.length));
    backend.upload(MemorySegment.ofArray(positions), tensor);
    return tensor;
  }

  /** A tensor's elements. */
  float[] floats(Tensor tensor) {
    float[] values = new float[Math.toIntExact(tensor.elements())];
    backend.download(tensor, MemorySegment.ofArray(values));
    return values;
  }

  private Tensor upload(float[] values, long... dims) {
    Tensor tensor = weights.allocate(DType.F32, Shape.of(dims));
    backend.upload(MemorySegment.ofArray(values), tensor);
    return tensor;
  }

  @Override
  public void close() {
    step.close();
    weights.close();
    backend.close();
  }
}
