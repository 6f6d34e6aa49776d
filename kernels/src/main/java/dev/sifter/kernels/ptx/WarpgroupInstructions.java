package dev.sifter.kernels.ptx;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Products that four warps ask for together and that Hopper's tensor cores carry out in the
 * background ({@code wgmma}). A kernel that uses them is for {@link PtxTarget#SM_90A}.
 *
 * <p>The order is: {@link #fenceProducts}, any number of products, {@link #commitProducts}, other
 * work, {@link #waitForProducts}. From the first to the last of these the registers of sums and of
 * left operands belong to the tensor cores; so does what is read of shared memory.
 */
abstract class WarpgroupInstructions extends TensorInstructions {
  /** Rows of the sums that four warps have together. */
  public static final int WARPGROUP_ROWS = 64;

  private static final Operand ZERO = whole(0);
  private static final Operand ONE = whole(1);

  /** Predicates that say whether a product adds to what is there, made when first asked for. */
  private final Map<Boolean, Pred> adding = new HashMap<>();

  WarpgroupInstructions() {}

  /** Orders accesses to registers before the products that come next. */
  public final void fenceProducts() {
    together("wgmma.fence.sync.aligned");
  }

  /** Makes the products since the last call a group. */
  public final void commitProducts() {
    together("wgmma.commit_group.sync.aligned");
  }

  /** Waits until at most the last {@code pending} groups of products are unfinished. */
  public final void waitForProducts(int pending) {
    together("wgmma.wait_group.sync.aligned", whole(pending));
  }

  /**
   * Lets the tensor cores see what this thread has written to shared memory, be it by copies that
   * it waited for. The other threads' writes follow by a {@link #barrier} after it.
   */
  public final void fenceSharedForProducts() {
    perform("fence.proxy.async.shared::cta");
  }

  /**
   * Begins a·b or sums + a·b, of bfloat16 with fp32 sums: 64 rows, 16 terms.
   *
   * @param a whose rows are 64 rows of its tile
   * @param term the first of 16 terms, of both
   * @param sums a fragment for each eight columns, of this warp's 16 rows
   * @param adds whether the sums are added to; else they are not read
   */
  public final void multiply(
      SharedMatrix a, SharedMatrix b, int term, List<List<F32>> sums, boolean adds) {
    multiply(
        operands(at(a, term), at(b, term), adding(adds), ONE, ONE, transposed(a), transposed(b)),
        sums,
        adds);
  }

  /**
   * The same with a left operand in registers.
   *
   * @param a four registers, of this warp's 16 rows, as {@link #mmaBfloat16} takes them
   * @param term the first of 16 terms of {@code b}
   */
  public final void multiply(
      List<B32> a, SharedMatrix b, int term, List<List<F32>> sums, boolean adds) {
    require(a.size() == 4, "wgmma takes four registers of A, not %d", a.size());
    multiply(
        operands(new Operand.Group(a), at(b, term), adding(adds), ONE, ONE, transposed(b)),
        sums,
        adds);
  }

  private void multiply(List<Operand> sources, List<List<F32>> sums, boolean adds) {
    List<F32> registers = new ArrayList<>();
    for (List<F32> fragment : sums) {
      for (F32 sum : fragment) {
        registers.add(adds ? read(sum) : sum);
        sum.assignments++;
        sum.uniformity = Uniformity.THREAD;
      }
    }
    String opcode =
        "wgmma.mma_async.sync.aligned.m64n%dk16.f32.bf16.bf16"
            .formatted(sums.size() * Tiles.FRAGMENT_COLUMNS);
    requireTogether(Uniformity.BLOCK, opcode);
    emit(null, false, opcode, List.of(new Operand.Group(registers)), sources);
  }

  /** Registers for sums that are first written by a product. */
  public final List<List<F32>> sums(int columns) {
    return Stream.generate(() -> Stream.generate(this::newF32).limit(4).toList())
        .limit(columns / Tiles.FRAGMENT_COLUMNS)
        .toList();
  }

  private Pred adding(boolean adds) {
    return adding.computeIfAbsent(
        adds, key -> defineAtStart(newPred(), adds ? "setp.eq.u32" : "setp.ne.u32", ZERO, ZERO));
  }

  private B64 at(SharedMatrix matrix, int term) {
    B32 low = add(matrix.low(), matrix.offset(term) / Alignments.MAX);
    return pack(low, matrix.high());
  }

  private static Operand transposed(SharedMatrix matrix) {
    return whole(matrix.termsAreRows() ? 1 : 0);
  }

  private void together(String opcode, Operand... operands) {
    requireTogether(Uniformity.BLOCK, opcode);
    perform(opcode, operands);
  }
}
