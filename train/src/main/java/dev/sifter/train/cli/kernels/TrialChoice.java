package dev.sifter.train.cli.kernels;

import dev.sifter.kernels.library.catalog.KernelEntry;
import dev.sifter.kernels.library.catalog.KernelTrial;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Arguments of the commands that look at one kernel on one of its trials. */
final class TrialChoice {
  @Parameters(
      index = "0",
      paramLabel = "NAME",
      converter = KernelName.class,
      completionCandidates = KernelName.class,
      description = "The kernel, as sifter kernels list names it.")
  private KernelEntry kernel;

  @Option(
      names = "--trial",
      paramLabel = "N",
      defaultValue = "1",
      description = "Which of its trials, from 1; show lists them. By default the first.")
  private int number;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  KernelEntry kernel() {
    return kernel;
  }

  int number() {
    return number;
  }

  KernelTrial trial() {
    int count = kernel.trials().size();
    if (number < 1 || number > count) {
      throw new ParameterException(
          spec.commandLine(),
          "--trial %d: %s has trials 1 to %d".formatted(number, kernel.name(), count));
    }
    return kernel.trials().get(number - 1);
  }

  /** Kernel and trial in one line. */
  String text() {
    return "%s, trial %d: %s".formatted(kernel.name(), number, trial().label());
  }
}
