package dev.sifter.train.cli.kernels;

import dev.sifter.kernels.library.catalog.KernelCatalog;
import dev.sifter.kernels.library.catalog.KernelEntry;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
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

  private PathMatcher matcher(String name) {
    try {
      return FileSystems.getDefault().getPathMatcher("glob:" + name);
    } catch (PatternSyntaxException wrong) {
      throw new ParameterException(
          spec.commandLine(), "'%s' is no name: %s".formatted(name, wrong.getDescription()));
    }
  }
}
