package dev.sifter.kernels.library;

import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.gpu.Grid;
import dev.sifter.kernels.ptx.ElementType;

/**
 * C = α · op(A) · op(B) + β · C of row-major matrices whose rows may be apart.
 *
 * @param m rows of C
 * @param n columns of C
 * @param k terms of each sum
 * @param transposeA whether A is stored as [k, m], not [m, k]
 * @param transposeB whether B is stored as [n, k], not [k, n]
 * @param strideA elements from one row of A, as stored, to the next
 * @param strideB the same of B
 * @param strideC the same of C
 */
public record GemmShape(
    int m,
    int n,
    int k,
    boolean transposeA,
    boolean transposeB,
    int strideA,
    int strideB,
    int strideC) {

  /** Refuses rows that overlap. */
  public GemmShape {
    Strides.require("A", strideA, transposeA ? m : k);
    Strides.require("B", strideB, transposeB ? k : n);
    Strides.require("C", strideC, n);
  }

  /** Of matrices whose rows lie next to each other. */
  public static GemmShape dense(int m, int n, int k, boolean transposeA, boolean transposeB) {
    return new GemmShape(
        m, n, k, transposeA, transposeB, transposeA ? m : k, transposeB ? k : n, n);
  }

  /** The same product into a matrix whose rows lie next to each other. */
  GemmShape withDenseC() {
    return new GemmShape(m, n, k, transposeA, transposeB, strideA, strideB, n);
  }

  /** Terms of each of so many parts, a multiple of {@code depth}. */
  int share(int splits, int depth) {
    return Math.ceilDiv(Math.ceilDiv(k, splits), depth) * depth;
  }

  /** Blocks for tiles of C of so many rows and columns, each of them {@code splits} times. */
  Grid grid(int tile, int splits) {
    return new Grid(Math.ceilDiv(n, tile), Math.ceilDiv(m, tile), splits);
  }

  DeviceSlice requireA(Array a) {
    return a.require("A", Strides.elements(transposeA ? k : m, strideA, transposeA ? m : k));
  }

  DeviceSlice requireB(Array b) {
    return b.require("B", Strides.elements(transposeB ? n : k, strideB, transposeB ? k : n));
  }

  DeviceSlice requireC(Array c) {
    return c.require("C", Strides.elements(m, strideC, n));
  }

  /** Whether vectors of so many elements fit into A's rows. */
  boolean fitsA(Array a, int vector) {
    return fits(a, vector, strideA, transposeA ? m : k);
  }

  /** Whether vectors of so many elements fit into B's rows. */
  boolean fitsB(Array b, int vector) {
    return fits(b, vector, strideB, transposeB ? k : n);
  }

  /** Whether vectors of so many elements fit into C's rows. */
  boolean fitsC(Array c, int vector) {
    return fits(c, vector, strideC, n);
  }

  private static boolean fits(Array array, int vector, int stride, int width) {
    return array.isAlignedTo(vector) && stride % vector == 0 && width % vector == 0;
  }

  /** The types and layouts that a kernel is specialised for. */
  public record Operands(
      ElementType a,
      ElementType b,
      ElementType c,
      boolean transposeA,
      boolean transposeB,
      boolean accumulate) {

    static Operands of(GemmShape shape, Array a, Array b, Array c, float beta) {
      return new Operands(
          a.type(), b.type(), c.type(), shape.transposeA, shape.transposeB, beta != 0);
    }
  }
}
