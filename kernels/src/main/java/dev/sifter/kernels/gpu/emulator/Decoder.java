package dev.sifter.kernels.gpu.emulator;

import dev.sifter.kernels.ptx.ParameterType;
import dev.sifter.kernels.ptx.PtxKernel;
import dev.sifter.kernels.ptx.PtxTarget;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Makes a program of PTX text. Whatever it does not know, it refuses with its line. */
final class Decoder {
  private static final Map<String, Integer> FLOPS =
      Map.of(
          "add.rn.f32", 1,
          "sub.rn.f32", 1,
          "mul.rn.f32", 1,
          "fma.rn.f32", 2,
          "div.rn.f32", 1,
          "rcp.rn.f32", 1,
          "sqrt.rn.f32", 1);

  private static final DecoderGroups INTEGER =
      DecoderGroups.of(
          IntegerOps::decode,
          LongOps::decode,
          BitOps::decode,
          BitFieldOps::decode,
          MoveOps::decode,
          ConvertOps::decode,
          CompareOps::decode);

  private static final DecoderGroups SHARED =
      DecoderGroups.of(SharedOps::decode, MatrixLoadOps::decode);

  private final PtxKernel kernel;
  private final PtxModule module;
  private final Registers registers;
  private final Map<String, Integer> symbols = new HashMap<>();
  private int sharedBytes;
  private boolean usesGlobalAtomics;

  private Decoder(PtxKernel kernel) {
    this.kernel = kernel;
    module = PtxParser.parse(kernel.text());
    registers = new Registers(module.registers());
  }

  /**
   * Decodes.
   *
   * @throws PtxSyntaxException if the text has something that the emulator does not know
   * @throws IllegalArgumentException if the text and the kernel's description disagree
   */
  static Program decode(PtxKernel kernel) {
    return new Decoder(kernel).program();
  }

  private Program program() {
    checkDescription();
    placeShared();
    List<PtxStatement> body = module.body();
    Instruction[] code = new Instruction[body.size() + 1];
    for (int i = 0; i < body.size(); i++) {
      code[i] = instruction(body.get(i), i);
    }
    code[body.size()] = end(body.size());
    registers.requireWritten();
    return new Program(
        kernel, module, code, registers, sharedBytes, usesGlobalAtomics, productPlanes(code));
  }

  private static int[] productPlanes(Instruction[] code) {
    return Arrays.stream(code)
        .filter(WarpgroupOps.Multiply.class::isInstance)
        .map(WarpgroupOps.Multiply.class::cast)
        .flatMapToInt(
            product ->
                IntStream.concat(
                    Arrays.stream(product.sums),
                    product.left == null ? IntStream.empty() : Arrays.stream(product.left)))
        .distinct()
        .toArray();
  }

  /** The end of the body, which ends all threads that come to it. */
  private Instruction end(int index) {
    PtxStatement last =
        new PtxStatement(
            new SourceLocation("ptx", 0), 0, null, false, List.of("ret"), List.of(), "ret");
    Instruction end = ControlOps.decode(new Operation(last, registers, symbols), Map.of());
    end.place(last, InstructionClass.CONTROL, index, 0);
    return end;
  }

  private void checkDescription() {
    require(module.entry().equals(kernel.name()), "the text's entry is called %s", module.entry());
    require(
        module.target().equals(kernel.target().ptxName()),
        "the text is for %s, not for %s",
        module.target(),
        kernel.target().ptxName());
    require(
        module.requiredThreads() == 0 || module.requiredThreads() == kernel.threadsPerBlock(),
        "the text requires %d threads, not %d",
        module.requiredThreads(),
        kernel.threadsPerBlock());
    require(
        module.maximumThreads() == 0 || module.maximumThreads() >= kernel.threadsPerBlock(),
        "the text allows %d threads, not %d",
        module.maximumThreads(),
        kernel.threadsPerBlock());
    require(
        module.parameters().size() == kernel.parameters().size(),
        "the text has %d parameters, not %d",
        module.parameters().size(),
        kernel.parameters().size());
    for (int i = 0; i < module.parameters().size(); i++) {
      ParameterType declared = kernel.parameters().get(i).type();
      ParameterType written = module.parameters().get(i).type();
      boolean same =
          declared == ParameterType.POINTER ? written == ParameterType.U64 : written == declared;
      require(same, "parameter %d is %s in the text, not %s", i, written, declared);
    }
  }

  private void require(boolean holds, String message, Object... arguments) {
    if (!holds) {
      throw new IllegalArgumentException(
          "kernel %s: %s".formatted(kernel.name(), message.formatted(arguments)));
    }
  }

  /** Static variables come first; the dynamic part begins behind them. */
  private void placeShared() {
    for (PtxModule.SharedVariable variable : module.shared()) {
      if (!variable.external()) {
        sharedBytes = roundUp(sharedBytes, variable.alignment());
        symbols.put(variable.name(), SharedMemory.BASE + sharedBytes);
        sharedBytes += variable.bytes();
      }
    }
    for (PtxModule.SharedVariable variable : module.shared()) {
      if (variable.external()) {
        sharedBytes = roundUp(sharedBytes, variable.alignment());
        symbols.put(variable.name(), SharedMemory.BASE + sharedBytes);
      }
    }
    sharedBytes += kernel.sharedBytes();
  }

  private static int roundUp(int value, int multiple) {
    return Math.ceilDiv(value, multiple) * multiple;
  }

  private Instruction instruction(PtxStatement statement, int index) {
    Operation op = new Operation(statement, registers, symbols);
    String mnemonic = op.mnemonic();
    Decoded decoded = decode(op);
    if (decoded == null) {
      throw new PtxSyntaxException(
          statement.ptxLine(), "the emulator does not know the instruction " + mnemonic);
    }
    op.requireNoMoreOperands();
    Instruction instruction = decoded.instruction;
    instruction.place(statement, decoded.kind, index, FLOPS.getOrDefault(mnemonic, decoded.flops));
    if (statement.guard() != null) {
      instruction.guardBy(
          op.predicate(new PtxOperand.Name(statement.guard())), statement.negated());
    }
    instruction.uses(op.reads(), op.writes());
    return instruction;
  }

  private record Decoded(Instruction instruction, InstructionClass kind, int flops) {}

  private Decoded decode(Operation op) {
    Decoded plain = decodePlain(op);
    if (plain != null) {
      return plain;
    }
    Decoded memory = decodeMemory(op);
    return memory != null ? memory : decodeCollective(op);
  }

  private Decoded decodePlain(Operation op) {
    Instruction integer = INTEGER.decode(op);
    if (integer != null) {
      return new Decoded(integer, InstructionClass.INTEGER, 0);
    }
    Instruction number = FloatOps.decode(op);
    if (number != null) {
      return new Decoded(number, InstructionClass.FLOAT, 0);
    }
    Instruction special = SpecialOps.decode(op);
    return special == null ? null : new Decoded(special, InstructionClass.SPECIAL, 0);
  }

  private Decoded decodeMemory(Operation op) {
    Instruction parameter = ParameterOps.decode(op, module.parameters());
    if (parameter != null) {
      return new Decoded(parameter, InstructionClass.INTEGER, 0);
    }
    boolean load = op.name().equals("ld");
    Instruction global = GlobalOps.decode(op);
    if (global != null) {
      return new Decoded(
          global, load ? InstructionClass.GLOBAL_LOAD : InstructionClass.GLOBAL_STORE, 0);
    }
    Instruction shared = SHARED.decode(op);
    if (shared != null) {
      boolean store = op.name().equals("st");
      return new Decoded(
          shared, store ? InstructionClass.SHARED_STORE : InstructionClass.SHARED_LOAD, 0);
    }
    boolean isGlobal = op.modifiers().contains("global");
    Instruction atomic = AtomicOps.decode(op);
    if (atomic != null) {
      usesGlobalAtomics |= isGlobal;
      return new Decoded(atomic, InstructionClass.ATOMIC, 0);
    }
    Instruction copy = AsyncCopyOps.decode(op);
    return copy == null ? null : new Decoded(copy, InstructionClass.ASYNC_COPY, 0);
  }

  private Decoded decodeCollective(Operation op) {
    Instruction tensor = TensorOps.decode(op);
    if (tensor != null) {
      return new Decoded(tensor, InstructionClass.TENSOR, TensorOps.flopsPerLane(op));
    }
    Instruction background = WarpgroupOps.decode(op);
    if (background != null && kernel.target() != PtxTarget.SM_90A) {
      throw op.refuse("the text is for %s; Hopper alone has it", module.target());
    }
    if (background instanceof WarpgroupOps.Multiply product) {
      return new Decoded(product, InstructionClass.TENSOR, product.flops());
    }
    if (background != null) {
      return new Decoded(background, InstructionClass.BARRIER, 0);
    }
    Instruction warp = WarpOps.decode(op);
    if (warp != null) {
      return new Decoded(warp, InstructionClass.WARP, 0);
    }
    Instruction barrier = BarrierOps.decode(op);
    if (barrier != null) {
      return new Decoded(barrier, InstructionClass.BARRIER, 0);
    }
    Instruction control = ControlOps.decode(op, module.labels());
    return control == null ? null : new Decoded(control, InstructionClass.CONTROL, 0);
  }
}
