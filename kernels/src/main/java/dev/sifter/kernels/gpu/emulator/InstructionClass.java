package dev.sifter.kernels.gpu.emulator;

/** What kind of unit runs an instruction. */
public enum InstructionClass {
  /** Integer arithmetic, logic, comparison, selection, conversion, moves. */
  INTEGER("integer"),
  /** Arithmetic on {@code .f32}. */
  FLOAT("float"),
  /** Exponential, logarithm, reciprocal, roots. */
  SPECIAL("special"),
  /** Matrix products. */
  TENSOR("tensor"),
  /** Loads from global memory. */
  GLOBAL_LOAD("global loads"),
  /** Stores to global memory. */
  GLOBAL_STORE("global stores"),
  /** Loads from shared memory. */
  SHARED_LOAD("shared loads"),
  /** Stores to shared memory. */
  SHARED_STORE("shared stores"),
  /** Copies from global to shared memory in the background. */
  ASYNC_COPY("asynchronous copies"),
  /** Atomic operations. */
  ATOMIC("atomics"),
  /** Exchange between the lanes of a warp. */
  WARP("warp"),
  /** Barriers and fences. */
  BARRIER("barriers"),
  /** Branches and returns. */
  CONTROL("control");

  private final String label;

  InstructionClass(String label) {
    this.label = label;
  }

  /** For people. */
  public String label() {
    return label;
  }
}
