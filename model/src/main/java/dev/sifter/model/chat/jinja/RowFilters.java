package dev.sifter.model.chat.jinja;

import java.util.ArrayList;
import java.util.List;

/** The lazy filters that cut a sequence into rows or columns. */
final class RowFilters {
  private static final Signature BATCH =
      Signature.of("do_batch", "value linecount fill_with", (Object) null);
  private static final Signature SLICE =
      Signature.of("sync_do_slice", "value slices fill_with", (Object) null);

  private RowFilters() {}

  static boolean exists(String name) {
    return name.equals("batch") || name.equals("slice");
  }

  static Object call(String name, Object value, Args args) {
    return name.equals("batch")
        ? new Batch(value, BATCH.bind(value, args))
        : new Columns(value, SLICE.bind(value, args));
  }

  private abstract static class Rows extends Generator {
    final Object[] args;

    Rows(Object value, Object[] args) {
      super(value);
      this.args = args;
    }

    @Override
    boolean skipsEmpty() {
      return false;
    }
  }

  private static final class Batch extends Rows {
    private List<Object> row = new ArrayList<>();

    Batch(Object value, Object[] args) {
      super(value, args);
    }

    @Override
    Object advance() {
      while (items().hasNext()) {
        List<Object> full = Compare.equal((long) row.size(), args[1]) ? row : null;
        row = full == null ? row : new ArrayList<>();
        row.add(items().next());
        if (full != null) {
          return full;
        }
      }
      List<Object> last = row;
      row = new ArrayList<>();
      return last.isEmpty() ? Undefined.MISSING : filled(last);
    }

    private List<Object> filled(List<Object> last) {
      if (args[2] != null && Compare.ordered((long) last.size(), args[1], Kind.LT)) {
        int size = Budget.checkSize(Numbers.index(args[1]));
        while (last.size() < size) {
          last.add(args[2]);
        }
      }
      return last;
    }
  }

  private static final class Columns extends Rows {
    private List<Object> all;
    private int column;
    private int offset;

    Columns(Object value, Object[] args) {
      super(value, args);
    }

    @Override
    Object advance() {
      if (all == null) {
        all = new ArrayList<>();
        items().forEachRemaining(all::add);
      }
      int columns = Budget.checkSize(Numbers.index(args[1]));
      if (columns == 0) {
        throw new JinjaException("ZeroDivisionError", "integer division or modulo by zero");
      }
      if (column >= columns) {
        return Undefined.MISSING;
      }
      int extra = all.size() % columns;
      int end = offset + all.size() / columns + (column < extra ? 1 : 0);
      List<Object> part = new ArrayList<>(all.subList(offset, end));
      if (args[2] != null && column >= extra) {
        part.add(args[2]);
      }
      offset = end;
      column++;
      return part;
    }
  }
}
