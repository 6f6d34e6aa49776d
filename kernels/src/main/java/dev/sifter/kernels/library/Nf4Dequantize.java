package dev.sifter.kernels.library;

import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.gpu.Grid;
import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.ElementType;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.GlobalPointer;
import dev.sifter.kernels.ptx.PtxAssembler;
import dev.sifter.kernels.ptx.SharedPointer;
import java.util.ArrayList;
import java.util.List;

/**
 * NF4 weights back to numbers, into rows of a wider matrix; the blocks' magnitudes in fp32 or, with
 * double quantisation, in eight bits.
 *
 * <pre>
 * i = blockIdx.x * 256 + threadIdx.x;  word = packed[i]              // 8 weights of one block
 * a = doubly ? map[codes[b]] * absmax2[b / 256] + offset : absmax[b],  b = i / 8
 * out[row][c ... c+7] = nf4[nibbles of word] * a
 * </pre>
 *
 * <p>The table of 16 codes lies in shared memory, each in a bank of its own, so lanes never wait
 * for each other. Least bytes: half a byte and its share of the magnitudes read, one element
 * written. 1 FLOP a weight.
 *
 * @param out type of the output
 * @param doubly whether magnitudes are quantised
 * @param dense whether the output's rows lie next to each other
 * @param vector weights that are stored at once: 8, or 1
 */
public record Nf4Dequantize(ElementType out, boolean doubly, boolean dense, int vector)
    implements Kernel {
  private static final int THREADS = 256;
  private static final int WORD = 8;

  /**
   * The magnitudes of blocks of 64 weights.
   *
   * @param absmax fp32, one a block; null with double quantisation
   * @param codes a byte a block; null without
   * @param absmax2 fp32, one for 256 blocks
   * @param offset fp32 [1], added to each
   * @param map fp32 [256], of {@link QuantizationCodes#signed8}
   */
  public record Magnitudes(
      Array absmax, DeviceSlice codes, Array absmax2, Array offset, Array map) {

    /** In fp32. */
    public static Magnitudes plain(Array absmax) {
      return new Magnitudes(absmax, null, null, null, null);
    }
  }

  /**
   * What to launch.
   *
   * @param packed ⌈rows·width/2⌉ bytes; the buffer holds whole 32-bit words
   * @param out [rows, outStride], of which the first {@code width} of each row are written
   * @param outStride elements from one row to the next; more than the width only if that is a
   *     multiple of 8
   */
  public static List<Launch> launches(
      DeviceSlice packed, Magnitudes magnitudes, Array out, int outStride, int rows, int width) {
    if (rows == 0 || width == 0) {
      return List.of();
    }
    Strides.require("out", outStride, width);
    if (outStride > width && width % WORD != 0) {
      throw new IllegalArgumentException(
          "rows of %d weights, %d apart: their width must be a multiple of %d"
              .formatted(width, outStride, WORD));
    }
    boolean doubly = magnitudes.absmax == null;
    long count = (long) rows * width;
    long words = Math.ceilDiv(count, WORD);
    if (words + THREADS > 1L << 32) {
      throw new IllegalArgumentException(
          "%d weights; a launch takes at most 2^35".formatted(count));
    }
    int blocks = Math.toIntExact(Math.ceilDiv(count, Nf4Quantize.BLOCK));
    boolean dense = outStride == width;
    boolean aligned =
        out.isAlignedTo(Vectors.widest(out.type())) && (dense || outStride % WORD == 0);
    Nf4Dequantize kernel = new Nf4Dequantize(out.type(), doubly, dense, aligned ? WORD : 1);
    List<Object> arguments = new ArrayList<>();
    arguments.add(packed.require("packed", words * Integer.BYTES, Integer.BYTES));
    if (doubly) {
      arguments.add(magnitudes.codes.require("codes", blocks, 1));
      arguments.add(
          magnitudes.absmax2.require("absmax2", Math.ceilDiv(blocks, Int8Quantize.BLOCK)));
      arguments.add(magnitudes.offset.require("offset", 1));
      arguments.add(magnitudes.map.require("map", Codes.EIGHT_BIT));
    } else {
      arguments.add(magnitudes.absmax.require("absmax", blocks));
    }
    arguments.add(out.require("out", Strides.elements(rows, outStride, width)));
    arguments.add((int) (count / WORD));
    arguments.add((int) (count % WORD));
    if (!dense) {
      arguments.add(width / WORD);
      arguments.add(outStride);
    }
    return List.of(new Launch(kernel, Grid.covering(words, THREADS), arguments));
  }

  @Override
  public int threadsPerBlock() {
    return THREADS;
  }

  @Override
  public void emit(PtxAssembler k) {
    GlobalPointer packed = k.pointer("packed", Integer.BYTES);
    Blocks blocks = Blocks.declare(k, doubly);
    ElementPointer weights = k.output("out", out, vector);
    B32 words = k.size("words");
    B32 rest = k.size("rest");
    B32 wordsPerRow = dense ? null : k.size("wordsPerRow");
    B32 outStride = dense ? null : k.size("outStride");

    SharedPointer table = k.shared(QuantizationCodes.nf4().length * Float.BYTES);
    k.ifThen(k.eq(k.threadIndex(), 0), () -> storeCodes(k, table));
    SharedPointer map = doubly ? Codes.copy(k, blocks.map, THREADS) : null;
    k.barrier();
    B32 index = k.mad(k.blockX(), THREADS, k.threadIndex());
    Runnable whole =
        () -> {
          List<F32> values = values(k, packed, blocks, table, map, index);
          ElementPointer to = place(k, weights, index, wordsPerRow, outStride);
          for (int e = 0; e < WORD; e += vector) {
            k.store(to.plus(e), values.subList(e, e + vector));
          }
        };
    k.ifThen(k.lt(index, words), whole);
    if (dense) {
      k.ifThen(
          k.and(k.eq(index, words), k.ne(rest, 0)),
          () -> {
            List<F32> values = values(k, packed, blocks, table, map, index);
            ElementPointer to = place(k, weights, index, null, null);
            for (int e = 0; e < WORD - 1; e++) {
              k.storeIf(k.lt(k.constant(e), rest), to.plus(e), values.subList(e, e + 1));
            }
          });
    }
  }

  private ElementPointer place(
      PtxAssembler k, ElementPointer weights, B32 word, B32 wordsPerRow, B32 outStride) {
    if (dense) {
      return k.at(weights, word, WORD);
    }
    B32 row = k.div(word, wordsPerRow);
    B32 column = k.sub(word, k.mul(row, wordsPerRow));
    return k.at(k.atRow(weights, row, outStride, vector), column, WORD);
  }

  private static void storeCodes(PtxAssembler k, SharedPointer table) {
    float[] codes = QuantizationCodes.nf4();
    for (int i = 0; i < codes.length; i++) {
      k.store(table.plus((long) i * Float.BYTES), k.constant(codes[i]));
    }
  }

  /** The eight weights of a word: of each byte, the upper half first. */
  private static List<F32> values(
      PtxAssembler k,
      GlobalPointer packed,
      Blocks blocks,
      SharedPointer table,
      SharedPointer map,
      B32 index) {
    B32 word = k.loadReadOnly(k.at(packed, index, Integer.BYTES));
    F32 magnitude = blocks.magnitude(k, map, k.div(index, Nf4Quantize.BLOCK / WORD));
    List<F32> values = new ArrayList<>();
    for (int e = 0; e < WORD; e++) {
      B32 code = k.and(k.shr(word, 4 * (e ^ 1)), 0xF);
      values.add(k.mul(Codes.value(k, table, code), magnitude));
    }
    return values;
  }

  /** The parameters that give a block's magnitude. */
  private record Blocks(
      GlobalPointer absmax,
      GlobalPointer codes,
      GlobalPointer absmax2,
      GlobalPointer offset,
      GlobalPointer map) {

    static Blocks declare(PtxAssembler k, boolean doubly) {
      return doubly
          ? new Blocks(
              null,
              k.pointer("codes", 1),
              k.pointer("absmax2", Float.BYTES),
              k.pointer("offset", Float.BYTES),
              k.pointer("map", Float.BYTES))
          : new Blocks(k.pointer("absmax", Float.BYTES), null, null, null, null);
    }

    F32 magnitude(PtxAssembler k, SharedPointer table, B32 block) {
      if (absmax != null) {
        return k.loadFloatReadOnly(k.at(absmax, block, Float.BYTES));
      }
      F32 value = Codes.value(k, table, k.load8(k.at(codes, block, 1)));
      B32 outer = k.div(block, Int8Quantize.BLOCK);
      F32 scale = k.loadFloatReadOnly(k.at(absmax2, outer, Float.BYTES));
      return k.add(k.mul(value, scale), k.loadFloatReadOnly(offset));
    }
  }
}
