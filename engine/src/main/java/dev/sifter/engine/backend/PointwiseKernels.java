package dev.sifter.engine.backend;

import dev.sifter.engine.random.RandomStream;
import dev.sifter.engine.tensor.Tensor;

/** Functions of single elements. All tensors of a call have the same number of elements. */
public interface PointwiseKernels {

  /** out = a + b; {@code out} may be {@code a} or {@code b}. */
  void add(Tensor a, Tensor b, Tensor out);

  /** out = factor · x; {@code out} may be {@code x}. */
  void scale(Tensor x, float factor, Tensor out);

  /** y = 1/√x, and 0 for x &le; 0; {@code y} may be {@code x}. */
  void inverseRoot(Tensor x, Tensor y);

  /** Every element becomes {@code value}. */
  void fill(Tensor x, float value);

  /** out = x, converted to out's type with round-to-nearest-even; NaN stays NaN. */
  void cast(Tensor x, Tensor out);

  /**
   * out[i] = codeBook[code[i]] · scales[i / blockSize] + offset: NF4, 8-bit blockwise and their
   * like. As in bitsandbytes, product and sum are each rounded to fp32, and the sum then to out's
   * type.
   *
   * @param codes U8: one code a byte, or two of 4 bits, the first in the upper half
   * @param bits 4 or 8
   * @param codeBook F32 [16] or [256]
   * @param scales F32, one a block of out's elements
   */
  void dequantize(
      Tensor codes,
      int bits,
      Tensor codeBook,
      Tensor scales,
      int blockSize,
      float offset,
      Tensor out);

  /** y = f(x). */
  void activation(ActivationKind kind, Tensor x, Tensor y);

  /** dx (+)= dy · f′(x). */
  void activationBackward(ActivationKind kind, Tensor dy, Tensor x, boolean accumulate, Tensor dx);

  /** y = f(gate) · up: SwiGLU, GeGLU (Shazeer 2020). */
  void gated(ActivationKind kind, Tensor gate, Tensor up, Tensor y);

  /** dGate = dy · up · f′(gate), dUp = dy · f(gate); may overwrite gate and up in place. */
  void gatedBackward(
      ActivationKind kind, Tensor dy, Tensor gate, Tensor up, Tensor dGate, Tensor dUp);

  /**
   * y[i] = keep(i) ? x[i] / (1 − p) : 0, where keep(i) is whether the i-th uniform number of the
   * stream is at least p. The mask is never stored: the backward of dropout is this same function
   * of dy.
   *
   * @param accumulate whether y is added to
   */
  void dropout(Tensor x, float probability, RandomStream stream, boolean accumulate, Tensor y);
}
