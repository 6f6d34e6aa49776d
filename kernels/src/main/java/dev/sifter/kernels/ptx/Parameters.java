package dev.sifter.kernels.ptx;

import java.util.ArrayList;
import java.util.List;

/** The kernel's arguments, and its shared memory. */
abstract class Parameters extends ControlFlow {
  private static final String SHARED = "shared_memory";
  private static final int LEAST_ALIGNMENT = 128;

  private final List<KernelParameter> parameters = new ArrayList<>();
  private final int sharedLimit;
  private B32 sharedBase;
  private int sharedBytes;
  private int sharedAlignment = LEAST_ALIGNMENT;

  Parameters(int sharedLimit) {
    this.sharedLimit = sharedLimit;
  }

  /**
   * A pointer argument.
   *
   * @param alignment bytes that the address is a multiple of; a launch with another one is an error
   */
  public final GlobalPointer pointer(String name, int alignment) {
    B64 generic = parameter(newB64(), name, ParameterType.POINTER, "ld.param.u64");
    B64 global = defineAtStart(newB64(), "cvta.to.global.u64", generic);
    return new GlobalPointer(global, 0, alignment);
  }

  /** A number of elements, a size, a stride. */
  public final B32 size(String name) {
    return parameter(newB32(), name, ParameterType.U32, "ld.param.u32");
  }

  /** A real number. */
  public final F32 number(String name) {
    return parameter(newF32(), name, ParameterType.F32, "ld.param.f32");
  }

  private <R extends Register> R parameter(
      R result, String name, ParameterType type, String opcode) {
    require(name.matches("[a-z][A-Za-z0-9]*"), "'%s' cannot be the name of a parameter", name);
    require(
        parameters.stream().noneMatch(p -> p.name().equals(name)),
        "the parameter '%s' is there already",
        name);
    parameters.add(new KernelParameter(name, type));
    return defineAtStart(result, opcode, new Operand.Name("[" + name + "]"));
  }

  /** Shared memory of a fixed size, at a multiple of 16 bytes. */
  public final SharedPointer shared(int bytes) {
    return shared(bytes, Alignments.MAX);
  }

  /** Shared memory of a fixed size. */
  public final SharedPointer shared(int bytes, int alignment) {
    int start = Math.ceilDiv(sharedBytes, alignment) * alignment;
    require(
        bytes > 0 && start <= sharedLimit - bytes,
        "%d bytes of shared memory after %d; a block has %d",
        bytes,
        start,
        sharedLimit);
    if (sharedBase == null) {
      sharedBase = defineAtStart(newB32(), "mov.u32", new Operand.Name(SHARED));
    }
    sharedBytes = start + bytes;
    sharedAlignment = Math.max(sharedAlignment, alignment);
    return new SharedPointer(sharedBase, start, LEAST_ALIGNMENT);
  }

  final List<KernelParameter> parameters() {
    return parameters;
  }

  final int sharedBytes() {
    return sharedBytes;
  }

  final String sharedDeclaration() {
    return ".extern .shared .align " + sharedAlignment + " .b8 " + SHARED + "[];";
  }
}
