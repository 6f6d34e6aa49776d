package dev.sifter.train.cli.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sifter.kernels.gpu.GpuProperties;
import dev.sifter.kernels.library.catalog.KernelEntry;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Which of the named kernels a card runs. */
class KernelNamesTest {
  @Command
  private static final class Named {
    @Mixin private KernelNames kernels;
  }

  private final StringWriter err = new StringWriter();

  private List<String> runnable(GpuProperties card, String... names) {
    Named named = new Named();
    new CommandLine(named).parseArgs(names);
    return named.kernels.entriesFor(card, new PrintWriter(err, true)).stream()
        .map(KernelEntry::name)
        .toList();
  }

  @Test
  void sayWhichAnOlderCardLeavesOut() {
    GpuProperties ampere = new GpuProperties("A100", 8, 0, 108, 40L << 30, 163 << 10, 40 << 20);
    assertThat(runnable(ampere, "flash-attention*", "rms-norm"))
        .containsExactly("flash-attention", "flash-attention-backward", "rms-norm");
    assertThat(err.toString().lines())
        .containsExactly(
            "flash-attention-wgmma left out: it is for sm_90a, and A100 is of compute capability"
                + " 8.0",
            "flash-attention-wgmma-backward left out: it is for sm_90a, and A100 is of compute"
                + " capability 8.0");
  }

  @Test
  void areAllRunWhereTheyCan() {
    GpuProperties hopper = new GpuProperties("H100", 9, 0, 132, 80L << 30, 227 << 10, 50 << 20);
    assertThat(runnable(hopper, "flash-attention*")).hasSize(4);
    assertThat(err.toString()).isEmpty();
  }
}
