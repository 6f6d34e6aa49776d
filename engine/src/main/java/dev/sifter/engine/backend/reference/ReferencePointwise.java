package dev.sifter.engine.backend.reference;

import dev.sifter.engine.backend.ActivationKind;
import dev.sifter.engine.backend.PointwiseKernels;
import dev.sifter.engine.random.Philox;
import dev.sifter.engine.random.RandomStream;
import dev.sifter.engine.tensor.Tensor;

/** Functions of single elements. */
final class ReferencePointwise implements PointwiseKernels {
  @Override
  public void add(Tensor a, Tensor b, Tensor out) {
    Checks.same("add", a, b, out);
    Elements left = new Elements(a);
    Elements right = new Elements(b);
    Elements sum = new Elements(out);
    for (long i = 0; i < sum.count(); i++) {
      sum.set(i, left.get(i) + right.get(i));
    }
  }

  @Override
  public void scale(Tensor x, float factor, Tensor out) {
    Checks.same("scale", x, out);
    Elements in = new Elements(x);
    Elements scaled = new Elements(out);
    for (long i = 0; i < scaled.count(); i++) {
      scaled.set(i, in.get(i) * factor);
    }
  }

  @Override
  public void inverseRoot(Tensor x, Tensor y) {
    Checks.same("inverseRoot", x, y);
    Elements in = new Elements(x);
    Elements out = new Elements(y);
    for (long i = 0; i < out.count(); i++) {
      out.set(i, in.get(i) <= 0 ? 0 : 1 / Math.sqrt(in.get(i)));
    }
  }

  @Override
  public void fill(Tensor x, float value) {
    Elements out = new Elements(x);
    for (long i = 0; i < out.count(); i++) {
      out.set(i, value);
    }
  }

  @Override
  public void cast(Tensor x, Tensor out) {
    Checks.same("cast", x, out);
    Elements in = new Elements(x);
    Elements converted = new Elements(out);
    for (long i = 0; i < converted.count(); i++) {
      converted.set(i, in.get(i));
    }
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
    Checks.quantized("dequantize", codes, bits, codeBook, scales, blockSize, out);
    Elements code = new Elements(codes);
    Elements book = new Elements(codeBook);
    Elements scale = new Elements(scales);
    Elements values = new Elements(out);
    for (long i = 0; i < values.count(); i++) {
      int index = code.getByte(bits == 8 ? i : i / 2);
      if (bits == 4) {
        index = i % 2 == 0 ? index >> 4 : index & 15;
      }
      // In fp32 here too, since these roundings are the definition.
      float product = (float) (book.get(index) * scale.get(i / blockSize));
      values.set(i, product + offset);
    }
  }

  @Override
  public void activation(ActivationKind kind, Tensor x, Tensor y) {
    Checks.same("activation", x, y);
    Elements in = new Elements(x);
    Elements out = new Elements(y);
    for (long i = 0; i < out.count(); i++) {
      out.set(i, ActivationFunctions.value(kind, in.get(i)));
    }
  }

  @Override
  public void activationBackward(
      ActivationKind kind, Tensor dy, Tensor x, boolean accumulate, Tensor dx) {
    Checks.same("activationBackward", dy, x, dx);
    Elements gradient = new Elements(dy);
    Elements in = new Elements(x);
    Elements out = new Elements(dx);
    for (long i = 0; i < out.count(); i++) {
      double slope = ActivationFunctions.derivative(kind, in.get(i));
      out.put(i, accumulate, gradient.get(i) * slope);
    }
  }

  @Override
  public void gated(ActivationKind kind, Tensor gate, Tensor up, Tensor y) {
    Checks.same("gated", gate, up, y);
    Elements g = new Elements(gate);
    Elements u = new Elements(up);
    Elements out = new Elements(y);
    for (long i = 0; i < out.count(); i++) {
      out.set(i, ActivationFunctions.value(kind, g.get(i)) * u.get(i));
    }
  }

  @Override
  public void gatedBackward(
      ActivationKind kind, Tensor dy, Tensor gate, Tensor up, Tensor dGate, Tensor dUp) {
    Checks.same("gatedBackward", dy, gate, up, dGate, dUp);
    Elements gradient = new Elements(dy);
    Elements g = new Elements(gate);
    Elements u = new Elements(up);
    Elements dg = new Elements(dGate);
    Elements du = new Elements(dUp);
    for (long i = 0; i < dg.count(); i++) {
      double slope = ActivationFunctions.derivative(kind, g.get(i));
      double value = ActivationFunctions.value(kind, g.get(i));
      double dGateValue = gradient.get(i) * u.get(i) * slope;
      du.set(i, gradient.get(i) * value);
      dg.set(i, dGateValue);
    }
  }

  @Override
  public void dropout(
      Tensor x, float probability, RandomStream stream, boolean accumulate, Tensor y) {
    Checks.same("dropout", x, y);
    Elements in = new Elements(x);
    Elements out = new Elements(y);
    double factor = 1 / (1 - (double) probability);
    for (long i = 0; i < out.count(); i++) {
      boolean keep = Philox.uniform(stream, i) >= probability;
      out.put(i, accumulate, keep ? in.get(i) * factor : 0);
    }
  }
}
