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
 * out[i] = codeBook[code[i]] · scales[i / blockSize] + offset: numbers of four or eight bits in
 * blocks of any size. {@link Nf4Dequantize} is the fast way for weights in NF4.
 *
 * <pre>
 * copy codeBook to shared memory;  i = 8 * (blockIdx.x * 256 + threadIdx.x)     // 8 codes
 * out[i ... i+7] = codeBook[codes] * scales[i / blockSize] + offset       // out[row][column ...],
 *                                                                         // where rows are apart
 * </pre>
 *
 * <p>Where blocks are no multiple of 8, or addresses do not allow it, one code a thread. Least
 * bytes: the codes and scales read, one element written. 2 FLOPs an element.
 *
 * @param bits of a code: 4, two a byte, the first in the upper half; or 8
 * @param out type of the output
 * @param apart whether the output's rows are
 * @param vector codes of a thread: 8, or 1
 */
public record Dequantize(int bits, ElementType out, boolean apart, int vector) implements Kernel {
  private static final int THREADS = 256;
  private static final int WORD = 8;

  /**
   * What to launch.
   *
   * @param codes one byte a code, or half a byte
   * @param codeBook fp32 [2^bits]
   * @param scales fp32, one for each {@code blockSize} elements of the output
   */
  public static List<Launch> launches(
      DeviceSlice codes,
      int bits,
      Array codeBook,
      Array scales,
      int blockSize,
      float offset,
      Array out,
      long elements) {
    return launches(codes, bits, codeBook, scales, blockSize, offset, out, 0, 0, elements);
  }

  /**
   * As {@link #launches(DeviceSlice, int, Array, Array, int, float, Array, long)}, into rows that
   * are apart.
   *
   * @param outStride elements from one row of the output to the next; 0 where it is dense
   * @param width elements of a row
   */
  public static List<Launch> launches(
      DeviceSlice codes,
      int bits,
      Array codeBook,
      Array scales,
      int blockSize,
      float offset,
      Array out,
      int outStride,
      int width,
      long elements) {
    if (bits != 4 && bits != 8 || blockSize < 1) {
      throw new IllegalArgumentException(
          "codes of %d bits in blocks of %d; 4 or 8 bits are known".formatted(bits, blockSize));
    }
    if (elements == 0) {
      return List.of();
    }
    boolean apart = outStride != 0;
    if (apart) {
      Strides.require("out", outStride, width);
    }
    boolean vectors =
        (apart ? width % WORD == 0 && outStride % WORD == 0 : elements % WORD == 0)
            && blockSize % WORD == 0
            && codes.address() % bits == 0
            && out.isAlignedTo(Vectors.widest(out.type()));
    Dequantize kernel = new Dequantize(bits, out.type(), apart, vectors ? WORD : 1);
    long items = elements / kernel.vector;
    if (items + THREADS > 1L << 32) {
      throw new IllegalArgumentException(
          "%d codes, %d a thread; a launch takes at most 2^32 threads"
              .formatted(elements, kernel.vector));
    }
    long room = apart ? Strides.elements((int) (elements / width), outStride, width) : elements;
    List<Object> arguments =
        new ArrayList<>(
            List.of(
                codes.require("codes", Math.ceilDiv(elements * bits, Byte.SIZE), 1),
                codeBook.require("codeBook", 1L << bits),
                scales.require("scales", Math.ceilDiv(elements, blockSize)),
                out.require("out", room),
                (int) items,
                blockSize / kernel.vector,
                offset));
    if (apart) {
      arguments.addAll(List.of(outStride, width / kernel.vector));
    }
    return List.of(new Launch(kernel, Grid.covering(items, THREADS), arguments));
  }

  @Override
  public int threadsPerBlock() {
    return THREADS;
  }

  @Override
  public void emit(PtxAssembler k) {
    GlobalPointer codes = k.pointer("codes", vector == 1 ? 1 : bits);
    GlobalPointer codeBook = k.pointer("codeBook", Float.BYTES);
    GlobalPointer scales = k.pointer("scales", Float.BYTES);
    ElementPointer to = k.output("out", out, vector);
    B32 items = k.size("items");
    B32 itemsPerBlock = k.size("itemsPerBlock");
    F32 offset = k.number("offset");
    B32 outStride = apart ? k.size("outStride") : null;
    B32 itemsPerRow = apart ? k.size("itemsPerRow") : null;
    SharedPointer table =
        bits == 4 ? Codes.copyFourBit(k, codeBook) : Codes.copy(k, codeBook, THREADS);
    k.barrier();
    B32 item = k.mad(k.blockX(), THREADS, k.threadIndex());
    k.ifThen(
        k.lt(item, items),
        () -> {
          B32 block = k.div(item, itemsPerBlock);
          F32 scale = k.loadFloatReadOnly(k.at(scales, block, Float.BYTES));
          List<F32> values = new ArrayList<>();
          for (B32 code : vector == 1 ? List.of(single(k, codes, item)) : word(k, codes, item)) {
            // Rounded twice: these are the numbers that were calculated with before.
            values.add(k.add(k.mul(Codes.value(k, table, code), scale), offset));
          }
          k.store(
              apart ? place(k, to, item, outStride, itemsPerRow) : k.at(to, item, vector), values);
        });
  }

  private ElementPointer place(
      PtxAssembler k, ElementPointer to, B32 item, B32 stride, B32 itemsPerRow) {
    ElementPointer row = k.atRow(to, k.div(item, itemsPerRow), stride, vector);
    return k.at(row, k.rem(item, itemsPerRow), vector);
  }

  private B32 single(PtxAssembler k, GlobalPointer codes, B32 item) {
    if (bits == 8) {
      return k.load8(k.at(codes, item, 1));
    }
    B32 pair = k.load8(k.at(codes, k.shr(item, 1), 1));
    return k.select(k.eq(k.and(item, 1), 0), k.shr(pair, 4), k.and(pair, 0xF));
  }

  private List<B32> word(PtxAssembler k, GlobalPointer codes, B32 item) {
    GlobalPointer first = k.at(codes, item, bits);
    if (bits == 4) {
      B32 word = k.loadReadOnly(first);
      List<B32> eight = new ArrayList<>();
      for (int e = 0; e < WORD; e++) {
        eight.add(k.and(k.shr(word, 4 * (e ^ 1)), 0xF));
      }
      return eight;
    }
    List<B32> eight = new ArrayList<>(Codes.bytes(k, k.loadReadOnly(first)));
    eight.addAll(Codes.bytes(k, k.loadReadOnly(first.plus(Integer.BYTES))));
    return eight;
  }
}
