package dev.sifter.kernels.library;

import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.GlobalPointer;
import dev.sifter.kernels.ptx.PtxAssembler;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * The work list of an attention kernel: which rows of which document each block has. Documents
 * never see each other, since no tile crosses their border; the longest work comes first, so that
 * the blocks end together.
 *
 * <p>A tile is five 32-bit numbers: the document's first query row and number of queries, its first
 * key row and number of keys, and the first of its rows that the block has.
 */
public final class AttentionTiles {
  /** 32-bit numbers of a tile. */
  public static final int FIELDS = 5;

  private AttentionTiles() {}

  /** One document's ranges. */
  public record Document(int queryStart, int queryLength, int keyStart, int keyLength) {}

  /**
   * Tiles of {@code blockRows} queries each.
   *
   * @return {@link #FIELDS} numbers for each tile, to be copied to the device
   */
  public static int[] ofQueries(List<Document> documents, int blockRows) {
    // The last queries see the most keys.
    return list(documents, blockRows, true);
  }

  /** Tiles of {@code blockRows} keys each, of documents whose keys are their queries. */
  public static int[] ofKeys(List<Document> documents, int blockRows) {
    // The first keys are seen by the most queries.
    return list(documents, blockRows, false);
  }

  /**
   * A list with empty tiles at its end, which their blocks leave at once: of a length that many
   * lists share, at most a quarter more.
   */
  public static int[] filledUp(int[] numbers) {
    int tiles = numbers.length / FIELDS;
    int step = Math.max(1, Integer.highestOneBit(tiles) / 4);
    return Arrays.copyOf(numbers, Math.ceilDiv(tiles, step) * step * FIELDS);
  }

  /** The list of so many tiles on the device, if it is all there. */
  static DeviceSlice require(DeviceSlice list, int tiles) {
    return list.require("tiles", (long) tiles * FIELDS * Integer.BYTES, Integer.BYTES);
  }

  private record Tile(Document document, int start, long work) {}

  private static int[] list(List<Document> documents, int blockRows, boolean queries) {
    List<Tile> tiles = new ArrayList<>();
    for (Document document : documents) {
      int rows = queries ? document.queryLength : document.keyLength;
      for (int start = 0; start < rows; start += blockRows) {
        int before = document.keyLength - document.queryLength + start;
        tiles.add(new Tile(document, start, queries ? before : rows - start));
      }
    }
    tiles.sort(Comparator.comparingLong(Tile::work).reversed());
    int[] numbers = new int[tiles.size() * FIELDS];
    int at = 0;
    for (Tile tile : tiles) {
      numbers[at++] = tile.document.queryStart;
      numbers[at++] = tile.document.queryLength;
      numbers[at++] = tile.document.keyStart;
      numbers[at++] = tile.document.keyLength;
      numbers[at++] = tile.start;
    }
    return numbers;
  }

  /** A tile in the registers of its block. */
  record InKernel(B32 queryStart, B32 queryLength, B32 keyStart, B32 keyLength, B32 first) {
    /** Leaves if there are no rows in it. */
    void exitIfEmpty(PtxAssembler k) {
      k.exitIf(k.eq(queryLength, 0));
    }

    static InKernel load(PtxAssembler k, GlobalPointer list, B32 tile) {
      GlobalPointer entry = k.at(list, tile, FIELDS * Integer.BYTES);
      return new InKernel(
          k.loadReadOnly(entry),
          k.loadReadOnly(entry.plus(Integer.BYTES)),
          k.loadReadOnly(entry.plus(2 * Integer.BYTES)),
          k.loadReadOnly(entry.plus(3 * Integer.BYTES)),
          k.loadReadOnly(entry.plus(4 * Integer.BYTES)));
    }
  }
}
