package dev.sifter.kernels.gpu.jcuda;

import dev.sifter.kernels.gpu.GpuException;
import dev.sifter.kernels.gpu.PtxCompiler;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads what the PTX compiler says with {@code --verbose}. */
final class CompilerLog {
  private static final Pattern REGISTERS = Pattern.compile("Used (\\d+) registers");
  private static final Pattern STACK = Pattern.compile("(\\d+) bytes stack frame");
  private static final Pattern SPILL_STORES = Pattern.compile("(\\d+) bytes spill stores");
  private static final Pattern SPILL_LOADS = Pattern.compile("(\\d+) bytes spill loads");
  private static final Pattern SHARED = Pattern.compile("(\\d+) bytes smem");

  private CompilerLog() {}

  static PtxCompiler.Assembled parse(byte[] cubin, String log) {
    if (!REGISTERS.matcher(log).find()) {
      throw new GpuException("the PTX compiler does not say what a kernel uses:\n" + log);
    }
    return new PtxCompiler.Assembled(
        cubin,
        number(REGISTERS, log),
        number(SPILL_STORES, log),
        number(SPILL_LOADS, log),
        number(STACK, log),
        number(SHARED, log),
        log);
  }

  /** The number that the pattern finds; what is not said is 0. */
  private static int number(Pattern pattern, String log) {
    Matcher matcher = pattern.matcher(log);
    return matcher.find() ? Integer.parseInt(matcher.group(1)) : 0;
  }
}
