package dev.sifter.kernels.ptx;

import java.util.List;
import java.util.stream.Stream;

/** Products on tensor cores, and the loads that feed them. Each is run by a whole warp. */
abstract class TensorInstructions extends WarpInstructions {

  TensorInstructions() {}

  /**
   * D = A·B + C of bfloat16 matrices with fp32 sums: 16 rows, 8 columns, 16 terms.
   *
   * @param a four registers: with g = lane/4 and t = lane mod 4, rows g, g+8, g, g+8 and terms 2t,
   *     2t, 2t+8, 2t+8, each with the following one in its upper half
   * @param b two registers: column g, terms 2t and 2t+8, each with the following one
   * @param sums four variables, C before and D after: rows g, g, g+8, g+8, columns 2t and 2t+1
   */
  public final void mmaBfloat16(List<B32> a, List<B32> b, List<F32> sums) {
    require(
        a.size() == 4 && b.size() == 2 && sums.size() == 4,
        "mma.m16n8k16 takes fragments of 4, 2 and 4 registers, got %d, %d and %d",
        a.size(),
        b.size(),
        sums.size());
    String opcode = "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32";
    requireTogether(Uniformity.WARP, opcode);
    Operand.Group accumulator = new Operand.Group(sums);
    sums.forEach(sum -> sum.assignments++);
    emit(
        null,
        false,
        opcode,
        List.of(accumulator),
        operands(new Operand.Group(a), new Operand.Group(b), accumulator));
  }

  /**
   * Loads four 8 × 8 matrices of 16-bit elements from shared memory. Lane l gets elements 2(l mod
   * 4) and the next of row l/4.
   *
   * @param row lane l points to row l mod 8 of matrix l/8, 16 bytes
   */
  public final List<B32> loadMatrices(SharedPointer row) {
    return matrices("ldmatrix.sync.aligned.m8n8.x4.shared.b16", row, 4);
  }

  /** As {@link #loadMatrices}, each matrix transposed on the way. */
  public final List<B32> loadMatricesTransposed(SharedPointer row) {
    return matrices("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16", row, 4);
  }

  private List<B32> matrices(String opcode, SharedPointer row, int count) {
    requireTogether(Uniformity.WARP, opcode);
    List<B32> registers = Stream.generate(this::newB32).limit(count).toList();
    emit(
        null,
        false,
        opcode,
        List.of(new Operand.Group(registers)),
        List.of(address(row, Alignments.MAX)));
    return registers;
  }

  /**
   * Begins to copy 16 bytes from device memory, past the first-level cache, into shared memory.
   *
   * @param bytes how many are copied, 0 to 16; the others become 0
   */
  public final void copyAsync(SharedPointer to, GlobalPointer from, B32 bytes) {
    perform(
        "cp.async.cg.shared.global",
        address(to, Alignments.MAX),
        address(from, Alignments.MAX),
        whole(Alignments.MAX),
        bytes);
  }

  /** Begins to copy 32 bits from device memory into shared memory. */
  public final void copyAsyncWord(SharedPointer to, GlobalPointer from) {
    perform("cp.async.ca.shared.global", address(to, 4), address(from, 4), whole(4));
  }

  /** Makes the copies begun since the last call a group. */
  public final void commitCopies() {
    perform("cp.async.commit_group");
  }

  /**
   * Waits until at most the last {@code pending} groups of this thread are unfinished. What other
   * threads copied may be read after a {@link #barrier} only.
   */
  public final void waitForCopies(int pending) {
    perform("cp.async.wait_group", whole(pending));
  }
}
