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
import java.util.stream.IntStream;

/**
 * out[i] = codeBook[code[i]] · scales[i / blockSize] + offset, for codes of four or eight bits and
 * any code book: what {@link Nf4Dequantize} does for one, without its layout.
 *
 * <pre>
 * copy the code book into shared memory;  sync
 * i = blockIdx.x * 256 + threadIdx.x;  word = codes[i]           // E = 32 / bits codes
 * for (e = 0; e &lt; E; e++)
 *   out[i*E + e] = fma(book[code e of word], scales[(i*E + e) / blockSize], offset)
 * </pre>
 *
 * <p>Of a byte of two codes, the upper half comes first. Least bytes: the codes and one scale a
 * block read, one element written. 2 FLOPs an element.
 *
 * @param bits of a code: 4 or 8
 * @param wholeBlocks whether a word's codes are all of one block
 * @param out type of the output
 * @param vector elements that are stored at once
 */
public record Dequantize(int bits, boolean wholeBlocks, ElementType out, int vector)
    implements Kernel {
  private static final int THREADS = 256;

  /** Refuses other sizes of codes. */
  public Dequantize {
    if (bits != 4 && bits != 8) {
      throw new IllegalArgumentException("codes of %d bits; they have 4 or 8".formatted(bits));
    }
  }

  /**
   * What to launch for {@code count} elements.
   *
   * @param codes ⌈count·bits/8⌉ bytes, at a multiple of 4
   * @param codeBook fp32 [16] or [256]
   * @param scales fp32, one a block of {@code blockSize} elements
   */
  public static List<Launch> launches(
      DeviceSlice codes,
      int bits,
      Array codeBook,
      Array scales,
      int blockSize,
      float offset,
      Array out,
      long count) {
    if (count == 0) {
      return List.of();
    }
    int perWord = Integer.SIZE / bits;
    long words = count / perWord;
    if (count > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "%d elements; a launch takes fewer than 2^31".formatted(count));
    }
    int widest = Math.min(perWord, Vectors.widest(out.type()));
    Dequantize kernel =
        new Dequantize(
            bits, blockSize % perWord == 0, out.type(), out.isAlignedTo(widest) ? widest : 1);
    return List.of(
        Launch.of(
            kernel,
            Grid.covering(words + 1, THREADS),
            codes.require("codes", Math.ceilDiv(count * bits, Byte.SIZE), Integer.BYTES),
            codeBook.require("code book", 1L << bits),
            scales.require("scales", Math.ceilDiv(count, blockSize)),
            out.require("out", count),
            (int) words,
            (int) (count % perWord),
            blockSize,
            offset));
  }

  private int perWord() {
    return Integer.SIZE / bits;
  }

  @Override
  public int threadsPerBlock() {
    return THREADS;
  }

  @Override
  public void emit(PtxAssembler k) {
    GlobalPointer codes = k.pointer("codes", Integer.BYTES);
    GlobalPointer codeBook = k.pointer("codeBook", Float.BYTES);
    GlobalPointer scales = k.pointer("scales", Float.BYTES);
    ElementPointer numbers = k.output("out", out, vector);
    B32 words = k.size("words");
    B32 rest = k.size("rest");
    B32 blockSize = k.size("blockSize");
    F32 offset = k.number("offset");

    int entries = 1 << bits;
    SharedPointer book = k.shared(entries * Float.BYTES);
    B32 thread = k.threadIndex();
    k.ifThen(
        k.lt(thread, entries),
        () ->
            k.store(
                k.at(book, thread, Float.BYTES),
                k.loadFloatReadOnly(k.at(codeBook, thread, Float.BYTES))));
    k.barrier();
    B32 index = k.mad(k.blockX(), THREADS, thread);
    B32 first = k.mul(index, perWord());
    ElementPointer to = k.at(numbers, index, perWord());
    k.ifThen(
        k.lt(index, words),
        () -> {
          B32 word = k.loadReadOnly(k.at(codes, index, Integer.BYTES));
          F32 shared = wholeBlocks ? scale(k, scales, first, blockSize) : null;
          List<F32> values = new ArrayList<>();
          for (int e = 0; e < perWord(); e++) {
            F32 scale = wholeBlocks ? shared : scale(k, scales, k.add(first, e), blockSize);
            B32 code = k.and(k.shr(word, shift(e)), entries - 1);
            values.add(k.fma(Codes.value(k, book, code), scale, offset));
          }
          IntStream.iterate(0, e -> e < perWord(), e -> e + vector)
              .forEach(e -> k.store(to.plus(e), values.subList(e, e + vector)));
        });
    k.ifThen(
        k.eq(index, words),
        () ->
            k.forRange(
                0,
                rest,
                1,
                e -> {
                  B32 i = k.add(first, e);
                  B32 code = codeOfByte(k, codes, i);
                  F32 value = Codes.value(k, book, code);
                  F32 number = k.fma(value, scale(k, scales, i, blockSize), offset);
                  k.store(k.at(to, e, 1), List.of(number));
                }));
  }

  /** Where code e of a word lies: bytes from the lowest, in each the upper half first. */
  private int shift(int e) {
    return bits == 8 ? 8 * e : 4 * (e ^ 1);
  }

  private B32 codeOfByte(PtxAssembler k, GlobalPointer codes, B32 i) {
    if (bits == 8) {
      return k.load8(k.at(codes, i, 1));
    }
    B32 both = k.load8(k.at(codes, k.shr(i, 1), 1));
    return k.select(k.eq(k.and(i, 1), 0), k.shr(both, 4), k.and(both, 0xF));
  }

  private static F32 scale(PtxAssembler k, GlobalPointer scales, B32 i, B32 blockSize) {
    return k.loadFloatReadOnly(k.at(scales, k.div(i, blockSize), Float.BYTES));
  }
}
