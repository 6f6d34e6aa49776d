package dev.sifter.kernels.gpu.emulator;

import java.util.List;

/**
 * {@code ldmatrix}: loads 8×8 matrices of 16-bit numbers from shared memory, spread over the lanes
 * as {@code mma} wants them. Lanes 8i to 8i+7 name the rows of matrix i.
 */
final class MatrixLoadOps {
  private static final int ROW_BYTES = 16;

  private MatrixLoadOps() {}

  /** The instruction, or null if it is none of these. */
  static Instruction decode(Operation op) {
    if (!op.name().equals("ldmatrix")) {
      return null;
    }
    for (String required : List.of("sync", "aligned", "m8n8")) {
      op.require(required);
    }
    if (!op.take("shared") && !op.take("shared::cta")) {
      throw op.refuse("without .shared");
    }
    op.takeType("b16");
    int count = Integer.parseInt(op.requireOneOf("x1", "x2", "x4").substring(1));
    boolean transposed = op.take("trans");
    op.requireNoMoreModifiers();
    return new Load(op, count, transposed);
  }

  private static final class Load extends Instruction {
    private final int[] targets;
    private final SharedAddress address;
    private final boolean transposed;

    Load(Operation op, int count, boolean transposed) {
      this.transposed = transposed;
      targets = op.group(0, count).stream().mapToInt(op::wordTarget).toArray();
      address = new SharedAddress(op, 1);
    }

    @Override
    void execute(Warp warp, int mask) {
      Collectives.requireAllLanes(warp, this, mask);
      int rows = 8 * targets.length;
      int used = rows == LANES ? FULL : (1 << rows) - 1;
      warp.request.begin(this);
      int[] places = address.places(warp, this, used, ROW_BYTES);
      if (warp.block.log().checks()) {
        note(warp, places, rows);
      }
      byte[] data = warp.block.shared().data;
      for (int matrix = 0; matrix < targets.length; matrix++) {
        int[] plane = warp.words[targets[matrix]];
        for (int lane = 0; lane < LANES; lane++) {
          plane[lane] =
              transposed
                  ? column(data, places, 8 * matrix + 2 * (lane & 3), lane >> 2)
                  : (int) Bytes.INT.get(data, places[8 * matrix + (lane >> 2)] + 4 * (lane & 3));
        }
      }
      Counters counters = warp.block.counters();
      counters.requests[index()]++;
      counters.bytes[index()] += (long) ROW_BYTES * rows;
    }

    /** Two numbers of a column: that of a row, and below it that of the next. */
    private static int column(byte[] data, int[] places, int row, int column) {
      int upper = (short) Bytes.SHORT.get(data, places[row] + 2 * column) & 0xffff;
      int lower = (short) Bytes.SHORT.get(data, places[row + 1] + 2 * column);
      return lower << 16 | upper;
    }

    private void note(Warp warp, int[] places, int rows) {
      Counters counters = warp.block.counters();
      int lanes = rows == LANES ? FULL : (1 << rows) - 1;
      warp.block.shared().read(warp.request, lanes, places, ROW_BYTES);
      for (int first = 0; first < rows; first += 8) {
        counters.wavefronts[index()] += warp.block.banks().turns(0xff << first, places, ROW_BYTES);
        counters.leastWavefronts[index()]++;
      }
    }
  }
}
