package dev.sifter.engine.ops;

import dev.sifter.engine.autograd.Workspace;
import dev.sifter.engine.backend.BorderKernels;
import dev.sifter.engine.tensor.Tensor;

/**
 * A frozen matrix W [out, in] with room for adapters on its right and below:
 *
 * <pre>
 *            in    room
 *   out   [  W     s·B  ]
 *   rank  [  A          ]
 * </pre>
 *
 * <p>So y = x·Wᵀ + z·(s·B)ᵀ is one product of [x z] by the upper rows, and dx = dy·W + dz·A one of
 * [dy dz] by the left columns. z and dz lie in the borders of x and dy; products of their own, by
 * the room below and on the right, write them there.
 */
public final class BorderedMatrix {
  /** Vectors of 16 bytes: ranks are rounded up to as many bf16 numbers. */
  private static final int VECTOR = 8;

  private final Tensor whole;
  private final int outputs;
  private final int inputs;
  private LoraAdapter holds;
  private int column;

  /**
   * A matrix in its place.
   *
   * @param whole [out + room below, in], with the room on the right as its border
   */
  BorderedMatrix(Tensor whole, int outputs) {
    this.whole = whole;
    this.outputs = outputs;
    this.inputs = whole.width();
  }

  /** Columns, or rows, that an adapter of this rank takes. */
  public static int room(int rank) {
    return Math.ceilDiv(rank, VECTOR) * VECTOR;
  }

  /** W. */
  Tensor matrix() {
    return whole.rows(0, outputs);
  }

  /** What is free. */
  LinearWeight.Room room() {
    return new LinearWeight.Room(whole.border(), whole.rows() - outputs);
  }

  /**
   * Puts an adapter's factors into their places, with zeros around them.
   *
   * @param firstColumn of the room, that B's first comes to
   */
  void put(Workspace workspace, LoraAdapter adapter, int firstColumn) {
    BorderKernels kernels = workspace.backend().borders().orElseThrow();
    int rank = adapter.rank();
    kernels.paste(adapter.a().value(), 1, 0, below(rank));
    kernels.paste(adapter.b().value(), adapter.scale(), firstColumn, right(0, firstColumn, rank));
    holds = adapter;
    column = firstColumn;
  }

  /** {@link #put}, unless it was the last; the factors must not have changed since. */
  void putAgain(Workspace workspace, LoraAdapter adapter, int firstColumn) {
    if (holds != adapter || column != firstColumn) {
      put(workspace, adapter, firstColumn);
    }
  }

  /** A, and zeros below it. */
  Tensor below(int rank) {
    return whole.rows(outputs, outputs + (long) room(rank));
  }

  /** s·B and zeros on its right. */
  Tensor right(int firstColumn, int rank) {
    return right(firstColumn, firstColumn, rank);
  }

  private Tensor right(int from, int firstColumn, int rank) {
    return matrix().columns((long) inputs + from, (long) inputs + firstColumn + room(rank));
  }

  /** [W, s·B], with whatever lies between. */
  Tensor upper(int firstColumn, int rank) {
    return matrix().columns(0, (long) inputs + firstColumn + room(rank));
  }

  /** W, and A below. */
  Tensor left(int rank) {
    return whole.rows(0, outputs + (long) room(rank));
  }
}
