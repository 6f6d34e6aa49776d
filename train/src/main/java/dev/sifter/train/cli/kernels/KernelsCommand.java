package dev.sifter.train.cli.kernels;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code sifter kernels}: alone, it says which commands there are. */
@Command(
    name = "kernels",
    description = {
      "The GPU's kernels: their PTX, the Java that writes it, the emulator's checks and counts.",
      "None of it needs a GPU; with --device gpu, check and bench run on one."
    },
    footer = {
      "",
      "Examples:",
      "  sifter kernels show rms-norm --ptx",
      "  sifter kernels check rms-norm gemm-tensor-core",
      "  sifter kernels trace gemm-tiled --warp 1 --lane 5 --steps 20"
    },
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      ListCommand.class,
      ShowCommand.class,
      CheckCommand.class,
      TraceCommand.class,
      ReportCommand.class,
      BenchCommand.class
    })
public final class KernelsCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }
}
