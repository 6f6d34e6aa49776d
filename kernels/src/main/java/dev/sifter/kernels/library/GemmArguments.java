package dev.sifter.kernels.library;

import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.Pred;
import dev.sifter.kernels.ptx.PtxAssembler;
import java.util.List;

/** The parameters that all products of matrices have. */
record GemmArguments(
    ElementPointer a,
    ElementPointer b,
    ElementPointer c,
    B32 m,
    B32 n,
    B32 k,
    B32 strideA,
    B32 strideB,
    B32 strideC,
    F32 alpha,
    F32 beta) {

  static GemmArguments declare(
      PtxAssembler k, GemmShape.Operands operands, int vectorA, int vectorB, int vectorC) {
    return new GemmArguments(
        k.input("a", operands.a(), vectorA),
        k.input("b", operands.b(), vectorB),
        k.output("c", operands.c(), vectorC),
        k.size("m"),
        k.size("n"),
        k.size("k"),
        k.size("strideA"),
        k.size("strideB"),
        k.size("strideC"),
        k.number("alpha"),
        k.number("beta"));
  }

  static Object[] of(GemmShape shape, Array a, Array b, float alpha, float beta, Array c) {
    return new Object[] {
      shape.requireA(a),
      shape.requireB(b),
      shape.requireC(c),
      shape.m(),
      shape.n(),
      shape.k(),
      shape.strideA(),
      shape.strideB(),
      shape.strideC(),
      alpha,
      beta
    };
  }

  /** Stores α·sums + β·C where p holds; what C held is not even read if β is 0. */
  void put(PtxAssembler k, Pred p, ElementPointer to, List<F32> sums, boolean accumulate) {
    List<F32> scaled = Vectors.map(sums, sum -> k.mul(sum, alpha));
    k.storeIf(
        p,
        to,
        accumulate
            ? Vectors.zip(k.loadIf(p, to, sums.size()), scaled, (old, sum) -> k.fma(old, beta, sum))
            : scaled);
  }
}
