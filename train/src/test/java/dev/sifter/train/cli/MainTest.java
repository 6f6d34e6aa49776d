package dev.sifter.train.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import org.junit.jupiter.api.Test;

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
  void helpListsTheCommands() {
    assertThat(run("--help")).isZero();
    assertThat(out.toString()).contains("doctor");
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
