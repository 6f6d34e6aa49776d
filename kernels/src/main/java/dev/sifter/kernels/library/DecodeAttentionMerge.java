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
import java.util.ArrayList;
import java.util.List;

/**
 * Puts the parts of {@link DecodeAttention} together, in their order.
 *
 * <pre>
 * sequence = blockIdx.x;  head = blockIdx.y;  e = threadIdx.x, + 128, ... below headDim
 * for eight z at once of the sequence's parts:
 *   M = max(m, m_z ...);  o = o*exp(m - M) + o_z[e]*exp(m_z - M) + ...;  so l
 * out[sequence][head][e] = o / l
 * </pre>
 *
 * <p>Least bytes: the parts read, out written. about 10 FLOPs an element of a part.
 *
 * @param shape heads, options, types
 */
public record DecodeAttentionMerge(AttentionShape shape) implements Kernel {
  private static final int THREADS = 128;

  /** Parts that a thread asks for at once. */
  private static final int AT_ONCE = 8;

  static List<Launch> launches(
      AttentionShape shape,
      int window,
      DeviceSlice tiles,
      int sequences,
      int parts,
      Array scratch,
      AttentionTensor out) {
    List<Object> arguments =
        new ArrayList<>(List.of(tiles, scratch.slice(), out.slice(), out.stride(), parts));
    if (shape.windowed()) {
      arguments.add(window);
    }
    return List.of(
        new Launch(new DecodeAttentionMerge(shape), Grid.of(sequences, shape.heads()), arguments));
  }

  @Override
  public int threadsPerBlock() {
    return THREADS;
  }

  @Override
  public void emit(PtxAssembler k) {
    GlobalPointer tiles = k.pointer("tiles", Integer.BYTES);
    ElementPointer parts = k.input("parts", ElementType.F32, 1);
    ElementPointer outs = k.output("out", shape.outType(), 1);
    B32 outStride = k.size("outStride");
    B32 partCount = k.size("partCount");
    AttentionTiles.InKernel tile = AttentionTiles.InKernel.load(k, tiles, k.blockX());
    tile.exitIfEmpty(k);
    B32 seen = shape.windowed() ? k.min(tile.keyLength(), k.size("window")) : tile.keyLength();
    B32 used = k.div(k.add(seen, DecodeAttention.PART_KEYS - 1), DecodeAttention.PART_KEYS);
    int record = shape.headDim() + DecodeBlock.EXTRA;
    B32 row = k.mad(k.blockX(), shape.heads(), k.blockY());
    ElementPointer ofHead = k.atRow(parts, row, k.mul(partCount, record), 1);
    ElementPointer to =
        k.at(k.atRow(outs, tile.queryStart(), outStride, 1), k.blockY(), shape.headDim());
    k.forRange(
        k.threadIndex(),
        k.constant(shape.headDim()),
        THREADS,
        e -> {
          Merged merged = new Merged(k);
          k.forRange(
              0,
              used,
              AT_ONCE,
              z -> {
                List<Merged.Part> some = new ArrayList<>();
                for (int n = 0; n < AT_ONCE; n++) {
                  some.add(part(k, k.lt(k.add(z, n), used), k.at(ofHead, k.add(z, n), record), e));
                }
                merged.add(some);
              });
          k.store(k.at(to, e, 1), k.div(merged.sum(), merged.total()));
        });
  }

  /** One of the parts; nothing where there is none. */
  private Merged.Part part(PtxAssembler k, Pred exists, ElementPointer part, B32 e) {
    F32 max = k.loadIf(exists, part.plus(shape.headDim()), 1).getFirst();
    F32 total = k.loadIf(exists, part.plus(shape.headDim() + 1), 1).getFirst();
    F32 sum = k.loadIf(exists, k.at(part, e, 1), 1).getFirst();
    return new Merged.Part(k.select(exists, max, Merged.LOWEST), total, sum);
  }
}
