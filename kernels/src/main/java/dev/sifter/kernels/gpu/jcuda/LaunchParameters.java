package dev.sifter.kernels.gpu.jcuda;

import dev.sifter.kernels.gpu.KernelArguments;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Arguments as {@code cuLaunchKernel} takes them: a table of addresses, one an argument. The driver
 * has copied them when the call returns, so that one of these serves all launches of a stream.
 */
final class LaunchParameters {
  /** What CUDA allows at least. */
  private static final int SPACE_BYTES = 4096;

  private final MemorySegment space;
  private final MemorySegment table;

  LaunchParameters(Arena arena) {
    space = arena.allocate(SPACE_BYTES, Long.BYTES);
    table = arena.allocate(SPACE_BYTES / Integer.BYTES * ValueLayout.ADDRESS.byteSize(), 8);
  }

  /** Writes arguments; gives the table. */
  MemorySegment put(KernelArguments arguments) {
    byte[] packed = arguments.packed();
    if (packed.length > SPACE_BYTES) {
      throw new IllegalArgumentException(
          "%d bytes of arguments; a kernel takes %d".formatted(packed.length, SPACE_BYTES));
    }
    MemorySegment.copy(packed, 0, space, ValueLayout.JAVA_BYTE, 0, packed.length);
    int[] offsets = arguments.offsets();
    for (int i = 0; i < offsets.length; i++) {
      table.setAtIndex(ValueLayout.JAVA_LONG, i, space.address() + offsets[i]);
    }
    return table;
  }
}
