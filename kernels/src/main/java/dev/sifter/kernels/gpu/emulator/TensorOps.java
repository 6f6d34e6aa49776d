package dev.sifter.kernels.gpu.emulator;

import java.util.List;

/**
 * {@code mma.sync}: D = A·B + C for tiles that the lanes of a warp hold in pieces.
 *
 * <p>With g = lane/4 and t = lane mod 4, a lane holds of C and D the columns 2t, 2t+1 of the rows g
 * and g+8. A 32-bit register holds two neighbours of 16 bits, the left one in the lower half, or
 * one {@code .tf32}. Registers of A go down the rows first, then right; those of B go down.
 */
final class TensorOps {
  static final int ROWS = 16;
  static final int COLUMNS = 8;

  private TensorOps() {}

  /** The instruction, or null if it is none of these. */
  static Instruction decode(Operation op) {
    return switch (op.mnemonic()) {
      case "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32" ->
          new Multiply(op, 16, TensorInput.BF16);
      case "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32" ->
          new Multiply(op, 16, TensorInput.F16);
      case "mma.sync.aligned.m16n8k8.row.col.f32.bf16.bf16.f32" ->
          new Multiply(op, 8, TensorInput.BF16);
      case "mma.sync.aligned.m16n8k8.row.col.f32.f16.f16.f32" ->
          new Multiply(op, 8, TensorInput.F16);
      case "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32" ->
          new Multiply(op, 8, TensorInput.TF32);
      default -> null;
    };
  }

  /** Multiplications and additions of a product, by lane. */
  static int flopsPerLane(Operation op) {
    int depth = op.mnemonic().contains("k16") ? 16 : 8;
    return 2 * ROWS * COLUMNS * depth / Instruction.LANES;
  }

  /** The place of a lane's part of the sums, by columns. */
  static int sumPlace(int register, int lane) {
    return (2 * (lane & 3) + (register & 1)) * ROWS + (lane >> 2) + 8 * (register >> 1);
  }

  /** Lays out sums, or zeros, of four registers from {@code first} on. */
  static void sums(int[][] registers, int first, float[] into, boolean asTheyAre) {
    for (int i = 0; i < 4; i++) {
      for (int lane = 0; lane < Instruction.LANES; lane++) {
        float sum = Float.intBitsToFloat(registers[first + i][lane]);
        into[sumPlace(i, lane)] = asTheyAre ? sum : 0;
      }
    }
  }

  /** Puts sums into four registers from {@code first} on. */
  static void putSums(float[] sums, int[][] registers, int first) {
    for (int i = 0; i < 4; i++) {
      for (int lane = 0; lane < Instruction.LANES; lane++) {
        registers[first + i][lane] = Float.floatToRawIntBits(sums[sumPlace(i, lane)]);
      }
    }
  }

  /** Lays out four registers of a left operand of sixteen terms of bfloat16, by columns. */
  static void unpackLeft(int[][] registers, float[] into) {
    int[] places = new int[Instruction.LANES];
    for (int i = 0; i < 4; i++) {
      for (int lane = 0; lane < Instruction.LANES; lane++) {
        places[lane] = ((lane & 3) + 4 * (i >> 1)) * 2 * ROWS + (lane >> 2) + 8 * (i & 1);
      }
      TensorInput.BF16.unpack(registers[i], into, places, ROWS);
    }
  }

  private static final class Multiply extends Instruction {
    private final int depth;
    private final TensorInput input;
    private final int[] a;
    private final int[] b;
    private final int[] c;
    private final int[] d;

    /** Where the lanes' parts lie in A by columns, in B by rows, in C by columns; by register. */
    private final int[][] aPlaces;

    private final int[][] bPlaces;
    private final int[][] cPlaces = new int[4][LANES];

    Multiply(Operation op, int depth, TensorInput input) {
      this.depth = depth;
      this.input = input;
      int perRegister = input.perRegister();
      d = planes(op, op.group(0, 4), true);
      a = planes(op, op.group(1, ROWS * depth / (LANES * perRegister)), false);
      b = planes(op, op.group(2, COLUMNS * depth / (LANES * perRegister)), false);
      c = planes(op, op.group(3, 4), false);
      aPlaces = new int[a.length][LANES];
      bPlaces = new int[b.length][LANES];
      layOut(perRegister);
    }

    private void layOut(int perRegister) {
      for (int lane = 0; lane < LANES; lane++) {
        int g = lane >> 2;
        int t = lane & 3;
        for (int i = 0; i < a.length; i++) {
          int row = g + 8 * (i & 1);
          aPlaces[i][lane] = (t + 4 * (i >> 1)) * perRegister * ROWS + row;
        }
        for (int i = 0; i < b.length; i++) {
          bPlaces[i][lane] = (t + 4 * i) * perRegister * COLUMNS + g;
        }
        for (int i = 0; i < 4; i++) {
          cPlaces[i][lane] = sumPlace(i, lane);
        }
      }
    }

    private static int[] planes(Operation op, List<PtxOperand> registers, boolean write) {
      return registers.stream()
          .mapToInt(register -> write ? op.wordTarget(register) : op.word(register))
          .toArray();
    }

    @Override
    void execute(Warp warp, int mask) {
      Collectives.requireAllLanes(warp, this, mask);
      MatrixProduct product = warp.block.product();
      for (int i = 0; i < a.length; i++) {
        input.unpack(warp.words[a[i]], product.a, aPlaces[i], ROWS);
      }
      for (int i = 0; i < b.length; i++) {
        input.unpack(warp.words[b[i]], product.b, bPlaces[i], COLUMNS);
      }
      for (int i = 0; i < 4; i++) {
        int[] plane = warp.words[c[i]];
        int[] places = cPlaces[i];
        for (int lane = 0; lane < LANES; lane++) {
          product.sums[places[lane]] = Float.intBitsToFloat(plane[lane]);
        }
      }
      product.run(depth, input);
      for (int i = 0; i < 4; i++) {
        int[] plane = warp.words[d[i]];
        int[] places = cPlaces[i];
        for (int lane = 0; lane < LANES; lane++) {
          plane[lane] = Float.floatToRawIntBits(product.sums[places[lane]]);
        }
      }
    }
  }
}
