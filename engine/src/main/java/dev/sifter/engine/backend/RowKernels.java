package dev.sifter.engine.backend;

import dev.sifter.engine.tensor.Tensor;

/** Rows of a table, chosen by number. */
public interface RowKernels {

  /**
   * y[t] = scale · table[rows[t]].
   *
   * @param table [V, H]
   * @param rows I32 [T], each in [0, V)
   * @param y [T, H]
   * @throws IndexOutOfBoundsException if a row number is out of range; nothing is written then
   */
  void gather(Tensor table, Tensor rows, float scale, Tensor y);

  /**
   * y[rows[t]] = x[t]; other rows of y stay as they are.
   *
   * @param x [T, H]; its rows may have a border
   * @param rows I32 [T], each in [0, V), none twice
   * @param y [V, H]
   * @throws IndexOutOfBoundsException if a row number is out of range; nothing is written then
   */
  void scatter(Tensor x, Tensor rows, Tensor y);

  /**
   * dTable[rows[t]] += scale · dy[t], in the order of t for each row: the gradient of {@link
   * #gather}, deterministic.
   *
   * @param dy [T, H]
   * @param rows I32 [T], each in [0, V); the same one may come again
   * @param dTable [V, H]
   * @throws IndexOutOfBoundsException if a row number is out of range; nothing is written then
   */
  void scatterAdd(Tensor dy, Tensor rows, float scale, Tensor dTable);
}
