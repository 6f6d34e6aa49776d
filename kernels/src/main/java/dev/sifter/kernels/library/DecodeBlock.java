package dev.sifter.kernels.library;

import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.ElementType;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.GlobalPointer;
import dev.sifter.kernels.ptx.PtxAssembler;

/**
 * What a block of decoding has: of a sequence, the query heads that share a key head, and the keys
 * of a part; and where its results go.
 *
 * @param k the assembler
 * @param shape heads, options, types
 * @param whole whether no sequence has a second part
 * @param sequence number of the sequence
 * @param kvHead the key head
 * @param first the part's first key
 * @param end the key behind its last one
 * @param scores from products to scores
 * @param queries the first query head of the group
 * @param keys the first key
 * @param values the first value
 * @param kStride elements from one key to the next
 * @param vStride elements from one value to the next
 * @param results the sequence's row of the output, or all parts
 * @param partCount parts that there is room for; null for a whole
 * @param vector elements of an access
 */
record DecodeBlock(
    PtxAssembler k,
    AttentionShape shape,
    boolean whole,
    B32 sequence,
    B32 kvHead,
    B32 first,
    B32 end,
    AttentionScores scores,
    ElementPointer queries,
    ElementPointer keys,
    ElementPointer values,
    B32 kStride,
    B32 vStride,
    ElementPointer results,
    B32 partCount,
    int vector) {
  /** Numbers of a part besides the sums: the largest score and the denominator. */
  static final int EXTRA = 2;

  /** Declares the parameters; blocks of parts that the sequence does not have leave. */
  static DecodeBlock begin(PtxAssembler k, AttentionShape shape, boolean whole, int vector) {
    GlobalPointer tiles = k.pointer("tiles", Integer.BYTES);
    ElementPointer queries = k.input("q", shape.type(), vector);
    ElementPointer keys = k.input("k", shape.type(), vector);
    ElementPointer values = k.input("v", shape.type(), vector);
    ElementPointer results =
        whole ? k.output("out", shape.outType(), 1) : k.output("parts", ElementType.F32, 1);
    B32 qStride = k.size("qStride");
    B32 kStride = k.size("kStride");
    B32 vStride = k.size("vStride");
    B32 resultStride = k.size(whole ? "outStride" : "partCount");
    AttentionScores scores = AttentionScores.declare(k, shape);

    AttentionTiles.InKernel tile = AttentionTiles.InKernel.load(k, tiles, k.blockX());
    tile.exitIfEmpty(k);
    B32 kvHead = k.blockY();
    B32 position = k.sub(tile.keyLength(), k.constant(1));
    int partKeys = DecodeAttention.PART_KEYS;
    B32 first = k.add(scores.firstKey(position, 1), k.mul(k.blockZ(), partKeys));
    k.exitIf(k.ge(first, tile.keyLength()));
    ElementPointer queryRow = k.atRow(queries, tile.queryStart(), qStride, vector);
    ElementPointer keyRows = k.atRow(keys, tile.keyStart(), kStride, vector);
    ElementPointer valueRows = k.atRow(values, tile.keyStart(), vStride, vector);
    return new DecodeBlock(
        k,
        shape,
        whole,
        k.blockX(),
        kvHead,
        first,
        k.min(k.add(first, partKeys), tile.keyLength()),
        scores,
        k.at(queryRow, kvHead, shape.groupSize() * shape.headDim()),
        k.at(keyRows, kvHead, shape.headDim()),
        k.at(valueRows, kvHead, shape.headDim()),
        kStride,
        vStride,
        whole ? k.atRow(results, tile.queryStart(), resultStride, 1) : results,
        whole ? null : resultStride,
        vector);
  }

  /** A query head of the group. */
  ElementPointer query(B32 head) {
    return k.at(queries, head, shape.headDim());
  }

  /** The key with this number in the sequence. */
  ElementPointer key(B32 number) {
    return k.atRow(keys, number, kStride, vector);
  }

  /** The value with this number in the sequence. */
  ElementPointer value(B32 number) {
    return k.atRow(values, number, vStride, vector);
  }

  /** Stores what the block has of an element of a head of the group. */
  void store(B32 headOfGroup, B32 element, Merged merged) {
    int headDim = shape.headDim();
    B32 head = k.mad(kvHead, shape.groupSize(), headOfGroup);
    if (whole) {
      F32 mean = k.div(merged.sum(), merged.total());
      k.store(k.at(k.at(results, head, headDim), element, 1), mean);
      return;
    }
    int record = headDim + EXTRA;
    B32 row = k.mad(sequence, shape.heads(), head);
    ElementPointer part =
        k.at(k.atRow(results, row, k.mul(partCount, record), 1), k.blockZ(), record);
    k.store(k.at(part, element, 1), merged.sum());
    k.ifThen(
        k.eq(element, 0),
        () -> {
          k.store(part.plus(headDim), merged.max());
          k.store(part.plus(headDim + 1), merged.total());
        });
  }
}
