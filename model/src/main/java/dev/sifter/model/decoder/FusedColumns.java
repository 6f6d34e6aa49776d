package dev.sifter.model.decoder;

import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.ops.Columns;
import dev.sifter.model.config.ModelConfig;
import java.util.stream.IntStream;

/**
 * Where a fused projection holds queries, keys and values: all of each kind together (Phi-3,
 * GPT-2), or the key and value of one head, behind the queries that share them, after those of
 * another (GPT-NeoX, Falcon).
 *
 * @param groupWidth width of the groups of columns that are copied whole
 */
record FusedColumns(int groupWidth, int[] queryGroups, int[] keyGroups, int[] valueGroups) {

  static FusedColumns of(ModelConfig.Attention attention) {
    int heads = attention.heads();
    int queries = heads / attention.kvHeads();
    if (attention.fusedByHead()) {
      int stride = queries + 2;
      return new FusedColumns(
          attention.headDim(),
          IntStream.range(0, heads).map(h -> h / queries * stride + h % queries).toArray(),
          every(stride, queries, attention.kvHeads()),
          every(stride, queries + 1, attention.kvHeads()));
    }
    // Keys and values are one group each, queries a whole number of such.
    return new FusedColumns(
        attention.kvWidth(),
        IntStream.range(0, queries).toArray(),
        new int[] {queries},
        new int[] {queries + 1});
  }

  private static int[] every(int stride, int first, int count) {
    return IntStream.range(0, count).map(group -> stride * group + first).toArray();
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
