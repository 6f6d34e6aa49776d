package dev.sifter.kernels.ptx;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Loads from and stores to device memory, and its addresses. Indices are widened before they are
 * multiplied, so that no address overflows; an access that is not known to be aligned is refused
 * while the kernel is built.
 */
abstract class GlobalMemoryInstructions extends FloatInstructions {

  GlobalMemoryInstructions() {}

  // Addresses.

  /** The address of element {@code index} of an array of {@code stride} bytes each. */
  public final GlobalPointer at(GlobalPointer array, B32 index, int stride) {
    B64 base = madWide(index, stride, array.base());
    return new GlobalPointer(base, array.offset(), Alignments.of(array.alignment(), stride));
  }

  /**
   * The address of row {@code row} of a matrix whose rows are {@code stride} elements apart.
   *
   * @param alignment that the row stride in bytes is a multiple of, as the caller checks
   */
  public final GlobalPointer atRow(
      GlobalPointer matrix, B32 row, B32 stride, int elementBytes, int alignment) {
    B64 bytes = shl(mulWide(row, stride), Integer.numberOfTrailingZeros(elementBytes));
    return new GlobalPointer(
        add(matrix.base(), bytes), matrix.offset(), Alignments.of(matrix.alignment(), alignment));
  }

  // Loads and stores.

  /** Loads 32 bits. */
  public final B32 load(GlobalPointer from) {
    return loadGlobal(null, "ld.global.u32", newB32(), from, 4);
  }

  /** Loads 32 bits that nobody writes while the kernel runs. */
  public final B32 loadReadOnly(GlobalPointer from) {
    return loadGlobal(null, "ld.global.nc.u32", newB32(), from, 4);
  }

  /**
   * Loads an address of device memory that nobody writes while the kernel runs.
   *
   * @param alignment bytes that it is a multiple of, as whoever wrote it there checks
   */
  public final GlobalPointer loadPointer(GlobalPointer from, int alignment) {
    B64 generic = loadGlobal(null, "ld.global.nc.u64", newB64(), from, Long.BYTES);
    return new GlobalPointer(define(newB64(), "cvta.to.global.u64", generic), 0, alignment);
  }

  /** Loads 32 bits where p holds; 0 elsewhere. */
  public final B32 loadIf(Pred p, GlobalPointer from) {
    return loadGlobal(p, "ld.global.u32", constant(0), from, 4);
  }

  /** Loads a number where p holds; 0 elsewhere. */
  public final F32 loadFloatIf(Pred p, GlobalPointer from) {
    return loadGlobal(p, "ld.global.f32", constant(0f), from, 4);
  }

  /** Loads 8 bits, the others become 0. */
  public final B32 load8(GlobalPointer from) {
    return loadGlobal(null, "ld.global.u8", newB32(), from, 1);
  }

  /** Loads a number that nobody writes while the kernel runs. */
  public final F32 loadFloatReadOnly(GlobalPointer from) {
    return loadGlobal(null, "ld.global.nc.f32", newF32(), from, 4);
  }

  private <R extends Register> R loadGlobal(
      Pred guard, String opcode, R result, GlobalPointer from, int bytes) {
    emit(guard, false, opcode, List.of(result), List.of(address(from, bytes)));
    return result;
  }

  /** Stores 32 bits. */
  public final void store(GlobalPointer to, B32 value) {
    storeGlobal(null, "st.global.u32", to, 4, value);
  }

  /** Stores 32 bits where p holds. */
  public final void storeIf(Pred p, GlobalPointer to, B32 value) {
    storeGlobal(p, "st.global.u32", to, 4, value);
  }

  /** Stores the lower 8 bits. */
  public final void store8(GlobalPointer to, B32 value) {
    storeGlobal(null, "st.global.u8", to, 1, value);
  }

  /** Stores a number. */
  public final void store(GlobalPointer to, F32 value) {
    storeGlobal(null, "st.global.f32", to, 4, value);
  }

  /** Stores a number where p holds. */
  public final void storeIf(Pred p, GlobalPointer to, F32 value) {
    storeGlobal(p, "st.global.f32", to, 4, value);
  }

  private void storeGlobal(Pred guard, String opcode, GlobalPointer to, int bytes, Operand value) {
    emit(guard, false, opcode, List.of(), List.of(address(to, bytes), value));
  }

  /** Loads 1, 2 or 4 adjacent words at once that nobody writes while the kernel runs. */
  public final List<B32> loadWordsReadOnly(GlobalPointer from, int count) {
    return loadWords(null, true, from, count);
  }

  /** Loads 1, 2 or 4 adjacent words at once where p holds, zeros elsewhere; null for everywhere. */
  public final List<B32> loadWordsReadOnlyIf(Pred p, GlobalPointer from, int count) {
    return loadWords(p, true, from, count);
  }

  /**
   * Loads several adjacent registers at once.
   *
   * @param guard where it is false, the registers become 0; null for always
   * @param readOnly whether nobody writes the bytes while the kernel runs
   */
  final List<B32> loadWords(Pred guard, boolean readOnly, GlobalPointer from, int count) {
    List<B32> words = IntStream.range(0, count).mapToObj(i -> newB32()).toList();
    return loadVector(guard, readOnly, "b32", "mov.u32", whole(0), words, from);
  }

  /** As {@link #loadWords}, numbers. */
  final List<F32> loadFloats(Pred guard, boolean readOnly, GlobalPointer from, int count) {
    List<F32> numbers = IntStream.range(0, count).mapToObj(i -> newF32()).toList();
    return loadVector(guard, readOnly, "f32", "mov.f32", real(0), numbers, from);
  }

  private <R extends Register> List<R> loadVector(
      Pred guard,
      boolean readOnly,
      String type,
      String clear,
      Operand zero,
      List<R> registers,
      GlobalPointer from) {
    if (guard != null) {
      registers.forEach(register -> define(register, clear, zero));
    }
    String opcode = "ld.global" + (readOnly ? ".nc" : "") + width(registers.size()) + "." + type;
    emit(guard, false, opcode, vector(registers), List.of(address(from, 4 * registers.size())));
    return registers;
  }

  /** Loads 16 bits, the upper half becomes 0; all of it where there is a guard that is false. */
  final B32 loadHalf(Pred guard, boolean readOnly, GlobalPointer from) {
    B32 half = guard == null ? newB32() : constant(0);
    return loadGlobal(guard, "ld.global" + (readOnly ? ".nc" : "") + ".u16", half, from, 2);
  }

  /** Stores the lower 16 bits, where the guard holds if there is one. */
  final void storeHalf(Pred guard, GlobalPointer to, B32 value) {
    storeGlobal(guard, "st.global.u16", to, 2, value);
  }

  /** Stores 1, 2 or 4 adjacent words at once where p holds. */
  public final void storeIf(Pred p, GlobalPointer to, List<B32> words) {
    storeVector(p, to, words);
  }

  /** Stores several adjacent registers at once, where the guard holds if there is one. */
  final void storeVector(Pred guard, GlobalPointer to, List<? extends Register> values) {
    String type = values.getFirst() instanceof F32 ? ".f32" : ".b32";
    String opcode = "st.global" + width(values.size()) + type;
    emit(
        guard,
        false,
        opcode,
        List.of(),
        Stream.concat(Stream.of(address(to, 4 * values.size())), vector(values).stream()).toList());
  }

  /** The suffix of an access of so many registers. */
  final String width(int registers) {
    require(
        registers == 1 || registers == 2 || registers == 4,
        "a vector access of %d registers; it may have 1, 2 or 4",
        registers);
    return registers == 1 ? "" : ".v" + registers;
  }

  /** Registers as the operand of an access of all of them. */
  static List<? extends Operand> vector(List<? extends Register> registers) {
    return registers.size() == 1 ? registers : List.of(new Operand.Group(registers));
  }

  final Operand.Address address(GlobalPointer pointer, int bytes) {
    requireAligned(pointer.knownAlignment(), bytes, pointer.offset());
    return new Operand.Address(pointer.base(), pointer.offset());
  }

  /** Refuses an access at an address that may not be aligned to it. */
  final void requireAligned(int known, int bytes, long offset) {
    require(
        known % bytes == 0,
        "an access of %d bytes at an address, offset %d, that is only known to be a multiple of %d",
        bytes,
        offset,
        known);
  }
}
