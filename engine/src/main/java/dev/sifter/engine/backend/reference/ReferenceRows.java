package dev.sifter.engine.backend.reference;

import dev.sifter.engine.backend.RowKernels;
import dev.sifter.engine.tensor.Tensor;

/** Rows by number. */
final class ReferenceRows implements RowKernels {
  @Override
  public void gather(Tensor table, Tensor rows, float scale, Tensor y) {
    Elements from = new Elements(table);
    Elements ids = new Elements(rows);
    Elements out = new Elements(y);
    int width = table.width();
    for (int t = 0; t < ids.count(); t++) {
      long row = checked(ids.getInt(t), table);
      for (int i = 0; i < width; i++) {
        out.set((long) t * width + i, scale * from.get(row * width + i));
      }
    }
  }

  @Override
  public void scatterAdd(Tensor dy, Tensor rows, float scale, Tensor dTable) {
    Elements gradient = new Elements(dy);
    Elements ids = new Elements(rows);
    Elements out = new Elements(dTable);
    int width = dTable.width();
    for (int t = 0; t < ids.count(); t++) {
      long row = checked(ids.getInt(t), dTable);
      for (int i = 0; i < width; i++) {
        out.add(row * width + i, scale * gradient.get((long) t * width + i));
      }
    }
  }

  private static long checked(int row, Tensor table) {
    if (row < 0 || row >= table.rows()) {
      throw new IndexOutOfBoundsException("row %d of a table of %d".formatted(row, table.rows()));
    }
    return row;
  }
}
