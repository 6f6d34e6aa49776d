package dev.sifter.engine.memory.libc;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Memory from the C library. An {@link Arena} of Java writes zeros into all that it allocates, and
 * so makes every page of a slab resident, used or not; {@code calloc} leaves large blocks to the
 * system, which gives a page of zeros where one is first touched.
 */
@SuppressWarnings("restricted") // Calling native code is what this class is for.
public final class CHeap {
  private static final FunctionDescriptor CALLOC =
      FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG);

  private static final MethodHandle calloc = bind("calloc", CALLOC);
  private static final MethodHandle free =
      bind("free", FunctionDescriptor.ofVoid(ValueLayout.ADDRESS));

  private CHeap() {}

  private static MethodHandle bind(String name, FunctionDescriptor signature) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), signature);
  }

  /**
   * Zeros that live as long as the arena.
   *
   * @param alignment of the first byte: a power of two
   * @throws OutOfMemoryError if the system has none to give
   */
  public static MemorySegment allocate(long bytes, long alignment, Arena arena) {
    long withRoom = Math.addExact(bytes, alignment);
    MemorySegment block = calloc(withRoom);
    if (block.address() == 0) {
      throw new OutOfMemoryError("calloc of " + withRoom + " bytes");
    }
    long start = -block.address() & (alignment - 1);
    return block.reinterpret(withRoom, arena, CHeap::free).asSlice(start, bytes);
  }

  private static MemorySegment calloc(long bytes) {
    try {
      return (MemorySegment) calloc.invokeExact(1L, bytes);
    } catch (Throwable impossible) {
      throw new AssertionError(impossible);
    }
  }

  private static void free(MemorySegment block) {
    try {
      free.invokeExact(block);
    } catch (Throwable impossible) {
      throw new AssertionError(impossible);
    }
  }
}
