package dev.sifter.engine.backend.reference;

import dev.sifter.engine.backend.RowKernels;
import dev.sifter.engine.tensor.Tensor;

/** Rows by number. */
final class ReferenceRows implements RowKernels {
  @Override
  public void gather(Tensor table, Tensor rows, float scale, Tensor y) {
    Checks.integers("gather", rows);
    Checks.perRow("gather", y, rows);
    Checks.width("gather", table.shape().width(), y);
    checkRows(rows, table);
    Elements from = new Elements(table);
    Elements ids = new Elements(rows);
    Elements out = new Elements(y);
    int width = table.width();
    for (int t = 0; t < ids.count(); t++) {
      long row = ids.getInt(t);
      for (int i = 0; i < width; i++) {
        out.set((long) t * width + i, scale * from.get(row * width + i));
      }
    }
  }

  @Override
  public void scatter(Tensor x, Tensor rows, Tensor y) {
    Checks.integers("scatter", rows);
    Checks.perRow("scatter", x, rows);
    Checks.width("scatter", y.shape().width(), x);
    checkRows(rows, y);
    Elements from = new Elements(x);
    Elements ids = new Elements(rows);
    Elements out = new Elements(y);
    int width = y.width();
    for (int t = 0; t < ids.count(); t++) {
      long row = ids.getInt(t);
      for (int i = 0; i < width; i++) {
        out.set(row * width + i, from.get((long) t * width + i));
      }
    }
  }

  @Override
  public void scatterAdd(Tensor dy, Tensor rows, float scale, Tensor dTable) {
    Checks.integers("scatterAdd", rows);
    Checks.perRow("scatterAdd", dy, rows);
    Checks.width("scatterAdd", dTable.shape().width(), dy);
    checkRows(rows, dTable);
    Elements gradient = new Elements(dy);
    Elements ids = new Elements(rows);
    Elements out = new Elements(dTable);
    int width = dTable.width();
    for (int t = 0; t < ids.count(); t++) {
      long row = ids.getInt(t);
      for (int i = 0; i < width; i++) {
        out.add(row * width + i, scale * gradient.get((long) t * width + i));
      }
    }
  }

  private static void checkRows(Tensor rows, Tensor table) {
    Elements ids = new Elements(rows);
    for (int t = 0; t < ids.count(); t++) {
      int row = ids.getInt(t);
      if (row < 0 || row >= table.rows()) {
        throw new IndexOutOfBoundsException("row %d of a table of %d".formatted(row, table.rows()));
      }
    }
  }
}
