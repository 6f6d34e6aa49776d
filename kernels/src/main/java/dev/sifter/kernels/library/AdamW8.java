package dev.sifter.kernels.library;

import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.gpu.Grid;
import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.ElementType;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.GlobalPointer;
import dev.sifter.kernels.ptx.Pred;
import dev.sifter.kernels.ptx.PtxAssembler;
import dev.sifter.kernels.ptx.SharedPointer;
import java.util.ArrayList;
import java.util.List;

/**
 * A step of {@link AdamW} whose moments are kept in eight bits (Dettmers et al. 2022): blocks of
 * 256 with a largest magnitude each, the first moment by the signed map, the second by the unsigned
 * one.
 *
 * <pre>
 * copy both maps and trees of their midpoints to shared memory                 // 4 blocks of 64 threads
 * for (b = blockIdx.x * 4 + threadIdx.x / 64; b &lt; blocks; b += gridDim.x * 4)
 *   i = 256*b + 4*(threadIdx.x % 64)                                   // 4 elements a thread
 *   m = mapM[codeM[i]] * absmaxM[b];  v = mapV[codeV[i]] * absmaxV[b]
 *   m, v, p as in AdamW
 *   absmaxM[b] = max(|m|) over 64 threads;  codeM[i] = nearest(m / absmaxM[b]);  so v
 * </pre>
 *
 * <p>Least bytes: 14 an element and 16 a block; AdamW in fp32 moves 28. About 70 FLOPs and integer
 * operations an element.
 *
 * @param gradient type of the gradients
 * @param copy type of a copy of the parameters to be written, or null for none
 */
public record AdamW8(ElementType gradient, ElementType copy) implements Kernel {
  /** Elements of a block. */
  public static final int BLOCK = 256;

  private static final int THREADS = 256;
  private static final int VECTOR = 4;
  private static final int THREADS_PER_BLOCK = BLOCK / VECTOR;
  private static final int BLOCKS_AT_ONCE = THREADS / THREADS_PER_BLOCK;
  private static final int MAX_GRID = 1056;

  /**
   * A moment's state.
   *
   * @param codes a byte an element
   * @param absmax fp32, one a block
   */
  public record State(DeviceSlice codes, Array absmax) {}

  /**
   * The tables, on the device, fp32 [256] each: {@link QuantizationCodes#signed8} and {@link
   * QuantizationCodes#unsigned8}, and their midpoints with one more number that is not used.
   */
  public record Tables(
      Array signed, Array signedMidpoints, Array unsigned, Array unsignedMidpoints) {}

  /**
   * What to launch for {@code elements} parameters.
   *
   * @param factors fp32, as {@link AdamW} takes them
   * @param elements a multiple of 4; arrays begin at multiples of 16 bytes
   * @param parameter fp32
   * @param copy receives the new parameters in its own type; null for none
   */
  public static List<Launch> launches(
      Array factors,
      Tables tables,
      Array gradient,
      Array parameter,
      State moment1,
      State moment2,
      Array copy,
      int elements) {
    if (elements == 0) {
      return List.of();
    }
    Types.require("parameter", parameter, ElementType.F32);
    if (elements % VECTOR != 0) {
      throw new IllegalArgumentException(
          "8-bit AdamW of %d elements; it takes multiples of %d".formatted(elements, VECTOR));
    }
    int blocks = Math.ceilDiv(elements, BLOCK);
    List<Object> arguments = new ArrayList<>();
    for (Array table :
        List.of(tables.signed, tables.signedMidpoints, tables.unsigned, tables.unsignedMidpoints)) {
      arguments.add(table.require("table", Codes.EIGHT_BIT));
    }
    arguments.add(aligned("gradient", gradient, elements));
    arguments.add(aligned("parameter", parameter, elements));
    for (State state : List.of(moment1, moment2)) {
      arguments.add(state.codes.require("codes", elements, Integer.BYTES));
      arguments.add(state.absmax.require("absmax", blocks));
    }
    if (copy != null) {
      arguments.add(aligned("copy", copy, elements));
    }
    arguments.add(factors.require("factors", AdamW.Factors.COUNT));
    arguments.add(elements);
    AdamW8 kernel = new AdamW8(gradient.type(), copy == null ? null : copy.type());
    int grid = Math.min(MAX_GRID, Math.ceilDiv(blocks, BLOCKS_AT_ONCE));
    return List.of(new Launch(kernel, Grid.of(grid), arguments));
  }

  private static DeviceSlice aligned(String what, Array array, int elements) {
    int bytes = array.type().bytes();
    return array.slice().require(what, (long) elements * bytes, VECTOR * bytes);
  }

  @Override
  public int threadsPerBlock() {
    return THREADS;
  }

  @Override
  public void emit(PtxAssembler k) {
    GlobalPointer signed = k.pointer("signed", Float.BYTES);
    GlobalPointer signedMidpoints = k.pointer("signedMidpoints", Float.BYTES);
    GlobalPointer unsigned = k.pointer("unsigned", Float.BYTES);
    GlobalPointer unsignedMidpoints = k.pointer("unsignedMidpoints", Float.BYTES);
    ElementPointer gradients = k.input("gradient", gradient, VECTOR);
    ElementPointer parameters = k.output("parameter", ElementType.F32, VECTOR);
    Moment first =
        new Moment(k, k.pointer("codes1", Integer.BYTES), k.pointer("absmax1", Float.BYTES));
    Moment second =
        new Moment(k, k.pointer("codes2", Integer.BYTES), k.pointer("absmax2", Float.BYTES));
    ElementPointer copies = copy == null ? null : k.output("copy", copy, VECTOR);
    AdamW.InKernel update = AdamW.InKernel.of(k, k.pointer("factors", Float.BYTES));
    B32 elements = k.size("elements");

    SharedPointer map1 = Codes.copy(k, signed, THREADS);
    SharedPointer tree1 = Codes.copyTree(k, signedMidpoints, THREADS);
    SharedPointer map2 = Codes.copy(k, unsigned, THREADS);
    SharedPointer tree2 = Codes.copyTree(k, unsignedMidpoints, THREADS);
    SharedPointer exchange = k.shared(2 * k.warps() * Float.BYTES);
    k.barrier();
    B32 blocks = k.div(k.add(elements, BLOCK - 1), BLOCK);
    B32 group = k.div(k.threadIndex(), THREADS_PER_BLOCK);
    B32 member = k.rem(k.threadIndex(), THREADS_PER_BLOCK);
    B32 vectors = k.div(elements, VECTOR);
    Pred finite = update.isFinite(k);
    // All threads stay to the end, for the barriers' sake.
    k.forRange(
        k.mul(k.blockX(), BLOCKS_AT_ONCE),
        blocks,
        k.mul(k.gridX(), BLOCKS_AT_ONCE),
        start -> {
          B32 block = k.add(start, group);
          B32 vector = k.mad(block, THREADS_PER_BLOCK, member);
          Pred inside = k.and(finite, k.lt(vector, vectors));
          List<F32> g = k.loadIf(inside, k.at(gradients, vector, VECTOR), VECTOR);
          ElementPointer parameter = k.at(parameters, vector, VECTOR);
          List<F32> p = new ArrayList<>(k.loadIf(inside, parameter, VECTOR));
          List<F32> m = new ArrayList<>(first.load(inside, map1, vector, block));
          List<F32> v = new ArrayList<>(second.load(inside, map2, vector, block));
          for (int e = 0; e < VECTOR; e++) {
            AdamW.Element after = update.after(k, g.get(e), p.get(e), m.get(e), v.get(e));
            p.set(e, after.parameter());
            m.set(e, after.moment1());
            v.set(e, after.moment2());
          }
          k.storeIf(inside, parameter, p);
          if (copies != null) {
            k.storeIf(inside, k.at(copies, vector, VECTOR), p);
          }
          List<F32> largest = blockMaxima(k, exchange, List.of(largest(k, m), largest(k, v)));
          Pred leads = k.and(inside, k.eq(member, 0));
          first.store(inside, leads, tree1, vector, block, m, largest.get(0));
          second.store(inside, leads, tree2, vector, block, v, largest.get(1));
        });
  }

  private static F32 largest(PtxAssembler k, List<F32> values) {
    F32 largest = k.abs(values.getFirst());
    for (F32 value : values.subList(1, values.size())) {
      largest = k.max(largest, k.abs(value));
    }
    return largest;
  }

  /** The maxima over the two warps that share a block. */
  private static List<F32> blockMaxima(PtxAssembler k, SharedPointer exchange, List<F32> values) {
    List<F32> ofWarp = values.stream().map(k::warpMax).toList();
    SharedPointer mine = k.at(exchange, k.warpIndex(), 2 * Float.BYTES);
    SharedPointer other = k.at(exchange, k.xor(k.warpIndex(), 1), 2 * Float.BYTES);
    k.barrier();
    for (int i = 0; i < 2; i++) {
      k.storeIf(k.eq(k.laneIndex(), 0), mine.plus((long) i * Float.BYTES), ofWarp.get(i));
    }
    k.barrier();
    List<F32> maxima = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      maxima.add(k.max(ofWarp.get(i), k.loadFloat(other.plus((long) i * Float.BYTES))));
    }
    return maxima;
  }

  /** A moment in the kernel. */
  private record Moment(PtxAssembler k, GlobalPointer codes, GlobalPointer absmax) {

    List<F32> load(Pred inside, SharedPointer map, B32 vector, B32 block) {
      B32 word = k.loadIf(inside, k.at(codes, vector, VECTOR));
      F32 magnitude = k.loadFloatIf(inside, k.at(absmax, block, Float.BYTES));
      return Codes.bytes(k, word).stream()
          .map(code -> k.mul(Codes.value(k, map, code), magnitude))
          .toList();
    }

    void store(
        Pred inside,
        Pred leads,
        SharedPointer tree,
        B32 vector,
        B32 block,
        List<F32> values,
        F32 largest) {
      F32 inverse = Codes.inverse(k, largest);
      B32 word = k.constant(0);
      for (int e = VECTOR - 1; e >= 0; e--) {
        B32 code = Codes.nearest(k, tree, k.mul(values.get(e), inverse));
        word = k.or(k.shl(word, 8), code);
      }
      k.storeIf(inside, k.at(codes, vector, VECTOR), word);
      k.storeIf(leads, k.at(absmax, block, Float.BYTES), largest);
    }
  }
}
