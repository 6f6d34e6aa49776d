package dev.sifter.kernels.ptx;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Loads from and stores to the block's shared memory, and its addresses, of 32 bits. An access that
 * is not known to be aligned is refused while the kernel is built.
 */
abstract class SharedMemoryInstructions extends GlobalMemoryInstructions {

  SharedMemoryInstructions() {}

  /** The address of element {@code index} of an array of {@code stride} bytes each. */
  public final SharedPointer at(SharedPointer array, B32 index, int stride) {
    B32 base = mad(index, stride, array.base());
    return new SharedPointer(base, array.offset(), Alignments.of(array.alignment(), stride));
  }

  /** An address a number of bytes further on, of which {@code alignment} is known. */
  public final SharedPointer offset(SharedPointer array, B32 bytes, int alignment) {
    return new SharedPointer(
        add(array.base(), bytes), array.offset(), Alignments.of(array.alignment(), alignment));
  }

  /** Loads 32 bits. */
  public final B32 load(SharedPointer from) {
    return define(newB32(), "ld.shared.u32", address(from, 4));
  }

  /** Loads 16 bits, the upper half becomes 0. */
  public final B32 load16(SharedPointer from) {
    return define(newB32(), "ld.shared.u16", address(from, 2));
  }

  /** Loads a number. */
  public final F32 loadFloat(SharedPointer from) {
    return define(newF32(), "ld.shared.f32", address(from, 4));
  }

  /** Loads 1, 2 or 4 adjacent numbers at once. */
  public final List<F32> loadFloats(SharedPointer from, int count) {
    List<F32> numbers = IntStream.range(0, count).mapToObj(i -> newF32()).toList();
    String opcode = "ld.shared" + width(count) + ".f32";
    emit(null, false, opcode, vector(numbers), List.of(address(from, 4 * count)));
    return numbers;
  }

  /** Loads 1, 2 or 4 adjacent words at once. */
  public final List<B32> loadWords(SharedPointer from, int count) {
    List<B32> words = IntStream.range(0, count).mapToObj(i -> newB32()).toList();
    String opcode = "ld.shared" + width(count) + ".b32";
    emit(null, false, opcode, vector(words), List.of(address(from, 4 * count)));
    return words;
  }

  /** Stores 32 bits. */
  public final void store(SharedPointer to, B32 value) {
    perform("st.shared.u32", address(to, 4), value);
  }

  /** Stores the lower 16 bits. */
  public final void store16(SharedPointer to, B32 value) {
    perform("st.shared.u16", address(to, 2), value);
  }

  /** Stores a number. */
  public final void store(SharedPointer to, F32 value) {
    perform("st.shared.f32", address(to, 4), value);
  }

  /** Stores a number where p holds. */
  public final void storeIf(Pred p, SharedPointer to, F32 value) {
    emit(p, false, "st.shared.f32", List.of(), List.of(address(to, 4), value));
  }

  /** Stores 32 bits where p holds. */
  public final void storeIf(Pred p, SharedPointer to, B32 value) {
    emit(p, false, "st.shared.u32", List.of(), List.of(address(to, 4), value));
  }

  /** Adds to 32 bits, modulo 2³²: threads that add to one place have their turns. */
  public final void atomicAdd(SharedPointer to, B32 value) {
    perform("red.shared.add.u32", address(to, 4), value);
  }

  /** Stores 1, 2 or 4 adjacent registers at once. */
  public final void store(SharedPointer to, List<? extends Register> values) {
    String type = values.getFirst() instanceof F32 ? ".f32" : ".b32";
    emit(
        null,
        false,
        "st.shared" + width(values.size()) + type,
        List.of(),
        Stream.concat(Stream.of(address(to, 4 * values.size())), vector(values).stream()).toList());
  }

  final Operand.Address address(SharedPointer pointer, int bytes) {
    requireAligned(pointer.knownAlignment(), bytes, pointer.offset());
    return new Operand.Address(pointer.base(), pointer.offset());
  }
}
