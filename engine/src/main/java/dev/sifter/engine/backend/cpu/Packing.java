package dev.sifter.engine.backend.cpu;

/**
 * Copies parts of a factor into panels, the layout in which the micro-kernel reads memory straight
 * on: element (lane l, depth k) of a panel lies at k·width + l. Types are widened to fp32 on the
 * way; missing lanes of the last panel are zeros.
 */
final class Packing {
  private static final int STAGE_SLOT = 7;

  private Packing() {}

  /**
   * Packs one panel.
   *
   * @param lane first lane
   * @param lanes lanes that exist, at most {@code width}
   * @param width lanes of the panel
   * @param from first depth
   * @param depth number of depths
   */
  static void panel(
      Operand operand,
      int lane,
      int lanes,
      int width,
      int from,
      int depth,
      float[] panel,
      int at,
      Scratch scratch) {
    if (operand.depthContiguous()) {
      float[] row = scratch.floats(STAGE_SLOT, depth);
      for (int l = 0; l < lanes; l++) {
        long element = (long) (lane + l) * operand.depth() + from;
        Numbers.load(operand.dtype(), operand.memory(), element, row, 0, depth);
        scatter(row, depth, panel, at + l, width);
      }
      for (int l = lanes; l < width; l++) {
        zeros(depth, panel, at + l, width);
      }
    } else {
      for (int k = 0; k < depth; k++) {
        long element = (long) (from + k) * operand.lanes() + lane;
        int row = at + k * width;
        Numbers.load(operand.dtype(), operand.memory(), element, panel, row, lanes);
        for (int l = lanes; l < width; l++) {
          panel[row + l] = 0;
        }
      }
    }
  }

  /** Copies rows of a factor whose depth is contiguous, without interleaving them. */
  static void rows(
      Operand operand, int lane, int lanes, int from, int depth, float[] target, int at) {
    for (int l = 0; l < lanes; l++) {
      long element = (long) (lane + l) * operand.depth() + from;
      Numbers.load(operand.dtype(), operand.memory(), element, target, at + l * depth, depth);
    }
  }

  private static void scatter(float[] row, int depth, float[] panel, int at, int stride) {
    for (int k = 0; k < depth; k++) {
      panel[at + k * stride] = row[k];
    }
  }

  private static void zeros(int depth, float[] panel, int at, int stride) {
    for (int k = 0; k < depth; k++) {
      panel[at + k * stride] = 0;
    }
  }
}
