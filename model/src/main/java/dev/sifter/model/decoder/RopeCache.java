package dev.sifter.model.decoder;

import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.ops.Rope;
import dev.sifter.engine.tensor.DType;
import dev.sifter.model.config.RopeConfig;
import java.util.HashMap;
import java.util.Map;

/** The tables of angles that a model's layers share, made when a pass first needs them. */
final class RopeCache implements AutoCloseable {
  private static final int LEAST_POSITIONS = 128;

  private final Backend backend;
  private final DType dtype;
  private final TensorArena arena;
  private final Map<RopeConfig, Entry> entries = new HashMap<>();

  /** A table and the regime that it was made for. */
  private record Entry(Rope.Table table, int regime) {}

  RopeCache(Backend backend, DType dtype) {
    this.backend = backend;
    this.dtype = dtype;
    this.arena = backend.newArena("tables");
  }

  /**
   * The table of one configuration.
   *
   * @param longest tokens of the longest sequence of this pass, cached ones included
   * @param capacity tokens that the longest sequence may grow to in later passes
   */
  Rope.Table table(RopeConfig config, int longest, int capacity) {
    Entry known = entries.get(config);
    int regime = config.regime(longest);
    if (known != null && known.regime == regime && known.table.cos().rows() >= longest) {
      return known.table;
    }
    if (known != null) {
      arena.release(known.table.cos());
      arena.release(known.table.sin());
    }
    int positions = rounded(Math.max(longest, capacity));
    Rope.Table table = RopeTables.build(config, longest, positions, dtype, backend, arena);
    entries.put(config, new Entry(table, regime));
    return table;
  }

  /** To a power of two, so that a longer sequence seldom needs a new table. */
  private static int rounded(int positions) {
    return Math.max(Integer.highestOneBit(Math.max(positions - 1, 1)) * 2, LEAST_POSITIONS);
  }

  @Override
  public void close() {
    arena.close();
  }
}
