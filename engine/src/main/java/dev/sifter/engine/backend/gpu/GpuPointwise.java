package dev.sifter.engine.backend.gpu;

import dev.sifter.engine.backend.ActivationKind;
import dev.sifter.engine.backend.Checks;
import dev.sifter.engine.backend.PointwiseKernels;
import dev.sifter.engine.random.RandomStream;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.kernels.library.Activation;
import dev.sifter.kernels.library.ActivationBackward;
import dev.sifter.kernels.library.ActivationFunction;
import dev.sifter.kernels.library.Add;
import dev.sifter.kernels.library.Cast;
import dev.sifter.kernels.library.Dequantize;
import dev.sifter.kernels.library.Dropout;
import dev.sifter.kernels.library.Fill;
import dev.sifter.kernels.library.Gated;
import dev.sifter.kernels.library.GatedBackward;
import dev.sifter.kernels.library.InverseRoot;
import dev.sifter.kernels.library.Scale;

/** Functions of single elements. */
final class GpuPointwise implements PointwiseKernels {
  private final GpuContext context;
  private final GpuBorders borders;
  private final RandomNumbers random;

  GpuPointwise(GpuContext context, GpuBorders borders, RandomNumbers random) {
    this.context = context;
    this.borders = borders;
    this.random = random;
  }

  private static ActivationFunction function(ActivationKind kind) {
    return switch (kind) {
      case IDENTITY -> ActivationFunction.IDENTITY;
      case SILU -> ActivationFunction.SILU;
      case GELU -> ActivationFunction.GELU;
      case GELU_TANH -> ActivationFunction.GELU_TANH;
      case RELU -> ActivationFunction.RELU;
      case RELU_SQUARED -> ActivationFunction.RELU_SQUARED;
      case HARD_TANH -> ActivationFunction.HARD_TANH;
    };
  }

  @Override
  public void add(Tensor a, Tensor b, Tensor out) {
    Checks.floats("a", a);
    Checks.floats("b", b, a.elements());
    Checks.floats("out", out, a.elements());
    context.run(Add.launches(context.array(a), context.array(b), context.array(out), a.elements()));
  }

  @Override
  public void scale(Tensor x, float factor, Tensor out) {
    Checks.floats("x", x);
    Checks.floats("out", out, x.elements());
    context.run(Scale.launches(context.array(x), factor, context.array(out), x.elements()));
  }

  @Override
  public void inverseRoot(Tensor x, Tensor y) {
    Checks.floats("x", x);
    Checks.floats("y", y, x.elements());
    context.run(InverseRoot.launches(context.array(x), context.array(y), x.elements()));
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
    Checks.floats("out", out);
    Checks.codes(codes, bits, codeBook, scales, blockSize, out);
    context.run(
        Dequantize.launches(
            context.slice(codes),
            bits,
            context.array(codeBook),
            context.array(scales),
            blockSize,
            offset,
            context.rows(out),
            strideOfApart(out),
            out.width(),
            out.elements()));
  }

  /** Elements from row to row, or 0 where these follow each other. */
  private static int strideOfApart(Tensor tensor) {
    return tensor.isDense() ? 0 : tensor.rowStride();
  }

  @Override
  public void fill(Tensor x, float value) {
    Checks.floats("x", x);
    context.run(Fill.launches(context.array(x), value, x.elements()));
  }

  @Override
  public void cast(Tensor x, Tensor out) {
    Checks.floats("x", x);
    Checks.floats("out", out, x.elements());
    if (x.isDense() && out.isDense()) {
      context.run(Cast.launches(context.array(x), context.array(out), x.elements()));
    } else {
      Checks.matrix("out", out, x.shape().rows(), x.shape().width());
      borders.copy(x, out);
    }
  }

  @Override
  public void activation(ActivationKind kind, Tensor x, Tensor y) {
    Checks.floats("x", x);
    Checks.floats("y", y, x.elements());
    context.run(
        Activation.launches(function(kind), context.array(x), context.array(y), x.elements()));
  }

  @Override
  public void activationBackward(
      ActivationKind kind, Tensor dy, Tensor x, boolean accumulate, Tensor dx) {
    Checks.floats("x", x);
    Checks.floats("dy", dy, x.elements());
    Checks.floats("dx", dx, x.elements());
    context.run(
        ActivationBackward.launches(
            function(kind),
            context.array(dy),
            context.array(x),
            accumulate,
            context.array(dx),
            x.elements()));
  }

  @Override
  public void gated(ActivationKind kind, Tensor gate, Tensor up, Tensor y) {
    Checks.floats("gate", gate);
    Checks.floats("up", up, gate.elements());
    Checks.floats("y", y, gate.elements());
    int width = gate.width();
    context.run(
        Gated.launches(
            function(kind),
            context.array(gate),
            context.array(up),
            width,
            context.rows(y),
            y.rowStride(),
            gate.rows(),
            width));
  }

  @Override
  public void gatedBackward(
      ActivationKind kind, Tensor dy, Tensor gate, Tensor up, Tensor dGate, Tensor dUp) {
    Checks.floats("gate", gate);
    Checks.floats("up", up, gate.elements());
    Checks.floats("dy", dy, gate.elements());
    Checks.floats("dGate", dGate, gate.elements());
    Checks.floats("dUp", dUp, gate.elements());
    if (dGate.rowStride() != dUp.rowStride()) {
      throw new IllegalArgumentException("dGate is %s, but dUp is %s".formatted(dGate, dUp));
    }
    int width = gate.width();
    context.run(
        GatedBackward.launches(
            function(kind),
            context.array(dy),
            width,
            context.array(gate),
            context.array(up),
            width,
            context.rows(dGate),
            context.rows(dUp),
            dGate.rowStride(),
            gate.rows(),
            width));
  }

  @Override
  public void dropout(
      Tensor x, float probability, RandomStream stream, boolean accumulate, Tensor y) {
    Checks.floats("x", x);
    Checks.floats("y", y, x.elements());
    context.run(
        Dropout.launches(
            context.rows(x),
            strideOfApart(x),
            x.width(),
            probability,
            random.of(stream),
            stream.index(),
            accumulate,
            context.array(y),
            x.elements()));
  }
}
