package dev.sifter.kernels.library;

import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.gpu.Grid;
import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.ElementType;
import dev.sifter.kernels.ptx.GlobalPointer;
import dev.sifter.kernels.ptx.PtxAssembler;
import java.util.ArrayList;
import java.util.List;

/**
 * Puts the parts of {@link DecodeAttention} together, in their order.
 *
 * <pre>
 * sequence = blockIdx.x;  head = blockIdx.y;  e = threadIdx.x, + 128, ... below headDim
 * for z in the sequence's parts:  M = max(m, m_z);  o = o*exp(m - M) + o_z[e]*exp(m_z - M);  so l
 * out[sequence][head][e] = o / l
 * </pre>
 *
 * <p>Least bytes: the parts read, out written. 6 FLOPs an element of a part.
 *
 * @param shape heads, options, types
 */
public record DecodeAttentionMerge(AttentionShape shape) implements Kernel {
  private static final int THREADS = 128;
  private static final float LOWEST = -1e30f;

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
    int record = shape.headDim() + DecodeAttention.EXTRA;
    B32 row = k.mad(k.blockX(), shape.heads(), k.blockY());
    ElementPointer ofHead = k.atRow(parts, row, k.mul(partCount, record), 1);
    ElementPointer to =
        k.at(k.atRow(outs, tile.queryStart(), outStride, 1), k.blockY(), shape.headDim());
    k.forRange(
        k.threadIndex(),
        k.constant(shape.headDim()),
        THREADS,
        e -> {
          Merged merged = new Merged(k, LOWEST);
          k.forRange(
              0,
              used,
              1,
              z -> {
                ElementPointer part = k.at(ofHead, z, record);
                merged.add(
                    k.loadOne(part.plus(shape.headDim())),
                    k.loadOne(part.plus(shape.headDim() + 1)),
                    k.loadOne(k.at(part, e, 1)));
              });
          k.store(k.at(to, e, 1), k.div(merged.sum(), merged.total()));
        });
  }
}
