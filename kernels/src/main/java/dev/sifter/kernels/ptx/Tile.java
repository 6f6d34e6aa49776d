package dev.sifter.kernels.ptx;

/** A matrix of 16-bit elements in shared memory, by chunks of eight elements. */
public sealed interface Tile permits SharedTile, SwizzledTile {
  /** Elements of a chunk. */
  int CHUNK = Alignments.MAX / 2;

  /** Its first element. */
  SharedPointer start();

  /** Number of rows. */
  int rows();

  /** Number of columns. */
  int columns();

  /** Bytes from one row to the next. */
  int rowBytes();

  /** Bytes of the whole tile. */
  int bytes();
}
