package dev.sifter.engine.ops;

import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Workspace;
import dev.sifter.engine.backend.BorderKernels;
import dev.sifter.engine.tensor.Tensor;
import java.util.List;

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
  private Tape.Pass pass;

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
   * Puts an adapter's factors into their places, with zeros around them; once a pass.
   *
   * @param firstColumn of the room, that B's first comes to
   */
  void put(Tape tape, LoraAdapter adapter, int firstColumn) {
    if (!holds(adapter, firstColumn) || pass != tape.pass()) {
      place(tape, adapter, firstColumn);
      pass = tape.pass();
    }
  }

  /** In a backward pass: {@link #put}, unless it was the last. */
  void putAgain(Workspace workspace, LoraAdapter adapter, int firstColumn) {
    if (!holds(adapter, firstColumn)) {
      place(workspace, adapter, firstColumn);
    }
  }

  private boolean holds(LoraAdapter adapter, int firstColumn) {
    return holds == adapter && column == firstColumn;
  }

  private void place(Workspace workspace, LoraAdapter adapter, int firstColumn) {
    holds = adapter;
    column = firstColumn;
    workspace.backend().borders().orElseThrow().paste(factors());
  }

  /** What puts the last adapter's factors into their places. */
  private List<BorderKernels.Paste> factors() {
    int rank = holds.rank();
    return List.of(
        new BorderKernels.Paste(holds.a().value(), 1, 0, below(rank)),
        new BorderKernels.Paste(holds.b().value(), holds.scale(), column, right(0, column, rank)));
  }

  /**
   * What puts an adapter's factors where they were in an earlier pass, before this one needs them;
   * nothing if they were not the last.
   */
  List<BorderKernels.Paste> putEarly(Tape tape, LoraAdapter adapter) {
    if (holds != adapter || pass == tape.pass()) {
      return List.of();
    }
    pass = tape.pass();
    return factors();
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
