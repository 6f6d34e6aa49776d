package dev.sifter.train.data;

import java.util.List;

/** Rows that are put together from pieces of other rows when they are asked for. */
final class PackedRows extends ExampleRows {
  private final ExampleRows rows;
  private final boolean keepsDocuments;
  private final IntList pieces = new IntList();
  private final IntList firstPieces = new IntList();
  private final IntList lengths = new IntList();

  /**
   * A piece of a row.
   *
   * @param row its number
   * @param from first token
   * @param to token after the last
   */
  record Piece(int row, int from, int to) {
    int length() {
      return to - from;
    }
  }

  /**
   * Rows over others, none yet.
   *
   * @param keepsDocuments whether each piece stays a document of its own
   */
  PackedRows(ExampleRows rows, boolean keepsDocuments) {
    this.rows = rows;
    this.keepsDocuments = keepsDocuments;
  }

  /** Adds a row. */
  void add(List<Piece> row) {
    firstPieces.add(pieces.size() / 3);
    int length = 0;
    for (Piece piece : row) {
      pieces.add(piece.row());
      pieces.add(piece.from());
      pieces.add(piece.to());
      length += piece.length();
    }
    lengths.add(length);
  }

  @Override
  public Example get(int index) {
    int first = firstPieces.get(index);
    int last = index + 1 < size() ? firstPieces.get(index + 1) : pieces.size() / 3;
    int[] ids = new int[length(index)];
    int[] labels = new int[ids.length];
    int[] documents = new int[last - first];
    int at = 0;
    for (int i = first; i < last; i++) {
      Example piece = rows.slice(pieces.get(3 * i), pieces.get(3 * i + 1), pieces.get(3 * i + 2));
      documents[i - first] = piece.length();
      System.arraycopy(piece.inputIds(), 0, ids, at, piece.length());
      System.arraycopy(piece.labels(), 0, labels, at, piece.length());
      at += piece.length();
    }
    return keepsDocuments ? new Example(ids, labels, documents) : Example.of(ids, labels);
  }

  @Override
  public int length(int index) {
    return lengths.get(index);
  }

  @Override
  public int size() {
    return lengths.size();
  }
}
