package dev.sifter.kernels.ptx;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Writes a kernel as PTX, one method call an instruction or a few.
 *
 * <p>The lower layer has one method for each form of an instruction over typed registers; the upper
 * one has what kernels are made of: vectors of elements, sums over warps and blocks, loops,
 * functions, tiles. Java's own loops unroll, Java's parameters are the templates.
 *
 * <pre>{@code
 * PtxKernel scale = PtxAssembler.assemble("scale", 256, PtxTarget.SM_80, k -> {
 *   ElementPointer x = k.output("x", ElementType.F32, 1);
 *   B32 n = k.size("n");
 *   F32 factor = k.number("factor");
 *   B32 i = k.mad(k.blockX(), 256, k.threadIndex());
 *   k.ifThen(k.lt(i, n), () -> {
 *     ElementPointer element = k.at(x, i, 1);
 *     k.store(element, k.mul(k.loadOne(element), factor));
 *   });
 * });
 * }</pre>
 *
 * <p>There is no method that adds to floating-point numbers in memory atomically: sums have one
 * order. A kernel that cannot be right does not assemble: {@link MalformedKernelException} names
 * the line of its source.
 */
public final class PtxAssembler extends Tiles {
  private static final int SM_80_SHARED = 163 << 10;
  private static final int SM_90_SHARED = 227 << 10;

  private PtxAssembler(int sharedLimit, int threads) {
    super(sharedLimit, threads);
  }

  /**
   * Assembles a kernel.
   *
   * @param name of the entry point
   * @param threadsPerBlock a multiple of 32 up to 1024
   * @param target the least GPU that runs it
   * @param body writes the parameters and the instructions
   * @throws MalformedKernelException naming the line of {@code body} that is to blame
   */
  public static PtxKernel assemble(
      String name, int threadsPerBlock, PtxTarget target, Consumer<PtxAssembler> body) {
    return assemble(name, threadsPerBlock, 1, target, body);
  }

  /**
   * Assembles a kernel of which several blocks shall fit into a multiprocessor at once.
   *
   * @param blocksPerMultiprocessor the compiler uses no more registers than let so many blocks fit
   */
  public static PtxKernel assemble(
      String name,
      int threadsPerBlock,
      int blocksPerMultiprocessor,
      PtxTarget target,
      Consumer<PtxAssembler> body) {
    int sharedLimit = target == PtxTarget.SM_80 ? SM_80_SHARED : SM_90_SHARED;
    PtxAssembler assembler = new PtxAssembler(sharedLimit, threadsPerBlock);
    assembler.require(
        name.matches("[a-z][a-z0-9_]*"), "'%s' cannot be the name of an entry point", name);
    body.accept(assembler);
    return new PtxKernel(
        name,
        assembler.text(name, threadsPerBlock, blocksPerMultiprocessor, target),
        assembler.parameters(),
        threadsPerBlock,
        assembler.sharedBytes(),
        target);
  }

  private String text(String name, int threads, int blocks, PtxTarget target) {
    List<String> lines = new ArrayList<>();
    lines.add(".version 8.0");
    lines.add(".target " + target.ptxName());
    lines.add(".address_size 64");
    Map<String, Integer> files = new LinkedHashMap<>();
    for (Instruction instruction : instructions()) {
      files.putIfAbsent(instruction.where().file(), files.size() + 1);
    }
    files.forEach((file, number) -> lines.add(".file " + number + " \"" + file + "\""));
    if (sharedBytes() > 0) {
      lines.add(sharedDeclaration());
    }
    lines.add(".visible .entry " + name + "(");
    lines.add(
        parameters().stream()
            .map(parameter -> "  .param " + parameter.type().ptxName() + " " + parameter.name())
            .collect(Collectors.joining(",\n")));
    lines.add(")");
    lines.add(".reqntid " + threads);
    // Without it the compiler spills a register or two to fit one more block of its own guess.
    lines.add(".minnctapersm " + blocks);
    lines.add("{");
    for (RegisterClass kind : RegisterClass.values()) {
      if (count(kind) > 0) {
        lines.add("  .reg " + kind.ptxName() + " " + kind.prefix() + "<" + count(kind) + ">;");
      }
    }
    addBody(lines, files);
    lines.add("}");
    return String.join("\n", lines) + "\n";
  }

  private void addBody(List<String> lines, Map<String, Integer> files) {
    SourceLine previous = null;
    for (Instruction instruction : instructions()) {
      SourceLine where = instruction.where();
      if (!instruction.isLabel() && !where.equals(previous)) {
        lines.add("  .loc " + files.get(where.file()) + " " + where.line() + " 0");
        previous = where;
      }
      lines.add(instruction.text());
    }
    lines.add("  ret;");
  }
}
