package dev.sifter.kernels.gpu.emulator;

/** What the emulator watches over. */
public enum Check {
  /** An access outside every allocation, or outside a block's shared memory. */
  OUT_OF_BOUNDS,
  /** An access that is not at a multiple of its size. */
  MISALIGNED,
  /** An access to memory that was freed. */
  USE_AFTER_FREE,
  /** A read of bytes that nothing has written; of results, too, that are copied to the host. */
  UNINITIALISED,
  /** Accesses of several threads to shared memory, one of them a write, that no barrier orders. */
  SHARED_RACE,
  /** The same in global memory, between threads of a block or of two. */
  GLOBAL_RACE,
  /** A barrier that some threads do not reach, or that is used in two ways at once. */
  BARRIER,
  /** An instruction for a whole warp that some lanes do not run. */
  COLLECTIVE,
  /** Use of a background copy's bytes before it was waited for. */
  ASYNC_COPY,
  /** Use of a background product's operands or sums, or one without the fences that it needs. */
  ASYNC_PRODUCT,
  /** A read through {@code .nc} of bytes that the same launch writes. */
  READ_ONLY,
  /** A loop that does not end. */
  ENDLESS
}
