package dev.sifter.train.eval.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sifter.model.tokenizer.Tokenizer;
import dev.sifter.train.cli.TinyModel;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Texts of which nothing is left as tokens, by a tokenizer that begins them with none. */
class TextEncoderTest {
  private static TextEncoder encoder;

  @BeforeAll
  static void makeTokenizer(@TempDir Path folder) {
    encoder = new TextEncoder(Tokenizer.load(TinyModel.save(folder)), TinyModel.CONTEXT);
  }

  /** The harness stops at an assertion: {@code len(context_enc) > 0}. */
  @Test
  void nothingComesAfterAContextOfWhiteSpace() {
    assertThatThrownBy(() -> encoder.pair("\n ", " the fox"))
        .hasMessageContainingAll("white space", "no tokens", "continuation is ' the fox'");
    assertThat(encoder.pair("", " the fox").tokens()).isNotEmpty();
  }

  @Test
  void anErrorShowsTheTexts() {
    assertThatThrownBy(() -> encoder.pair("the quick fox", ""))
        .hasMessageContainingAll("no tokens of its own", "ends with 'the quick fox'", "is ''");
    assertThatThrownBy(() -> encoder.pair("the fox", " 0".repeat(TinyModel.CONTEXT)))
        .hasMessageContainingAll("exceeds the model's context of 96", "ends with 'the fox'");
  }

  @Test
  void nothingFollowsAnEmptyPrompt() {
    assertThatThrownBy(() -> encoder.prompt("", 4)).hasMessageContaining("prompt is empty");
  }

  @Test
  void anEmptyTextHasNoWindow() {
    assertThat(encoder.rolling("")).isEmpty();
  }
}
