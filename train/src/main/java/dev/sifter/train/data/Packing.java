package dev.sifter.train.data;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * Puts several examples into one row, exactly as TRL's {@code pack_dataset} does: in batches of a
 * thousand examples, so that data of any size is packed in bounded memory. One thing differs: from
 * the second thousand on, TRL's {@code wrapped} repeats the first thousand's tokens; here they go
 * on.
 */
public final class Packing {
  private static final int BATCH = 1000;

  private Packing() {}

  /**
   * Packs examples of one document each.
   *
   * @param length most tokens of a row
   */
  public static List<Example> pack(List<Example> examples, int length, PackingStrategy strategy) {
    List<Example> rows = new ArrayList<>();
    for (int from = 0; from < examples.size(); from += BATCH) {
      List<Example> batch = examples.subList(from, Math.min(from + BATCH, examples.size()));
      rows.addAll(
          switch (strategy) {
            case BFD -> bestFitDecreasing(cut(batch, length), length);
            case BFD_SPLIT -> bestFitDecreasing(split(batch, length), length);
            case WRAPPED -> split(List.of(concatenate(batch, false)), length);
          });
    }
    return rows;
  }

  private static List<Example> cut(List<Example> examples, int length) {
    return examples.stream()
        .filter(example -> example.length() > 0)
        .map(example -> example.slice(0, Math.min(length, example.length())))
        .toList();
  }

  private static List<Example> split(List<Example> examples, int length) {
    List<Example> pieces = new ArrayList<>();
    for (Example example : examples) {
      for (int from = 0; from < example.length(); from += length) {
        pieces.add(example.slice(from, Math.min(from + length, example.length())));
      }
    }
    return pieces;
  }

  /** A row that is being filled. */
  private record Bin(List<Example> documents) {}

  /**
   * Longest first; each into the fullest row that has room for it, of equal ones the row that has
   * been so full for the longest time; or into a new row.
   */
  private static List<Example> bestFitDecreasing(List<Example> documents, int length) {
    List<Example> sorted = new ArrayList<>(documents);
    sorted.sort(Comparator.comparingInt(Example::length).reversed());
    List<Bin> bins = new ArrayList<>();
    TreeMap<Integer, Deque<Bin>> byRoom = new TreeMap<>();
    for (Example document : sorted) {
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
    return bins.stream().map(bin -> concatenate(bin.documents(), true)).toList();
  }

  private static Example concatenate(List<Example> examples, boolean keepDocuments) {
    int[] ids = examples.stream().flatMapToInt(e -> Arrays.stream(e.inputIds())).toArray();
    int[] labels = examples.stream().flatMapToInt(e -> Arrays.stream(e.labels())).toArray();
    IntStream lengths = examples.stream().flatMapToInt(e -> Arrays.stream(e.documentLengths()));
    return keepDocuments ? new Example(ids, labels, lengths.toArray()) : Example.of(ids, labels);
  }
}
