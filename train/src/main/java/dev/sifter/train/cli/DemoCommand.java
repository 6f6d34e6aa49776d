package dev.sifter.train.cli;

import dev.sifter.train.demo.Demo;
import dev.sifter.train.demo.DemoConsole;
import dev.sifter.train.demo.DemoOutcome;
import dev.sifter.train.demo.DemoSettings;
import dev.sifter.train.eval.ResultTable;
import dev.sifter.train.report.ProgressDisplay;
import dev.sifter.train.trainer.TrainingListener;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sifter demo}: the whole chain on data that it makes itself. */
@Command(
    name = "demo",
    description = {
      "Run the whole chain on data of its own, in minutes, with a report.",
      "Tokenizer, pretraining, evaluation, LoRA fine-tuning, evaluation, merge with proof, a chat,"
          + " a report. No network; a few minutes on two cores, half a minute on a large GPU. The"
          + " same seed gives the same figures."
    },
    mixinStandardHelpOptions = true)
final class DemoCommand implements Callable<Integer> {
  @Option(
      names = "--output-dir",
      paramLabel = "DIR",
      defaultValue = "sifter-demo",
      description = "Where files go; default: ${DEFAULT-VALUE}.")
  private Path folder;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "7",
      description = "Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Option(
      names = "--device",
      paramLabel = "NAME",
      defaultValue = "auto",
      description = "auto, cpu, gpu or reference.")
  private String device;

  @Option(names = "--threads", paramLabel = "N", defaultValue = "0", description = "0: all cores.")
  private int threads;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    long startNanos = System.nanoTime();
    DemoOutcome outcome =
        new Demo(DemoSettings.standard(folder, seed, device, threads), new Console(out)).run();
    out.println();
    out.println(ResultTable.markdown(outcome.comparison()));
    Map<String, DemoOutcome.Score> base = DemoOutcome.byKind(outcome.base());
    DemoOutcome.byKind(outcome.tuned())
        .forEach(
            (kind, tuned) ->
                out.printf(
                    Locale.ROOT,
                    "%-12s base %5.1f %%   tuned %5.1f %%%n",
                    kind,
                    100 * base.get(kind).share(),
                    100 * tuned.share()));
    DemoOutcome.Score tuned = DemoOutcome.overall(outcome.tuned());
    out.printf(
        Locale.ROOT,
        "%-12s base %5.1f %%   tuned %5.1f %%   of %d held-out problems, seed %d%n",
        "all",
        100 * DemoOutcome.overall(outcome.base()).share(),
        100 * tuned.share(),
        tuned.problems(),
        seed);
    out.printf(Locale.ROOT, "%.0f s%n", (System.nanoTime() - startNanos) * 1e-9);
    return 0;
  }

  private record Console(PrintWriter out) implements DemoConsole {
    @Override
    public void stage(String title) {
      out.println("== " + title);
    }

    @Override
    public void line(String text) {
      out.println(text);
    }

    @Override
    public TrainingListener progress(String name) {
      return new ProgressDisplay(name);
    }
  }
}
