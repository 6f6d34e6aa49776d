package dev.sifter.engine.ops;

import dev.sifter.engine.autograd.Variable;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * A few trained rows of a table that is otherwise frozen: new tokens of a model (PEFT's {@code
 * trainable_token_indices}). The table itself holds copies of them, which its owner brings up to
 * date before each pass.
 */
public final class TokenRows {
  private final Variable rows;
  private final int[] ids;
  private final Map<Integer, Integer> places = new HashMap<>();

  /**
   * Rows apart from their table.
   *
   * @param rows [k, H]
   * @param ids which rows of the table they are, each once
   */
  public TokenRows(Variable rows, int... ids) {
    this.rows = rows;
    this.ids = ids.clone();
    for (int i = 0; i < ids.length; i++) {
      if (places.put(ids[i], i) != null) {
        throw new IllegalArgumentException(
            "token %d is named twice among %s".formatted(ids[i], Arrays.toString(ids)));
      }
    }
    if (rows.value().rows() != ids.length) {
      throw new IllegalArgumentException(
          "%d tokens, but rows %s".formatted(ids.length, rows.shape()));
    }
  }

  /** [k, H]. */
  public Variable rows() {
    return rows;
  }

  /** Which rows of the table they are. */
  public int[] ids() {
    return ids.clone();
  }

  /** The place of a token among the rows, or −1. */
  int indexOf(int token) {
    return places.getOrDefault(token, -1);
  }
}
