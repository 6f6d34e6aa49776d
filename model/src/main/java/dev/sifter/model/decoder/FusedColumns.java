package dev.sifter.model.decoder;

import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.ops.Columns;
import dev.sifter.model.config.ModelConfig;
import java.util.stream.IntStream;

/**
 * Where a fused projection holds queries, keys and values: all of each kind together (Phi-3,
 * GPT-2), or the three of one head after those of another (GPT-NeoX).
 *
 * @param groupWidth width of the groups of columns that are copied whole
 */
record FusedColumns(int groupWidth, int[] queryGroups, int[] keyGroups, int[] valueGroups) {

  static FusedColumns of(ModelConfig.Attention attention) {
    int heads = attention.heads();
    if (attention.fusedByHead()) {
      return new FusedColumns(
          attention.headDim(), everyThird(heads, 0), everyThird(heads, 1), everyThird(heads, 2));
    }
    // Keys and values are one group each, queries a whole number of such.
    int queries = heads / attention.kvHeads();
    return new FusedColumns(
        attention.kvWidth(),
        IntStream.range(0, queries).toArray(),
        new int[] {queries},
        new int[] {queries + 1});
  }

  private static int[] everyThird(int heads, int first) {
    return IntStream.range(0, heads).map(head -> 3 * head + first).toArray();
  }

  Variable queries(Tape tape, Variable all) {
    return Columns.apply(tape, all, groupWidth, queryGroups);
  }

  Variable keys(Tape tape, Variable all) {
    return Columns.apply(tape, all, groupWidth, keyGroups);
  }

  Variable values(Tape tape, Variable all) {
    return Columns.apply(tape, all, groupWidth, valueGroups);
  }
}
