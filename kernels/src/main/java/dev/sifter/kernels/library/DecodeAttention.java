package dev.sifter.kernels.library;

import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.gpu.Grid;
import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.Pred;
import dev.sifter.kernels.ptx.PtxAssembler;
import java.util.ArrayList;
import java.util.List;

/**
 * Attention of one new query for each sequence over its cache of keys and values, split over the
 * keys so that one long sequence keeps a whole GPU busy (flash-decoding); {@link
 * DecodeAttentionMerge} puts the parts together.
 *
 * <pre>
 * sequence = tiles[blockIdx.x];  kvHead = blockIdx.y;  keys of part blockIdx.z: 256 of them
 * q[h] for the G query heads of the group                       // 8 lanes (or more) share a key
 * for (key = first + group of lanes; key &lt; end; key += groups)
 *   s[h] = score(sum over the lanes of q[h] * k[key]);  M = max(m[h], s[h]);  f = exp(m[h] - M)
 *   p = exp(s[h] - M);  l[h] = l[h]*f + p;  o[h] = o[h]*f + p * v[key];  m[h] = M
 * combine m, l, o over the block's groups in order, through shared memory
 * parts[sequence][head][z] = (o[0..headDim), m, l)               // or out = o / l, if it is whole
 * </pre>
 *
 * <p>Each key and value is read once for all query heads of its group. Parts begin at fixed keys,
 * so a sequence's result does not depend on what else is in the batch. Least bytes: k and v read.
 * 4·headDim·G FLOPs a key.
 *
 * @param shape heads, options, types
 * @param whole whether no sequence has a second part, so that nothing is left to put together
 * @param vector elements of an access
 */
public record DecodeAttention(AttentionShape shape, boolean whole, int vector) implements Kernel {
  /** Keys of a part. */
  public static final int PART_KEYS = 256;

  private static final int WARPS = 4;

  /** Sums, and as many query elements, that a thread may hold. */
  private static final int MAX_ELEMENTS = 64;

  /** As many as leave room for enough threads. */
  private static final int GOOD_ELEMENTS = 32;

  /** Refuses groups that do not fit into a warp's registers. */
  public DecodeAttention {
    if (!takes(shape)) {
      throw new IllegalArgumentException(
          "%d query heads of %d share a key head; a warp holds %d elements"
              .formatted(shape.groupSize(), shape.headDim(), PtxAssembler.WARP * MAX_ELEMENTS));
    }
  }

  /**
   * Parts that there is room for where sequences have up to {@code keys} keys: a power of two, so
   * that token after token makes the same launches. Blocks of parts that a sequence does not have
   * leave at once.
   */
  public static int parts(int keys) {
    int parts = Math.max(1, Math.ceilDiv(keys, PART_KEYS));
    return parts == 1 ? 1 : 2 * Integer.highestOneBit(parts - 1);
  }

  /** Whether a group of query heads fits. */
  public static boolean takes(AttentionShape shape) {
    return shape.groupSize() * shape.headDim() <= PtxAssembler.WARP * MAX_ELEMENTS;
  }

  /** Fp32 elements that {@link #launches} needs. */
  public static long scratchElements(AttentionShape shape, int sequences, int maxKeys) {
    int parts = parts(maxKeys);
    return parts == 1
        ? 0
        : (long) sequences * shape.heads() * parts * (shape.headDim() + DecodeBlock.EXTRA);
  }

  /**
   * What to launch.
   *
   * @param tiles {@link AttentionTiles#ofQueries} of sequences with one query each
   * @param sequences how many
   * @param maxKeys at least the longest sequence's keys; longer ones give the same result slower
   * @param scratch fp32 of {@link #scratchElements}; null if these are none
   */
  public static List<Launch> launches(
      AttentionShape shape,
      AttentionOptions options,
      DeviceSlice tiles,
      int sequences,
      int maxKeys,
      AttentionTensor q,
      AttentionTensor k,
      AttentionTensor v,
      AttentionTensor out,
      Array scratch) {
    if (sequences == 0) {
      return List.of();
    }
    int widest = Vectors.widest(shape.type());
    int parts = parts(maxKeys);
    boolean whole = parts == 1;
    int vector = AttentionTensor.vector(widest, shape.headDim(), q, k, v);
    Kernel kernel =
        DecodeAttentionTensorCore.takes(shape, vector)
            ? new DecodeAttentionTensorCore(shape, whole)
            : new DecodeAttention(shape, whole, vector);
    List<Object> arguments = new ArrayList<>();
    arguments.add(tiles);
    arguments.addAll(List.of(q.slice(), k.slice(), v.slice()));
    arguments.add(
        whole
            ? out.slice()
            : scratch.require("scratch", scratchElements(shape, sequences, maxKeys)));
    arguments.addAll(List.of(q.stride(), k.stride(), v.stride(), whole ? out.stride() : parts));
    arguments.addAll(options.arguments(shape));
    List<Launch> launches = new ArrayList<>();
    launches.add(new Launch(kernel, new Grid(sequences, shape.kvHeads(), parts), arguments));
    if (!whole) {
      launches.addAll(
          DecodeAttentionMerge.launches(
              shape, options.slidingWindow(), tiles, sequences, parts, scratch, out));
    }
    return launches;
  }

  /** Lanes that share a key. */
  private int lanes() {
    int lanes = 8;
    while (lanes < PtxAssembler.WARP
        && lanes * GOOD_ELEMENTS < shape.groupSize() * shape.headDim()) {
      lanes *= 2;
    }
    return lanes;
  }

  private int groups() {
    return WARPS * PtxAssembler.WARP / lanes();
  }

  @Override
  public int threadsPerBlock() {
    return WARPS * PtxAssembler.WARP;
  }

  @Override
  public void emit(PtxAssembler k) {
    DecodeBlock block = DecodeBlock.begin(k, shape, whole, vector);
    B32 group = k.div(k.threadIndex(), lanes());
    HeadLanes lane = new HeadLanes(k, shape.headDim(), vector, lanes());
    int heads = shape.groupSize();
    List<List<F32>> q = new ArrayList<>();
    List<List<F32>> o = new ArrayList<>();
    List<F32> max = new ArrayList<>();
    List<F32> total = new ArrayList<>();
    for (int h = 0; h < heads; h++) {
      q.add(lane.load(null, block.query(k.constant(h))));
      o.add(lane.zeros());
      max.add(k.variable(Merged.LOWEST));
      total.add(k.variable(0f));
    }
    k.forRange(
        block.first(),
        block.end(),
        groups(),
        start -> {
          B32 key = k.add(start, group);
          Pred inside = k.lt(key, block.end());
          List<F32> kRow = lane.load(inside, block.key(key));
          List<F32> vRow = lane.load(inside, block.value(key));
          for (int h = 0; h < heads; h++) {
            F32 score = block.scores().score(lane.dot(q.get(h), kRow));
            F32 masked = k.select(inside, score, Float.NEGATIVE_INFINITY);
            F32 newMax = k.max(max.get(h), masked);
            F32 factor = k.expOfNonPositive(k.sub(max.get(h), newMax));
            F32 p = k.expOfNonPositive(k.sub(masked, newMax));
            k.assign(max.get(h), newMax);
            k.assign(total.get(h), k.fma(total.get(h), factor, p));
            for (int e = 0; e < vRow.size(); e++) {
              F32 sum = o.get(h).get(e);
              k.assign(sum, k.fma(sum, factor, k.mul(p, vRow.get(e))));
            }
          }
        });
    DecodeSums sums = new DecodeSums(block, groups());
    Pred leads = k.eq(lane.index(), 0);
    for (int h = 0; h < heads; h++) {
      DecodeSums.OfHead mine = sums.of(group, k.constant(h));
      lane.store(mine.elements(), o.get(h));
      k.storeIf(leads, mine.max(), max.get(h));
      k.storeIf(leads, mine.total(), total.get(h));
    }
    sums.merge();
  }
}
