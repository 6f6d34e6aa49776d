package dev.sifter.engine.backend.gpu;

import dev.sifter.engine.backend.Segments;
import dev.sifter.engine.memory.MemoryLedger;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.library.AttentionTiles;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The work lists of attention kernels on the device. All layers of a step attend within the same
 * documents, so a list is made and uploaded once and kept while it is in use; by later steps too,
 * if their documents are as long.
 */
final class TileLists implements AutoCloseable {
  /** More than the lists of one step: forward and both gradients. */
  private static final int MOST_LISTS = 16;

  private final GpuContext context;
  private final TensorArena arena;
  private final Map<Key, TileList> lists = new LinkedHashMap<>();

  private record Key(List<AttentionTiles.Document> documents, boolean keys, int blockRows) {}

  /** Tiles on the device; {@code tensor} is null if there are none. */
  record TileList(Tensor tensor, DeviceSlice slice, int count) {}

  TileLists(GpuContext context, GpuMemory memory) {
    this.context = context;
    // Lists outlive the step that made them, so the ledger of its arenas does not count them.
    arena = new TensorArena("tile lists", memory, new MemoryLedger(), 1 << 20);
  }

  TileList ofQueries(Segments segments, int blockRows) {
    return get(new Key(documents(segments), false, blockRows));
  }

  TileList ofKeys(Segments segments, int blockRows) {
    return get(new Key(documents(segments), true, blockRows));
  }

  private TileList get(Key key) {
    TileList known = lists.get(key);
    if (known != null) {
      return known;
    }
    if (lists.size() == MOST_LISTS) {
      Iterator<TileList> oldest = lists.values().iterator();
      Tensor tensor = oldest.next().tensor;
      oldest.remove();
      if (tensor != null) {
        arena.release(tensor);
      }
    }
    TileList list = upload(key);
    lists.put(key, list);
    return list;
  }

  private TileList upload(Key key) {
    int[] numbers =
        key.keys
            ? AttentionTiles.ofKeys(key.documents, key.blockRows)
            : AttentionTiles.ofQueries(key.documents, key.blockRows);
    if (numbers.length == 0) {
      return new TileList(null, null, 0);
    }
    Tensor tensor = arena.allocate(DType.I32, Shape.of(numbers.length));
    context.upload(MemorySegment.ofArray(numbers), tensor);
    return new TileList(tensor, context.slice(tensor), numbers.length / AttentionTiles.FIELDS);
  }

  private static List<AttentionTiles.Document> documents(Segments segments) {
    List<AttentionTiles.Document> documents = new ArrayList<>();
    for (int d = 0; d < segments.count(); d++) {
      documents.add(
          new AttentionTiles.Document(
              segments.queryStart(d),
              segments.queryLength(d),
              segments.keyStart(d),
              segments.keyLength(d)));
    }
    return documents;
  }

  @Override
  public void close() {
    arena.close();
  }
}
