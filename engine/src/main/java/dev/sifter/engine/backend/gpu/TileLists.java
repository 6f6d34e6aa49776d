package dev.sifter.engine.backend.gpu;

import dev.sifter.engine.backend.Segments;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.library.AttentionTiles;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The work lists of attention kernels on the device. All layers of a pass attend within the same
 * documents, so a list is made and uploaded once a pass.
 *
 * <p>Lists of about the same length take the same place, one after the other, and are filled up
 * with empty tiles to the same length: so the launches of a pass over other documents are the same
 * launches, and a graph of them serves all.
 */
final class TileLists {
  private final GpuContext context;
  private final Map<Place, Tensor> places = new HashMap<>();
  private final Map<Kind, Current> current = new HashMap<>();

  private record Kind(boolean keys, int blockRows) {}

  private record Place(Kind kind, int tiles) {}

  private record Current(Segments segments, TileList list) {}

  /** Tiles on the device, the last of them maybe empty; {@code slice} is null if there are none. */
  record TileList(DeviceSlice slice, int count) {}

  TileLists(GpuContext context) {
    this.context = context;
  }

  TileList ofQueries(Segments segments, int blockRows) {
    return get(new Kind(false, blockRows), segments);
  }

  TileList ofKeys(Segments segments, int blockRows) {
    return get(new Kind(true, blockRows), segments);
  }

  private TileList get(Kind kind, Segments segments) {
    Current last = current.get(kind);
    // Documents of equal lengths in another pass are uploaded again, as any others would be.
    if (last == null || last.segments != segments) {
      last = new Current(segments, upload(kind, documents(segments)));
      current.put(kind, last);
    }
    return last.list;
  }

  private TileList upload(Kind kind, List<AttentionTiles.Document> documents) {
    int[] numbers =
        kind.keys
            ? AttentionTiles.ofKeys(documents, kind.blockRows)
            : AttentionTiles.ofQueries(documents, kind.blockRows);
    if (numbers.length == 0) {
      return new TileList(null, 0);
    }
    int[] filled = AttentionTiles.filledUp(numbers);
    int tiles = filled.length / AttentionTiles.FIELDS;
    Tensor tensor =
        places.computeIfAbsent(
            new Place(kind, tiles), place -> context.place(DType.I32, Shape.of(filled.length)));
    context.upload(MemorySegment.ofArray(filled), tensor);
    return new TileList(context.slice(tensor), tiles);
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
}
