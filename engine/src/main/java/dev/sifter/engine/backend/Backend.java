package dev.sifter.engine.backend;

import dev.sifter.engine.memory.MemoryLedger;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * A place where ops run: memory for tensors, and one kernel per op and direction.
 *
 * <p>Kernels are plain functions over tensors; they allocate nothing that outlives the call. Three
 * rules hold for all of them:
 *
 * <ul>
 *   <li>Outputs are written in full; what they held before does not matter. Gradients of a backward
 *       kernel are the exception where a parameter {@code accumulate} says so: then the kernel adds
 *       to what is there.
 *   <li>The same inputs give the same bits, on any number of threads.
 *   <li>Shapes are checked before anything is written; a mismatch is an {@link
 *       IllegalArgumentException} that names both shapes.
 * </ul>
 */
public interface Backend extends AutoCloseable {

  /** Short name as in {@code --device}: {@code cpu}, {@code reference}, {@code dryrun}. */
  String name();

  /** One line for the log: what runs where, how wide, on how many threads. */
  String description();

  /** One line after a run: what became of the work, where that is not obvious; or empty. */
  default String report() {
    return "";
  }

  /**
   * Type that activations and their gradients are kept in, where a model is trained: fp32, or bf16
   * on a GPU that was opened so.
   *
   * <p>This is all that a model's precision depends on. Whatever is trained, its gradients and the
   * optimizer's moments are fp32. Frozen weights stay in their file's type. Products accumulate in
   * fp32; norms, softmax and losses are computed in fp32 and their statistics kept so.
   */
  default DType activationType() {
    return DType.F32;
  }

  /**
   * Most elements that an op holds at a time of what it makes chunk by chunk, such as logits: each
   * chunk reads a weight again, so that few are quicker and small ones take less memory.
   */
  default long chunkElements() {
    return 3L << 23;
  }

  /** Counts what the arenas of this backend hold. */
  MemoryLedger ledger();

  /** An arena that gives every tensor memory of its own: parameters, optimizer state. */
  TensorArena newArena(String name);

  /** An arena that reuses memory from step to step: activations and their gradients. */
  TensorArena newStepArena(String name);

  /**
   * A tensor over bytes that lie elsewhere, such as a memory-mapped weight file; a backend that
   * cannot use them in place copies them into {@code arena}.
   */
  Tensor adopt(Tensor hostTensor, TensorArena arena);

  /** Copies host bytes into a tensor; both have the same size. */
  void upload(MemorySegment source, Tensor target);

  /** Copies a tensor's bytes to the host; both have the same size. A dry run gives zeros. */
  default void download(Tensor source, MemorySegment target) {
    if (source.byteSize() != target.byteSize()) {
      throw new IllegalArgumentException(
          "cannot copy %d bytes to %d".formatted(source.byteSize(), target.byteSize()));
    }
    source.read(0, target);
  }

  /** What is added where matrices may have a border on the right of their rows; or empty. */
  default Optional<BorderKernels> borders() {
    return Optional.empty();
  }

  /** Matrix products, bias. */
  LinearKernels linear();

  /** RMSNorm, LayerNorm. */
  NormKernels norm();

  /** Rotary positions and attention. */
  AttentionKernels attention();

  /** Short filters along the tokens. */
  ConvolutionKernels convolution();

  /** Activations, sums, dropout, casts. */
  PointwiseKernels pointwise();

  /** Rows by number: embeddings, label-bearing rows. */
  RowKernels rows();

  /** Cross-entropy. */
  LossKernels loss();

  /** AdamW, norms of gradients. */
  OptimizerKernels optimizer();

  /** Ends threads and device contexts; arenas are closed by their owners before. */
  @Override
  void close();
}
