package dev.sifter.kernels.gpu.emulator;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;

/**
 * The products that a warp has begun by {@code wgmma} and not waited for.
 *
 * <p>They are made when they are waited for. Until then their sums' registers hold nothing, and
 * what they read must stay as it is: shared memory, and the left operand's registers. Registers
 * must not have changed since the last {@code wgmma.fence}, except for sums of the product before.
 */
final class AsyncProducts {
  private static final int COLUMNS = TensorOps.COLUMNS;

  private final Warp warp;
  private final Deque<Product> products = new ArrayDeque<>();
  private final List<Sums> open = new ArrayList<>();

  /** What registers held at the last fence, by plane; null before. */
  private int[][] fenced;

  private int closedGroups;

  AsyncProducts(Warp warp) {
    this.warp = warp;
  }

  /** Sums that products are added to. */
  private static final class Sums {
    final int[] planes;
    final int[][] values;
    int products;

    Sums(int[] planes, int[][] values) {
      this.planes = planes;
      this.values = values;
    }
  }

  private record Product(
      WarpgroupOps.Multiply instruction,
      int group,
      Sums sums,
      boolean adds,
      int[][] leftRegisters,
      SharedMatrix left,
      SharedMatrix right) {}

  void reset() {
    products.clear();
    open.clear();
    fenced = null;
    closedGroups = 0;
  }

  /** Orders accesses to registers: what they hold now, products may use. */
  void fence() {
    int[] planes = warp.block.program().productPlanes();
    fenced = new int[warp.words.length][];
    for (int plane : planes) {
      fenced[plane] = warp.words[plane].clone();
    }
  }

  /** Begins a product; {@code left} is null where that operand is in registers. */
  void begin(
      WarpgroupOps.Multiply instruction, SharedMatrix left, SharedMatrix right, boolean adds) {
    if (fenced == null) {
      throw fault(instruction, "no wgmma.fence before the first product");
    }
    int[][] leftRegisters = null;
    if (left == null) {
      requireFenced(instruction, instruction.left);
      leftRegisters = copy(instruction.left);
    }
    Sums sums = sums(instruction);
    sums.products++;
    products.add(new Product(instruction, closedGroups, sums, adds, leftRegisters, left, right));
  }

  private Sums sums(WarpgroupOps.Multiply instruction) {
    for (Sums sums : open) {
      if (Arrays.equals(sums.planes, instruction.sums)) {
        return sums;
      }
    }
    requireFenced(instruction, instruction.sums);
    Sums sums = new Sums(instruction.sums, copy(instruction.sums));
    for (int plane : instruction.sums) {
      Arrays.fill(warp.words[plane], Warp.POISON);
    }
    open.add(sums);
    return sums;
  }

  private int[][] copy(int[] planes) {
    return Arrays.stream(planes).mapToObj(plane -> warp.words[plane].clone()).toArray(int[][]::new);
  }

  private void requireFenced(Instruction instruction, int[] planes) {
    for (int plane : planes) {
      if (!Arrays.equals(warp.words[plane], fenced[plane])) {
        throw fault(instruction, "a register that it uses changed since the last wgmma.fence");
      }
    }
  }

  /** Closes the open group. */
  void commit() {
    closedGroups++;
  }

  /** Waits for the closed groups, except for the last ones. */
  void waitForGroups(Instruction instruction, int except) {
    while (!products.isEmpty() && products.getFirst().group < closedGroups - except) {
      finish(products.removeFirst());
    }
    // The lanes have waited together.
    warp.clock.advance(warp.block.nextTime());
  }

  private void finish(Product product) {
    product.right.finish(warp, product.instruction);
    MatrixProduct arithmetic = warp.block.product();
    float[] left = new float[TensorOps.ROWS * SharedMatrix.TERMS];
    if (product.left != null) {
      product.left.finish(warp, product.instruction);
      product.left.unpack(0, TensorOps.ROWS, left);
    } else {
      int[] planes = product.instruction.left;
      for (int i = 0; i < planes.length; i++) {
        if (!Arrays.equals(product.leftRegisters[i], warp.words[planes[i]])) {
          throw fault(
              product.instruction,
              "a register of its left operand changed before it was waited for");
        }
      }
      TensorOps.unpackLeft(product.leftRegisters, left);
    }
    for (int n = 0; n < product.instruction.columns / COLUMNS; n++) {
      System.arraycopy(left, 0, arithmetic.a, 0, left.length);
      product.right.unpack(n * COLUMNS, COLUMNS, arithmetic.b);
      TensorOps.sums(product.sums.values, 4 * n, arithmetic.sums, product.adds);
      arithmetic.run(SharedMatrix.TERMS, TensorInput.BF16);
      TensorOps.putSums(arithmetic.sums, product.sums.values, 4 * n);
    }
    product.sums.products--;
    if (product.sums.products == 0) {
      putBack(product.instruction, product.sums);
    }
  }

  /** Nothing more is added to the sums: the registers get them. */
  private void putBack(Instruction instruction, Sums sums) {
    open.remove(sums);
    for (int i = 0; i < sums.planes.length; i++) {
      int[] plane = warp.words[sums.planes[i]];
      for (int value : plane) {
        if (value != Warp.POISON) {
          throw fault(instruction, "a register of its sums was written before it was waited for");
        }
      }
      System.arraycopy(sums.values[i], 0, plane, 0, plane.length);
      fenced[sums.planes[i]] = plane.clone();
    }
  }

  /** Refuses the end of a warp that has not waited. */
  void end(Instruction last) {
    if (!products.isEmpty()) {
      throw fault(
          last,
          "the warp ends without waiting for the product begun at "
              + products.getFirst().instruction.statement().where());
    }
  }

  private EmulatorFaultException fault(Instruction instruction, String what) {
    return warp.fault(instruction, Check.ASYNC_PRODUCT, "%s", what);
  }
}
