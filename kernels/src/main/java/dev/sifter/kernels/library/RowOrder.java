package dev.sifter.kernels.library;

import java.util.Arrays;

/**
 * Terms sorted by the row that they are added to, for {@link ScatterAdd}: the host knows the row
 * numbers, and sorts them in less time than a device needs to search for equal ones.
 */
public final class RowOrder {
  private RowOrder() {}

  /**
   * The terms of each row beside each other, in their order, and how many there are.
   *
   * @param rows a row number for each term, at least 0
   * @return the numbers of the terms [count], then for each of these places [count] how many terms
   *     of one row begin there; 0 within a row's terms
   */
  public static int[] of(int[] rows) {
    int count = rows.length;
    long[] keys = new long[count];
    for (int t = 0; t < count; t++) {
      keys[t] = (long) rows[t] << Integer.SIZE | t;
    }
    Arrays.sort(keys);
    int[] order = new int[2 * count];
    int begin = 0;
    for (int i = 0; i < count; i++) {
      order[i] = (int) keys[i];
      if (keys[i] >>> Integer.SIZE != keys[begin] >>> Integer.SIZE) {
        begin = i;
      }
      order[count + begin]++;
    }
    return order;
  }
}
