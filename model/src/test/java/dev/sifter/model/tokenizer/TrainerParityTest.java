package dev.sifter.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Merges and pieces that Hugging Face's trainers (tokenizers 0.23.2) found for the same settings on
 * the same text, which is of an invented language and lies with them in {@code trained.json}.
 */
class TrainerParityTest {
  /** That library adds words up in no fixed order; sums of doubles differ in their last places. */
  private static final double ROUNDING = 1e-9;

  /**
   * Characters that were given up come back in no fixed order, 0.0001 apart: two of its own runs
   * differ by as much.
   */
  private static final double ORDER_OF_LOST_CHARACTERS = 2e-3;

  @TempDir private Path folder;
  private JsonNode trained;
  private final List<String> lines = new ArrayList<>();

  @BeforeEach
  void read() throws IOException {
    try (InputStream in = getClass().getResourceAsStream("trained.json")) {
      trained = new ObjectMapper().readTree(Objects.requireNonNull(in));
    }
    trained.get("lines").forEach(line -> lines.add(line.textValue()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"b600", "b350"})
  void bpeFindsTheSameMerges(String name) {
    JsonNode golden = trained.get(name);
    JsonNode settings = golden.get("settings");
    BpeTrainer trainer =
        new BpeTrainer(
            settings.get("vocab_size").intValue(),
            settings.get("min_frequency").intValue(),
            List.of("<|end|>"));
    Tokenizer tokenizer = trainer.train(lines);
    List<String> merges = new ArrayList<>();
    golden.get("merges").forEach(m -> merges.add(m.get(0).asText() + m.get(1).asText()));
    List<String> made = new ArrayList<>();
    for (int id = 257; id < tokenizer.vocabSize(); id++) {
      made.add(tokenizer.token(id));
    }

    assertThat(made).isNotEmpty().isEqualTo(merges);
  }

  @ParameterizedTest
  @ValueSource(strings = {"u300", "u150"})
  void unigramFindsTheSamePieces(String name) throws IOException {
    JsonNode golden = trained.get(name);
    JsonNode settings = golden.get("settings");
    UnigramTrainer trainer =
        new UnigramTrainer(
            settings.get("vocab_size").intValue(),
            List.of("<s>", "</s>"),
            "<unk>",
            settings.path("max_piece_length").asInt(16),
            settings.path("shrinking_factor").asDouble(0.75),
            settings.path("n_sub_iterations").asInt(2),
            1_000_000);
    Map<String, Double> expected = new HashMap<>();
    golden.get("vocab").forEach(p -> expected.put(p.get(0).asText(), p.get(1).asDouble()));
    Map<String, Double> pieces = pieces(trainer.train(lines));

    assertThat(pieces).containsOnlyKeys(expected.keySet());
    double least = expected.values().stream().mapToDouble(Double::doubleValue).min().orElseThrow();
    expected.forEach(
        (piece, score) -> {
          boolean lost = piece.length() == 1 && score < least + ORDER_OF_LOST_CHARACTERS;
          assertThat(pieces.get(piece))
              .as(piece)
              .isCloseTo(score, offset(lost ? ORDER_OF_LOST_CHARACTERS : ROUNDING));
        });
  }

  private Map<String, Double> pieces(Tokenizer tokenizer) throws IOException {
    tokenizer.save(folder);
    Map<String, Double> pieces = new HashMap<>();
    new ObjectMapper()
        .readTree(folder.resolve("tokenizer.json").toFile())
        .get("model")
        .get("vocab")
        .forEach(p -> pieces.put(p.get(0).asText(), p.get(1).asDouble()));
    return pieces;
  }

  @Test
  void everyTextOfTheCorpusCanBeReadBack() {
    Tokenizer tokenizer = new UnigramTrainer(200, List.of("<s>")).train(lines);

    assertThat(tokenizer.vocabSize()).isEqualTo(200);
    for (String line : lines) {
      int[] ids = tokenizer.encode(line, false).ids();
      assertThat(ids).doesNotContain(0);
      assertThat(tokenizer.decode(ids, true)).isEqualTo(line);
    }
    assertThat(tokenizer.encode("ж", false).ids()).contains(0);
  }

  @Test
  void settingsThatCannotBeAreRefused() {
    assertThatThrownBy(() -> new UnigramTrainer(2, List.of("<s>")))
        .hasMessageContaining("a vocabulary of 2 tokens");
    assertThatThrownBy(() -> new UnigramTrainer(9, List.of("")))
        .hasMessageContaining("must not be empty");
    assertThatThrownBy(() -> new UnigramTrainer(20, List.of(), "<unk>", 16, 1, 2, 9))
        .hasMessageContaining("shrinkingFactor is 1.0");
    assertThatThrownBy(() -> new UnigramTrainer(9, List.of()).train(lines))
        .hasMessageContaining("different characters");
    assertThatThrownBy(() -> new UnigramTrainer(20, List.of("a")).train(List.of("ab ab ba")))
        .hasMessageContaining("\"a\" is also a piece of the texts");
  }
}
