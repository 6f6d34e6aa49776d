package dev.sifter.train.data;

import java.util.AbstractList;
import java.util.List;
import java.util.RandomAccess;

/**
 * Rows to train on, which may lie on disk: an unmodifiable list that knows the length of a row
 * without reading it.
 */
public abstract class ExampleRows extends AbstractList<Example> implements RandomAccess {

  /** Tokens of a row. */
  public abstract int length(int index);

  /**
   * Tokens and labels of a piece of a row.
   *
   * @param from its first token
   * @param to the token after its last
   */
  Example slice(int index, int from, int to) {
    return get(index).slice(from, to);
  }

  /** Rows in memory. */
  static ExampleRows of(List<Example> examples) {
    return examples instanceof ExampleRows rows ? rows : new InMemory(List.copyOf(examples));
  }

  /** These rows in another order, or some of them: row i is row {@code order[i]} of these. */
  final ExampleRows inOrder(int[] order) {
    return new Ordered(this, order);
  }

  /** Tokens of the longest row; 0 if there is none. */
  public final int longest() {
    int longest = 0;
    for (int i = 0; i < size(); i++) {
      longest = Math.max(longest, length(i));
    }
    return longest;
  }

  /** Tokens of all rows. */
  final long tokens() {
    long tokens = 0;
    for (int i = 0; i < size(); i++) {
      tokens += length(i);
    }
    return tokens;
  }

  private static final class InMemory extends ExampleRows {
    private final List<Example> examples;

    InMemory(List<Example> examples) {
      this.examples = examples;
    }

    @Override
    public Example get(int index) {
      return examples.get(index);
    }

    @Override
    public int length(int index) {
      return examples.get(index).length();
    }

    @Override
    public int size() {
      return examples.size();
    }
  }

  private static final class Ordered extends ExampleRows {
    private final ExampleRows rows;
    private final int[] order;

    Ordered(ExampleRows rows, int[] order) {
      this.rows = rows;
      this.order = order;
    }

    @Override
    public Example get(int index) {
      return rows.get(order[index]);
    }

    @Override
    Example slice(int index, int from, int to) {
      return rows.slice(order[index], from, to);
    }

    @Override
    public int length(int index) {
      return rows.length(order[index]);
    }

    @Override
    public int size() {
      return order.length;
    }
  }
}
