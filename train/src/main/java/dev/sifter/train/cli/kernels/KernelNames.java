package dev.sifter.train.cli.kernels;

import dev.sifter.kernels.gpu.GpuProperties;
import dev.sifter.kernels.inspect.TrialShape;
import dev.sifter.kernels.library.catalog.KernelCatalog;
import dev.sifter.kernels.library.catalog.KernelEntry;
import dev.sifter.kernels.ptx.PtxTarget;
import java.io.PrintWriter;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.PatternSyntaxException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Any number of kernels as arguments. */
final class KernelNames {
  @Parameters(
      paramLabel = "NAME",
      completionCandidates = KernelName.class,
      description = "The kernels, such as rms-norm or 'gemm-*'; by default all.")
  private List<String> names;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  /** Those that are meant, each once. */
  List<KernelEntry> entries() {
    List<KernelEntry> all = KernelCatalog.all();
    if (names == null) {
      return all;
    }
    Set<KernelEntry> entries = new LinkedHashSet<>();
    for (String name : names) {
      PathMatcher matcher = matcher(name);
      List<KernelEntry> found =
          all.stream().filter(entry -> matcher.matches(Path.of(entry.name()))).toList();
      if (found.isEmpty()) {
        throw new ParameterException(spec.commandLine(), KernelCatalog.unknown(name));
      }
      entries.addAll(found);
    }
    return List.copyOf(entries);
  }

  /** Those of them that a GPU can run; says of the others that it cannot. */
  List<KernelEntry> entriesFor(GpuProperties gpu, PrintWriter err) {
    List<KernelEntry> runnable = new ArrayList<>();
    for (KernelEntry entry : entries()) {
      PtxTarget target = TrialShape.of(entry.benchmark()).target();
      if (gpu.supports(target)) {
        runnable.add(entry);
      } else {
        err.println(
            "%s left out: it is for %s, and %s is of compute capability %d.%d"
                .formatted(
                    entry.name(),
                    target.ptxName(),
                    gpu.name(),
                    gpu.computeMajor(),
                    gpu.computeMinor()));
      }
    }
    return runnable;
  }

  private PathMatcher matcher(String name) {
    try {
      return FileSystems.getDefault().getPathMatcher("glob:" + name);
    } catch (PatternSyntaxException wrong) {
      throw new ParameterException(
          spec.commandLine(), "'%s' is no name: %s".formatted(name, wrong.getDescription()));
    }
  }
}
