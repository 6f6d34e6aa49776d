package dev.sifter.kernels.gpu.emulator;

import dev.sifter.kernels.ptx.ParameterType;
import java.util.List;
import java.util.Map;

/**
 * A parsed module of one entry point.
 *
 * @param target as in {@code .target}
 * @param entry name of the entry point
 * @param parameters in order
 * @param registers types by name, for example {@code b32}
 * @param shared shared memory, in order
 * @param labels positions in {@code body} by name
 * @param body the instructions
 * @param requiredThreads as in {@code .reqntid}, or 0
 * @param maximumThreads as in {@code .maxntid}, or 0
 */
record PtxModule(
    String target,
    String entry,
    List<Parameter> parameters,
    Map<String, String> registers,
    List<SharedVariable> shared,
    Map<String, Integer> labels,
    List<PtxStatement> body,
    int requiredThreads,
    int maximumThreads) {

  /**
   * A parameter of the entry point.
   *
   * @param type by size and use; an address is a {@code U64} here
   */
  record Parameter(String name, ParameterType type, int byteOffset) {}

  /**
   * A variable in shared memory.
   *
   * @param bytes its size; 0 if it is {@code .extern}: then it begins where the dynamic part does
   */
  record SharedVariable(String name, int alignment, int bytes, boolean external) {}
}
