package dev.sifter.train.cli.kernels;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.sifter.kernels.inspect.TrialShape;
import dev.sifter.kernels.library.catalog.KernelTrial;
import dev.sifter.kernels.ptx.PtxTarget;
import dev.sifter.model.Json;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.Iterator;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code sifter kernels show}: what a kernel is, and what it becomes. */
@Command(
    name = "show",
    description = {
      "A kernel: what it computes, the least that it must move and compute, the Java lines that"
          + " write it, and what NVIDIA's compiler makes of it; or its PTX.",
      "Example: sifter kernels show flash-attention --ptx > flash-attention.ptx"
    },
    mixinStandardHelpOptions = true)
final class ShowCommand implements Callable<Integer> {
  @Mixin private TrialChoice choice;

  @Option(
      names = "--benchmark",
      description = "Show the shape that it is timed on instead of a trial.")
  private boolean benchmark;

  @Option(names = "--ptx", description = "Print the PTX that a GPU gets, and nothing else.")
  private boolean ptx;

  @Option(
      names = "--target",
      paramLabel = "ARCH",
      defaultValue = "sm_80",
      converter = Target.class,
      completionCandidates = Target.class,
      description =
          "The least GPU that the PTX is for: ${COMPLETION-CANDIDATES}; by default sm_80.")
  private PtxTarget target;

  @Option(names = "--json", description = "Print all of it as JSON; the PTX too, with --ptx.")
  private boolean json;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws JsonProcessingException {
    KernelTrial trial = benchmark ? choice.kernel().benchmark() : choice.trial();
    KernelPage page =
        new KernelPage(
            choice.kernel(),
            benchmark ? "the shape of the benchmark" : "trial " + choice.number(),
            TrialShape.of(trial),
            target,
            NvidiaCompiler.open());
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(Json.mapper().writeValueAsString(page.json(ptx)));
    } else {
      out.print(ptx ? page.ptx() : page.text());
    }
    out.flush();
    return 0;
  }

  /** A target by its name in PTX. */
  static final class Target implements ITypeConverter<PtxTarget>, Iterable<String> {
    @Override
    public PtxTarget convert(String name) {
      return Arrays.stream(PtxTarget.values())
          .filter(target -> target.ptxName().equals(name))
          .findFirst()
          .orElseThrow(
              () ->
                  new TypeConversionException(
                      "'%s' is no target; there are %s".formatted(name, String.join(", ", this))));
    }

    @Override
    public Iterator<String> iterator() {
      return Arrays.stream(PtxTarget.values()).map(PtxTarget::ptxName).iterator();
    }
  }
}
