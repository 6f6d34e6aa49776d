package dev.sifter.kernels.inspect;

import dev.sifter.kernels.gpu.PtxCompiler;
import dev.sifter.kernels.library.Kernel;
import dev.sifter.kernels.ptx.PtxKernel;
import dev.sifter.kernels.ptx.PtxTarget;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A kernel as it is assembled.
 *
 * @param ptx its text, and how to launch it
 * @param instructions of its text
 * @param sources the source files that wrote them
 */
public record KernelFacts(PtxKernel ptx, int instructions, List<Source> sources) {
  private static final Pattern FILE = Pattern.compile("\\.file (\\d+) \"(.*)\"");
  private static final Pattern PLACE = Pattern.compile("  \\.loc (\\d+) (\\d+) \\d+");

  /**
   * A source file's part in a kernel.
   *
   * @param file below the source root
   * @param firstLine the first line that wrote an instruction
   * @param lastLine the last one
   * @param instructions how many its lines wrote
   */
  public record Source(String file, int firstLine, int lastLine, int instructions) {
    private Source plus(int line, int more) {
      return new Source(
          file, Math.min(firstLine, line), Math.max(lastLine, line), instructions + more);
    }
  }

  /** Assembles a kernel and reads what its text says. */
  public static KernelFacts of(Kernel kernel, PtxTarget target) {
    PtxKernel ptx = kernel.assemble(target);
    Map<Integer, String> files = new HashMap<>();
    Map<String, Source> sources = new LinkedHashMap<>();
    int instructions = 0;
    String file = "";
    int line = 0;
    for (String text : ptx.text().lines().toList()) {
      Matcher declared = FILE.matcher(text);
      Matcher place = PLACE.matcher(text);
      if (declared.matches()) {
        files.put(Integer.parseInt(declared.group(1)), declared.group(2));
      } else if (place.matches()) {
        file = files.get(Integer.parseInt(place.group(1)));
        line = Integer.parseInt(place.group(2));
      } else if (text.startsWith("  ") && !text.startsWith("  .") && text.endsWith(";")) {
        instructions++;
        Source before = sources.getOrDefault(file, new Source(file, line, line, 0));
        sources.put(file, before.plus(line, 1));
      }
    }
    return new KernelFacts(ptx, instructions, new ArrayList<>(sources.values()));
  }

  /** What a kernel takes of a multiprocessor, by NVIDIA's compiler. */
  public Resources resources(PtxCompiler compiler, PtxTarget gpu) {
    PtxCompiler.Assembled assembled = compiler.assemble(ptx, gpu);
    return new Resources(
        gpu,
        assembled.registers(),
        assembled.spillStoreBytes(),
        assembled.spillLoadBytes(),
        assembled.sharedBytes() + ptx.sharedBytes(),
        Occupancy.blocks(
            gpu,
            ptx.threadsPerBlock(),
            assembled.registers(),
            assembled.sharedBytes() + ptx.sharedBytes()));
  }

  /**
   * What a kernel takes.
   *
   * @param gpu for which it was compiled
   * @param registers of a thread
   * @param spillStoreBytes bytes that a thread writes to memory for want of registers
   * @param spillLoadBytes bytes that it reads back
   * @param sharedBytes shared memory of a block, static and dynamic
   * @param residentBlocks blocks that a multiprocessor holds at once
   */
  public record Resources(
      PtxTarget gpu,
      int registers,
      int spillStoreBytes,
      int spillLoadBytes,
      int sharedBytes,
      int residentBlocks) {}
}
