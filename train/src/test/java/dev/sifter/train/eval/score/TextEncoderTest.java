package dev.sifter.train.eval.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.Json;
import dev.sifter.model.tokenizer.Tokenizer;
import dev.sifter.train.cli.TinyModel;
import java.nio.file.Path;
import java.util.Arrays;
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

  /** The harness takes the continuation's own first token for the context then. */
  @Test
  void aContinuationMayBringTheTokenThatTextsBeginWith() {
    ScoredText plain = encoder.pair("", " the fox");
    ScoredText own = encoder.pair("", "<|im_end|> the fox");
    assertThat(own.tokens()).isEqualTo(plain.tokens());
    assertThat(own.targets()).isEqualTo(plain.targets());
    assertThat(encoder.pair("", "<|im_end|>").targets())
        .isEqualTo(Arrays.copyOf(plain.tokens(), 1));
  }

  /** As with Llama's tokenizer: a text that spells the token has it once. */
  @Test
  void theTokenThatTextsBeginWithIsNotDoubled(@TempDir Path folder) {
    Path file = TinyModel.save(folder).resolve("tokenizer.json");
    ObjectNode definition = Json.readObject(file);
    ObjectNode frame = definition.putObject("post_processor").put("type", "TemplateProcessing");
    var single = frame.putArray("single");
    single.addObject().putObject("SpecialToken").put("id", "<|im_end|>").put("type_id", 0);
    single.addObject().putObject("Sequence").put("id", "A").put("type_id", 0);
    frame.putArray("pair");
    ObjectNode token = frame.putObject("special_tokens").putObject("<|im_end|>");
    int[] plain = encoder.encode(" the fox");
    int begin = encoder.encode("<|im_end|>")[0];
    token.put("id", "<|im_end|>").putArray("ids").add(begin);
    token.putArray("tokens").add("<|im_end|>");
    Json.write(file, definition);
    TextEncoder framing = new TextEncoder(Tokenizer.load(folder), TinyModel.CONTEXT);
    assertThat(framing.encode(" the fox"))
        .isEqualTo(framing.encode("<|im_end|> the fox"))
        .startsWith(begin)
        .endsWith(plain)
        .hasSize(plain.length + 1);
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
