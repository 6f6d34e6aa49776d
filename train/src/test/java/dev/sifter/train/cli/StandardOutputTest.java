package dev.sifter.train.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Output that does not arrive is a failure of the command, unless nobody wants it any more. */
class StandardOutputTest {
  private final StringWriter err = new StringWriter();

  private int run(OutputStream out, String... args) {
    return Main.run(
        args, new StandardOutput(out), StandardCharsets.US_ASCII, new PrintWriter(err, true));
  }

  private static OutputStream failing(String reason) {
    return new OutputStream() {
      @Override
      public void write(int value) throws IOException {
        throw new IOException(reason);
      }
    };
  }

  @Test
  void whatIsPrintedArrives() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    assertThat(run(out, "--version")).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8)).startsWith("sifter ");
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void aFullDiskIsAFailure() {
    assertThat(run(failing("No space left on device"), "--help")).isOne();
    assertThat(err.toString().lines())
        .containsExactly("sifter: cannot write standard output: No space left on device");
  }

  @Test
  void theCodeOfAFailureBeforeItStays() {
    assertThat(run(failing("No space left on device"), "no-such-command")).isEqualTo(2);
    assertThat(err.toString()).doesNotContain("standard output");
  }

  @Test
  void aReaderThatHasEnoughIsNone() {
    assertThat(run(failing("Broken pipe"), "--help")).isZero();
    assertThat(run(failing("The pipe is being closed"), "--help")).isZero();
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void rowsAreNotScoredForAReaderWhoHasGone(@TempDir Path files) throws IOException {
    TinyModel.save(files);
    String rowsOfABatch = "{\"text\": \"the quick fox jumps\"}\n".repeat(500);
    Path input = Files.writeString(files.resolve("rows.jsonl"), rowsOfABatch + "no JSON\n");
    String[] args = {
      "score", "--model", files.toString(), "--device", "reference", "--input", input.toString()
    };
    assertThat(run(new ByteArrayOutputStream(), args)).isOne();
    assertThat(err.toString()).contains("rows.jsonl:501");
    err.getBuffer().setLength(0);
    assertThat(run(failing("Broken pipe"), args)).isZero();
    assertThat(err.toString()).doesNotContain("rows.jsonl");
  }

  @Test
  void nothingIsWrittenBehindAGap() throws IOException {
    ByteArrayOutputStream arrived = new ByteArrayOutputStream();
    StandardOutput out =
        new StandardOutput(
            new OutputStream() {
              @Override
              public void write(int value) throws IOException {
                if (value == '!') {
                  throw new IOException("No space left on device");
                }
                arrived.write(value);
              }
            });
    out.write('a');
    assertThatThrownBy(() -> out.write('!')).hasMessageContaining("No space");
    assertThatThrownBy(() -> out.write('b')).hasMessageContaining("No space");
    assertThat(arrived.toString(StandardCharsets.UTF_8)).isEqualTo("a");
    assertThat(out.loss()).hasValueSatisfying(e -> assertThat(e).hasMessageContaining("No space"));
  }
}
