package dev.sifter.train.cli;

import static dev.sifter.train.cli.TokenizeCommandTest.assertFails;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CombineCommandTest {
  @TempDir private static Path work;
  private static Path base;
  private static Path adapter;

  @BeforeAll
  static void makeModel() {
    base = TinyModel.save(work.resolve("base"));
    adapter = TinyModel.saveAdapter(work.resolve("adapter"), base);
  }

  private static Cli combine(Path output, Object... more) {
    Object[] args = new Object[5 + more.length];
    Object[] first = {"combine", "--adapters", adapter + "," + adapter, "--output", output};
    System.arraycopy(first, 0, args, 0, 5);
    System.arraycopy(more, 0, args, 5, more.length);
    return Cli.run(args);
  }

  private static String answer(Path model, Path adapter) {
    return Cli.run(
            "generate",
            "--model",
            model,
            "--adapter",
            adapter,
            "--prompt",
            "the",
            "--max-new-tokens",
            12,
            "--device",
            "reference",
            "--json")
        .out();
  }

  @Test
  void twoHalvesOfAnAdapterAreTheAdapter(@TempDir Path files) {
    String whole = answer(base, adapter);
    for (String type : new String[] {"cat", "svd", "linear"}) {
      Path output = files.resolve(type);
      // linear adds up A and B each by itself: (√¼ + √¼)² = 1.
      String weights = type.equals("linear") ? "0.25,0.25" : "0.5,0.5";
      Cli call = combine(output, "--weights", weights, "--combination", type);
      assertThat(call.code()).as(call.err()).isZero();
      assertThat(answer(base, output)).as(type).isEqualTo(whole);
    }
  }

  /** torch.linalg.svd of nothing is nothing, and so is PEFT's svd adapter. */
  @Test
  void anAdapterTakenFromItselfIsNone(@TempDir Path files) {
    Path output = files.resolve("none");
    Cli call = combine(output, "--weights", "1,-1", "--combination", "svd", "--density", "0.2");
    assertThat(call.code()).as(call.err()).isZero();
    assertThat(call.err()).contains("--density has no effect: --combination is svd");
    assertThat(answer(base, output))
        .isEqualTo(
            Cli.run(
                    "generate",
                    "--model",
                    base,
                    "--prompt",
                    "the",
                    "--max-new-tokens",
                    12,
                    "--device",
                    "reference",
                    "--json")
                .out());
  }

  @Test
  void errorsAreOneSentence(@TempDir Path files) {
    Path output = files.resolve("both");
    assertFails(combine(output, "--weights", "1"), "weight");
    assertFails(combine(output, "--weights", "1,1", "--combination", "mix"), "mix");
    assertFails(combine(base, "--weights", "1,1"), "not empty");
    assertFails(
        combine(output, "--weights", "1,1", "--majority-sign-method", "loud"),
        "total or frequency");
    assertFails(
        Cli.run("combine", "--adapters", adapter, "--weights", "1", "--output", output),
        "two or more");
    assertThat(output).doesNotExist();
  }
}
