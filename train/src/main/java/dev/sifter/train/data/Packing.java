package dev.sifter.train.data;

import dev.sifter.train.data.PackedRows.Piece;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Puts several examples into one row, exactly as TRL's {@code pack_dataset} does: in batches of a
 * thousand examples, so that data of any size is packed in bounded memory. One thing differs: from
 * the second thousand on, TRL's {@code wrapped} repeats the first thousand's tokens; here they go
 * on. Only lengths are looked at; tokens are put together when a row is asked for.
 */
public final class Packing {
  private static final int BATCH = 1000;

  private Packing() {}

  /**
   * Packs examples of one document each.
   *
   * @param length most tokens of a row
   */
  public static ExampleRows pack(List<Example> examples, int length, PackingStrategy strategy) {
    ExampleRows rows = ExampleRows.of(examples);
    PackedRows packed = new PackedRows(rows, strategy != PackingStrategy.WRAPPED);
    for (int from = 0; from < rows.size(); from += BATCH) {
      List<Piece> batch = new ArrayList<>();
      for (int row = from; row < Math.min(from + BATCH, rows.size()); row++) {
        batch.add(new Piece(row, 0, rows.length(row)));
      }
      switch (strategy) {
        case BFD -> bestFitDecreasing(cut(batch, length), length, packed);
        case BFD_SPLIT -> bestFitDecreasing(split(batch, length), length, packed);
        case WRAPPED -> wrap(batch, length, packed);
      }
    }
    return packed;
  }

  private static List<Piece> cut(List<Piece> examples, int length) {
    return examples.stream()
        .filter(example -> example.length() > 0)
        .map(example -> new Piece(example.row(), 0, Math.min(length, example.length())))
        .toList();
  }

  private static List<Piece> split(List<Piece> examples, int length) {
    List<Piece> pieces = new ArrayList<>();
    for (Piece example : examples) {
      for (int from = 0; from < example.length(); from += length) {
        int to = Math.min(from + length, example.length());
        pieces.add(new Piece(example.row(), from, to));
      }
    }
    return pieces;
  }

  /** All tokens one after the other, cut into rows. */
  private static void wrap(List<Piece> examples, int length, PackedRows packed) {
    List<Piece> row = new ArrayList<>();
    int room = length;
    for (Piece example : examples) {
      for (int from = 0; from < example.length(); ) {
        int to = Math.min(from + room, example.length());
        row.add(new Piece(example.row(), from, to));
        room -= to - from;
        from = to;
        if (room == 0) {
          packed.add(row);
          row.clear();
          room = length;
        }
      }
    }
    if (!row.isEmpty()) {
      packed.add(row);
    }
  }

  /** A row that is being filled. */
  private record Bin(List<Piece> documents) {}

  /**
   * Longest first; each into the fullest row that has room for it, of equal ones the row that has
   * been so full for the longest time; or into a new row.
   */
  private static void bestFitDecreasing(List<Piece> documents, int length, PackedRows packed) {
    List<Piece> sorted = new ArrayList<>(documents);
    sorted.sort(Comparator.comparingInt(Piece::length).reversed());
    List<Bin> bins = new ArrayList<>();
    TreeMap<Integer, Deque<Bin>> byRoom = new TreeMap<>();
    for (Piece document : sorted) {
      Map.Entry<Integer, Deque<Bin>> fit = byRoom.ceilingEntry(document.length());
      Bin bin;
      int room;
      if (fit == null) {
        bin = new Bin(new ArrayList<>());
        bins.add(bin);
        room = length;
      } else {
        bin = fit.getValue().removeFirst();
        room = fit.getKey();
        if (fit.getValue().isEmpty()) {
          byRoom.remove(room);
        }
      }
      bin.documents().add(document);
      if (room > document.length()) {
        byRoom.computeIfAbsent(room - document.length(), _ -> new ArrayDeque<>()).addLast(bin);
      }
    }
    bins.forEach(bin -> packed.add(bin.documents()));
  }
}
