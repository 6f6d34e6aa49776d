package dev.sifter.model.decoder;

import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.ops.Columns;
import dev.sifter.model.config.ModelConfig;
import java.util.stream.IntStream;

/**
 * Where a fused projection holds queries, keys and values.
 *
 * @param groupWidth width of the groups of columns that are copied whole
 */
record FusedColumns(int groupWidth, int[] queryGroups, int[] keyGroups, int[] valueGroups) {

  static FusedColumns of(ModelConfig.Attention attention) {
    return switch (attention.fused()) {
      case BY_KIND -> byKind(attention);
      case BY_HEAD -> byHead(attention);
      case BY_QUARTER ->
          new FusedColumns(
              attention.queryWidth() / 4, every(3, 0, 4), every(3, 2, 4), every(3, 1, 4));
    };
  }

  /** Keys and values are one group each, queries a whole number of such. */
  private static FusedColumns byKind(ModelConfig.Attention attention) {
    int queries = attention.heads() / attention.kvHeads();
    return new FusedColumns(
        attention.kvWidth(),
        IntStream.range(0, queries).toArray(),
        new int[] {queries},
        new int[] {queries + 1});
  }

  private static FusedColumns byHead(ModelConfig.Attention attention) {
    int heads = attention.heads();
    int queries = heads / attention.kvHeads();
    int stride = queries + 2;
    return new FusedColumns(
        attention.headDim(),
        IntStream.range(0, heads).map(h -> h / queries * stride + h % queries).toArray(),
        every(stride, queries, attention.kvHeads()),
        every(stride, queries + 1, attention.kvHeads()));
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
