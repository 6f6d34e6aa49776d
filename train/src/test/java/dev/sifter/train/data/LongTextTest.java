package dev.sifter.train.data;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.Json;
import dev.sifter.model.tokenizer.BpeTrainer;
import dev.sifter.model.tokenizer.Encoding;
import dev.sifter.model.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A text in pieces has the tokens and places of the text as a whole. */
class LongTextTest {
  private static final String WORDS = "red fox,\n\n  jumps 😀 over\n\tlazy é\ndogs <s> ";

  @TempDir private Path folder;
  private Tokenizer tokenizer;

  /** A tokenizer that has learned merges and frames its texts. */
  @BeforeEach
  void train() {
    new BpeTrainer(330, 1, List.of("<s>", "</s>")).train(List.of(WORDS.repeat(3))).save(folder);
    Path file = folder.resolve("tokenizer.json");
    ObjectNode definition = Json.readObject(file);
    ObjectNode frame = definition.putObject("post_processor").put("type", "TemplateProcessing");
    var single = frame.putArray("single");
    single.addObject().putObject("SpecialToken").put("id", "<s>").put("type_id", 0);
    single.addObject().putObject("Sequence").put("id", "A").put("type_id", 0);
    single.addObject().putObject("SpecialToken").put("id", "</s>").put("type_id", 0);
    frame.putArray("pair");
    ObjectNode tokens = frame.putObject("special_tokens");
    for (int id = 0; id < 2; id++) {
      String name = List.of("<s>", "</s>").get(id);
      ObjectNode token = tokens.putObject(name).put("id", name);
      token.putArray("ids").add(id);
      token.putArray("tokens").add(name);
    }
    Json.write(file, definition);
    tokenizer = Tokenizer.load(folder);
  }

  @Test
  void piecesEndWhereWordsDo() {
    Random random = new Random(3);
    for (int trial = 0; trial < 50; trial++) {
      StringBuilder text = new StringBuilder();
      for (int word = 0; word < 40; word++) {
        int from = WORDS.offsetByCodePoints(0, random.nextInt(20));
        text.append(WORDS, from, WORDS.length());
      }
      Encoding whole = tokenizer.encode(text.toString(), true);
      assertThat(whole.ids()).startsWith(0).endsWith(1);
      assertThat(LongText.encode(tokenizer, text.toString(), 60 + random.nextInt(60)))
          .isEqualTo(whole);
    }
  }

  /** Without line breaks words are cut, but no character is lost or split. */
  @Test
  void nothingIsLostWithoutLineBreaks() {
    String text = "😀é".repeat(50);
    for (int pieceChars = 2; pieceChars < 12; pieceChars++) {
      int[] ids = LongText.encode(tokenizer, text, pieceChars).ids();
      assertThat(tokenizer.decode(ids, true)).isEqualTo(text);
      assertThat(ids).startsWith(0).endsWith(1);
    }
  }

  /** The limit is a million characters: more than that is tokenised in pieces, and is the same. */
  @Test
  void millionsOfCharacters() {
    String text = WORDS.repeat((9 << 17) / WORDS.length());
    assertThat(LongText.encode(tokenizer, text)).isEqualTo(tokenizer.encode(text, true));
  }
}
