package dev.sifter.engine.backend.cpu;

import dev.sifter.engine.backend.ActivationKind;
import dev.sifter.engine.backend.Checks;
import dev.sifter.engine.backend.PointwiseKernels;
import dev.sifter.engine.random.RandomStream;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** Functions of single elements, in chunks that stay in the first-level cache. */
final class CpuPointwise implements PointwiseKernels {
  private static final int CHUNK = Activation.CHUNK;

  private final CpuContext context;

  CpuPointwise(CpuContext context) {
    this.context = context;
  }

  @Override
  public void add(Tensor a, Tensor b, Tensor out) {
    Checks.same("a", a, "b", b);
    Checks.same("a", a, "out", out);
    MemorySegment left = a.segment();
    MemorySegment right = b.segment();
    MemorySegment target = out.segment();
    context.runRanges(
        a.elements(),
        Grain.ELEMENTS,
        (from, to, worker) -> PointwiseLoops.add(left, right, target, 4 * from, (int) (to - from)));
  }

  @Override
  public void scale(Tensor x, float factor, Tensor out) {
    Checks.same("x", x, "out", out);
    MemorySegment source = x.segment();
    MemorySegment target = out.segment();
    context.runRanges(
        x.elements(),
        Grain.ELEMENTS,
        (from, to, worker) ->
            PointwiseLoops.scale(source, factor, target, 4 * from, (int) (to - from)));
  }

  @Override
  public void inverseRoot(Tensor x, Tensor y) {
    Checks.same("x", x, "y", y);
    MemorySegment source = x.segment();
    MemorySegment target = y.segment();
    context.runRanges(
        x.elements(),
        Grain.ELEMENTS,
        (from, to, worker) ->
            PointwiseLoops.inverseRoot(source, target, 4 * from, (int) (to - from)));
  }

  @Override
  public void fill(Tensor x, float value) {
    Checks.floats("x", x);
    DType dtype = x.dtype();
    MemorySegment target = x.segment();
    context.runRanges(
        x.elements(),
        Grain.ELEMENTS,
        (from, to, worker) -> {
          float[] values = context.scratch(worker).floats(0, CHUNK);
          Arrays.fill(values, 0, CHUNK, value);
          for (long i = from; i < to; i += CHUNK) {
            Numbers.store(values, 0, dtype, target, i, (int) Math.min(CHUNK, to - i));
          }
        });
  }

  @Override
  public void cast(Tensor x, Tensor out) {
    Checks.floats("x", x);
    Checks.floats("out", out);
    Checks.elements("out", out, x.elements());
    MemorySegment source = x.segment();
    MemorySegment target = out.segment();
    context.runRanges(
        x.elements(),
        Grain.ELEMENTS,
        (from, to, worker) -> {
          float[] values = context.scratch(worker).floats(0, CHUNK);
          for (long i = from; i < to; i += CHUNK) {
            int count = (int) Math.min(CHUNK, to - i);
            Numbers.load(x.dtype(), source, i, values, 0, count);
            Numbers.store(values, 0, out.dtype(), target, i, count);
          }
        });
  }

  @Override
  public void dequantize(
      Tensor codes,
      int bits,
      Tensor codeBook,
      Tensor scales,
      int blockSize,
      float offset,
      Tensor out) {
    Dequantize.run(context, codes, bits, codeBook, scales, blockSize, offset, out);
  }

  @Override
  public void activation(ActivationKind kind, Tensor x, Tensor y) {
    Checks.same("x", x, "y", y);
    MemorySegment source = x.segment();
    MemorySegment target = y.segment();
    chunks(
        x.elements(),
        (from, count, buffers) -> {
          Numbers.loadF32(source, from, buffers.x, 0, count);
          Activation.evaluate(kind, buffers.x, count, buffers.value, buffers.derivative);
          Numbers.storeF32(buffers.value, 0, target, from, count);
        });
  }

  @Override
  public void activationBackward(
      ActivationKind kind, Tensor dy, Tensor x, boolean accumulate, Tensor dx) {
    Checks.same("x", x, "dy", dy);
    Checks.same("x", x, "dx", dx);
    MemorySegment source = x.segment();
    MemorySegment gradient = dy.segment();
    MemorySegment target = dx.segment();
    chunks(
        x.elements(),
        (from, count, buffers) -> {
          Numbers.loadF32(source, from, buffers.x, 0, count);
          Activation.evaluate(kind, buffers.x, count, buffers.value, buffers.derivative);
          Numbers.loadF32(gradient, from, buffers.dy, 0, count);
          NormLoops.multiply(buffers.dy, buffers.derivative, count);
          if (accumulate) {
            Numbers.loadF32(target, from, buffers.x, 0, count);
            NormLoops.add(buffers.dy, buffers.x, count);
          }
          Numbers.storeF32(buffers.dy, 0, target, from, count);
        });
  }

  @Override
  public void gated(ActivationKind kind, Tensor gate, Tensor up, Tensor y) {
    Checks.same("gate", gate, "up", up);
    Checks.same("gate", gate, "y", y);
    MemorySegment gates = gate.segment();
    MemorySegment ups = up.segment();
    MemorySegment target = y.segment();
    chunks(
        y.elements(),
        (from, count, buffers) -> {
          if (kind == ActivationKind.SILU) {
            SwiGlu.forward(gates, ups, target, 4 * from, count, buffers.value);
            return;
          }
          Numbers.loadF32(gates, from, buffers.x, 0, count);
          Activation.evaluate(kind, buffers.x, count, buffers.value, buffers.derivative);
          Numbers.loadF32(ups, from, buffers.dy, 0, count);
          NormLoops.multiply(buffers.value, buffers.dy, count);
          Numbers.storeF32(buffers.value, 0, target, from, count);
        });
  }

  @Override
  public void gatedBackward(
      ActivationKind kind, Tensor dy, Tensor gate, Tensor up, Tensor dGate, Tensor dUp) {
    Checks.same("gate", gate, "up", up);
    Checks.same("gate", gate, "dy", dy);
    Checks.same("gate", gate, "dGate", dGate);
    Checks.same("gate", gate, "dUp", dUp);
    MemorySegment gates = gate.segment();
    MemorySegment ups = up.segment();
    MemorySegment gradient = dy.segment();
    MemorySegment gateTarget = dGate.segment();
    MemorySegment upTarget = dUp.segment();
    chunks(
        dy.elements(),
        (from, count, buffers) -> {
          if (kind == ActivationKind.SILU) {
            long at = 4 * from;
            SwiGlu.backward(gradient, gates, ups, gateTarget, upTarget, at, count, buffers.value);
            return;
          }
          Numbers.loadF32(gates, from, buffers.x, 0, count);
          Activation.evaluate(kind, buffers.x, count, buffers.value, buffers.derivative);
          Numbers.loadF32(gradient, from, buffers.dy, 0, count);
          Numbers.loadF32(ups, from, buffers.x, 0, count);
          NormLoops.multiply(buffers.value, buffers.dy, count);
          NormLoops.multiply(buffers.derivative, buffers.x, count);
          NormLoops.multiply(buffers.derivative, buffers.dy, count);
          Numbers.storeF32(buffers.derivative, 0, gateTarget, from, count);
          Numbers.storeF32(buffers.value, 0, upTarget, from, count);
        });
  }

  @Override
  public void dropout(
      Tensor x, float probability, RandomStream stream, boolean accumulate, Tensor y) {
    Checks.same("x", x, "y", y);
    if (!(probability >= 0 && probability < 1)) {
      throw new IllegalArgumentException(
          "dropout probability %s is not in [0, 1)".formatted(probability));
    }
    float scale = (float) (1 / (1 - (double) probability));
    MemorySegment source = x.segment();
    MemorySegment target = y.segment();
    chunks(
        x.elements(),
        (from, count, buffers) -> {
          DropoutMask.fill(stream, from, count, probability, scale, buffers.value);
          Numbers.loadF32(source, from, buffers.x, 0, count);
          PointwiseLoops.mask(buffers.x, buffers.value, count);
          if (accumulate) {
            Numbers.loadF32(target, from, buffers.dy, 0, count);
            NormLoops.add(buffers.x, buffers.dy, count);
          }
          Numbers.storeF32(buffers.x, 0, target, from, count);
        });
  }

  /** Staging arrays of a worker, {@link #CHUNK} elements each. */
  private record Buffers(float[] x, float[] dy, float[] value, float[] derivative) {}

  @FunctionalInterface
  private interface Chunk {
    void run(long from, int count, Buffers buffers);
  }

  private void chunks(long elements, Chunk body) {
    context.runRanges(
        elements,
        4 * Grain.ELEMENTS,
        (from, to, worker) -> {
          Scratch scratch = context.scratch(worker);
          Buffers buffers =
              new Buffers(
                  scratch.floats(0, CHUNK),
                  scratch.floats(1, CHUNK),
                  scratch.floats(2, CHUNK),
                  scratch.floats(3, CHUNK));
          for (long i = from; i < to; i += CHUNK) {
            body.run(i, (int) Math.min(CHUNK, to - i), buffers);
          }
        });
  }
}
