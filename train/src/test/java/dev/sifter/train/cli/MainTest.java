package dev.sifter.train.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

@Isolated("replaces System.err")
class MainTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... args) {
    return Main.run(args, new PrintWriter(out, true), new PrintWriter(err, true));
  }

  @Test
  void wrongUsageIsCodeTwo() {
    assertThat(run("doctor", "--no-such-option")).isEqualTo(2);
    assertThat(run("no-such-command")).isEqualTo(2);
    assertThat(err.toString()).contains("--no-such-option", "no-such-command");
  }

  @Test
  void wrongUsageIsToldInAFewLines() {
    assertThat(run("eval", "--model", "smollm")).isEqualTo(2);
    assertThat(err.toString().lines())
        .hasSize(2)
        .first()
        .isEqualTo("sifter eval: Missing required option: '--tasks=TASK,…'");
    assertThat(err.toString()).contains("'sifter eval --help'");
  }

  @Test
  void aMisspeltWordNamesTheOneThatIsMeant() {
    run("generate", "--model", "smollm", "--promt", "Once");
    run("kernls");
    assertThat(err.toString().lines())
        .anyMatch(line -> line.startsWith("spelled alike: --prompt"))
        .anyMatch(line -> line.startsWith("spelled alike: kernels"));
  }

  @Test
  void aFolderOfTheHubsCacheNamesItsSnapshot(@TempDir Path cache) throws IOException {
    Path model = cache.resolve("models--org--name");
    Files.createDirectories(model.resolve("snapshots/0123abcd"));
    Files.createDirectories(model.resolve("refs"));
    Files.writeString(model.resolve("refs/main"), "0123abcd");
    assertThat(run("generate", "--model", model.toString(), "--prompt", "x")).isEqualTo(1);
    Path config =
        Files.writeString(
            cache.resolve("sft.yaml"),
            "model_name_or_path: %s%ndataset_name: x%noutput_dir: %s%ndevice: cpu%n"
                .formatted(model, cache.resolve("out")));
    assertThat(run("sft", config.toString())).isEqualTo(1);
    assertThat(err.toString().lines())
        .filteredOn(
            line ->
                line.endsWith("name the snapshot in it, " + model.resolve("snapshots/0123abcd")))
        .hasSize(2);
  }

  @Test
  void helpListsTheCommandsAsIfAllWereReadInFull() {
    assertThat(run("--help")).isZero();
    assertThat(out.toString()).isEqualTo(everyCommandInFull().getUsageMessage()).contains("doctor");
  }

  /** A lone % in a description makes picocli complain on the JVM's own standard error. */
  @Test
  void everyCommandsHelpIsPrintedWithoutComplaints() {
    List<CommandSpec> specs = specsFrom(everyCommandInFull().getCommandSpec());
    ByteArrayOutputStream complaints = new ByteArrayOutputStream();
    PrintStream before = System.err;
    System.setErr(new PrintStream(complaints, true));
    try {
      assertThat(specs)
          .hasSizeGreaterThan(17)
          .allSatisfy(spec -> assertThat(spec.commandLine().getUsageMessage()).contains("Usage:"));
    } finally {
      System.setErr(before);
    }
    assertThat(complaints.toString()).isEmpty();
  }

  /** Texts are wrapped by picocli, at 80 columns; an example that is longer would be torn apart. */
  @Test
  void examplesFitTheHelpAndTextsAreNotWrappedTwice() {
    for (CommandSpec spec : specsFrom(everyCommandInFull().getCommandSpec())) {
      List<String> footer = List.of(spec.usageMessage().footer());
      String help = spec.commandLine().getUsageMessage();
      assertThat(footer).filteredOn(MainTest::isExample).allMatch(help::contains);
      for (int i = 1; i < footer.size(); i++) {
        assertThat(isText(footer.get(i - 1)) && isText(footer.get(i))).as(footer.get(i)).isFalse();
      }
    }
  }

  private static boolean isExample(String line) {
    return line.startsWith("  ");
  }

  private static boolean isText(String line) {
    return !line.isEmpty() && !isExample(line);
  }

  private static CommandLine everyCommandInFull() {
    CommandLine main = new CommandLine(new Main());
    Subcommands.addTo(main, Subcommands.ALL.stream().map(Subcommands::nameOf).toList());
    return main;
  }

  private static List<CommandSpec> specsFrom(CommandSpec root) {
    List<CommandSpec> specs = new ArrayList<>(List.of(root));
    root.subcommands().values().forEach(sub -> specs.addAll(specsFrom(sub.getCommandSpec())));
    return specs;
  }

  @Test
  void noArgumentsAskForHelp() {
    assertThat(run()).isZero();
    assertThat(out.toString()).startsWith("Usage: sifter");
  }

  @Test
  void theVersionNamesTheProgram() {
    assertThat(run("--version")).isZero();
    assertThat(out.toString()).startsWith("sifter ");
  }

  @Test
  void onlyFaultsOfTheProgramShowWhereTheyArose() {
    assertThat(Main.isExplained(new IllegalArgumentException("rank is 0; set --lora_r"))).isTrue();
    assertThat(Main.isExplained(new UncheckedIOException(new IOException("disk full")))).isTrue();
    assertThat(Main.isExplained(new IllegalArgumentException())).isFalse();
    assertThat(Main.isExplained(new NullPointerException("x is null"))).isFalse();
    assertThat(Main.isExplained(new IndexOutOfBoundsException("3"))).isFalse();
  }
}
