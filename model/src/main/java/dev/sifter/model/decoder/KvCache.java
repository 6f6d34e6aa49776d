package dev.sifter.model.decoder;

import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.backend.Segments;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.model.config.ModelConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Keys and values of tokens already seen, or what a convolution reaches back to, for every block
 * and for several sequences at once. A sequence has a slot of fixed capacity.
 */
public final class KvCache implements AutoCloseable {
  private final Backend backend;
  private final TensorArena arena;
  private final List<List<Tensor>> kept = new ArrayList<>();
  private final long rows;
  private int[] lengths;
  private int capacity;
  private int[] newRows = {};

  /**
   * An empty cache.
   *
   * @param slots sequences
   * @param capacity tokens of a sequence
   */
  public KvCache(ModelConfig config, Backend backend, DType dtype, int slots, int capacity) {
    this.backend = backend;
    this.arena = backend.newArena("kv_cache");
    this.rows = (long) slots * capacity;
    layOut(slots, capacity);
    // In one piece: a device takes long to give memory, and to free it.
    Tensor all = arena.allocate(dtype, Shape.of(rows * elementsPerToken(config), 1));
    long from = 0;
    for (ModelConfig.Layer layer : config.layers()) {
      List<Tensor> tensors = new ArrayList<>();
      for (int width : widths(config, layer)) {
        tensors.add(all.rows(from, from + rows * width).reshape(rows, width));
        from += rows * width;
      }
      kept.add(tensors);
    }
  }

  /** Widths of what a block keeps of a token: key and value, or what it convolves. */
  private static int[] widths(ModelConfig config, ModelConfig.Layer layer) {
    int kvWidth = config.attention().kvWidth();
    return switch (layer.mixer()) {
      case ATTENTION -> new int[] {kvWidth, kvWidth};
      case CONVOLUTION -> new int[] {config.hiddenSize()};
    };
  }

  private static long elementsPerToken(ModelConfig config) {
    return config.layers().stream()
        .flatMapToInt(layer -> IntStream.of(widths(config, layer)))
        .asLongStream()
        .sum();
  }

  /** Bytes that a token takes, in numbers of {@code bytes} bytes. */
  public static long bytesPerToken(ModelConfig config, int bytes) {
    return elementsPerToken(config) * bytes;
  }

  /**
   * Forgets everything and divides the memory anew.
   *
   * @return false, with nothing changed, if the memory is too small for that
   */
  public boolean layOut(int slots, int capacity) {
    if ((long) slots * capacity > rows) {
      return false;
    }
    this.lengths = new int[slots];
    this.capacity = capacity;
    return true;
  }

  /** Tokens that a slot holds. */
  public int length(int slot) {
    return lengths[slot];
  }

  /** Tokens that a slot can hold. */
  public int capacity() {
    return capacity;
  }

  /** Forgets a slot's tokens from {@code length} on. */
  public void truncate(int slot, int length) {
    lengths[slot] = Math.min(lengths[slot], length);
  }

  /**
   * Makes a slot a copy of one of a cache of the same model, perhaps this one: a shared prefix is
   * computed once.
   */
  public void copySlot(KvCache source, int from, int to) {
    copySlot(source, from, to, 0);
  }

  /**
   * The same where the slot's first tokens are the other's already, with the same keys and values:
   * those stay.
   *
   * @param common how many
   */
  public void copySlot(KvCache source, int from, int to, int common) {
    int count = source.lengths[from] - common;
    for (int layer = 0; layer < kept.size(); layer++) {
      for (int i = 0; i < kept.get(layer).size(); i++) {
        copyRows(
            source.kept.get(layer).get(i),
            source.row(from, common),
            kept.get(layer).get(i),
            row(to, common),
            count);
      }
    }
    lengths[to] = source.lengths[from];
  }

  private void copyRows(Tensor source, long from, Tensor target, long to, int count) {
    backend.pointwise().cast(source.rows(from, from + count), target.rows(to, to + count));
  }

  /**
   * The batch that appends new tokens to some slots; the next forward pass must be over it.
   *
   * @param slots which sequences, each once
   * @param newTokens the tokens of each
   * @throws IllegalArgumentException if a slot would overflow
   */
  public TokenBatch append(int[] slots, List<int[]> newTokens) {
    int total = newTokens.stream().mapToInt(tokens -> tokens.length).sum();
    int[] ids = new int[total];
    int[] positions = new int[total];
    newRows = new int[total];
    int[] queryLengths = new int[slots.length];
    int[] keyStarts = new int[slots.length];
    int[] keyLengths = new int[slots.length];
    int at = 0;
    for (int s = 0; s < slots.length; s++) {
      int[] tokens = newTokens.get(s);
      int before = lengths[slots[s]];
      if (before + tokens.length > capacity) {
        throw new IllegalArgumentException(
            "%d cached and %d new tokens exceed the cache's %d; make it larger"
                .formatted(before, tokens.length, capacity));
      }
      for (int i = 0; i < tokens.length; i++) {
        ids[at + i] = tokens[i];
        positions[at + i] = before + i;
        newRows[at + i] = Math.toIntExact(row(slots[s], before + i));
      }
      at += tokens.length;
      queryLengths[s] = tokens.length;
      keyStarts[s] = Math.toIntExact(row(slots[s], 0));
      keyLengths[s] = before + tokens.length;
      lengths[slots[s]] = keyLengths[s];
    }
    return new TokenBatch(ids, positions, Segments.cached(queryLengths, keyStarts, keyLengths));
  }

  /** Where the keys and values of the batch that {@link #append} gave belong, token by token. */
  int[] newRows() {
    return newRows;
  }

  /**
   * Stores what one block keeps of the new tokens.
   *
   * @param rows I32, {@link #newRows} where the backend computes
   * @param news keys and values, or what the block convolves
   */
  void store(int layer, Tensor rows, Tensor... news) {
    for (int i = 0; i < news.length; i++) {
      backend.rows().scatter(news[i], rows, kept.get(layer).get(i));
    }
  }

  /** What one block keeps of all tokens: keys and values, or what it convolves. */
  List<Tensor> kept(int layer) {
    return kept.get(layer);
  }

  private long row(int slot, int token) {
    return (long) slot * capacity + token;
  }

  @Override
  public void close() {
    arena.close();
  }
}
