package dev.sifter.tests.parity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.engine.Backends;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.model.config.ModelConfigReader;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.GrownVocabulary;
import dev.sifter.model.decoder.ModelFolder;
import dev.sifter.model.decoder.StoredModel;
import dev.sifter.model.lora.AdaptedModel;
import dev.sifter.model.lora.LoraConfig;
import dev.sifter.model.lora.LoraMerge;
import dev.sifter.model.weights.Quantization;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Checkpoints that hold more or less than {@code tie_word_embeddings: true} promises. Expected sums
 * were printed by transformers 5.18.0 in fp32 for the folders that are written here.
 */
class TiedHeadTest {
  /** Fifty times what fp32 changes such a sum by. */
  private static final double CLOSE = 5e-4;

  private static final Shape SHAPE = Shape.of(48, 32);
  private static final String TABLE = "model.embed_tokens.weight";
  private static final String HEAD = "lm_head.weight";

  private final Backend backend = Backends.open("reference", 1);

  @TempDir private Path folder;

  @AfterEach
  void close() {
    backend.close();
    backend.ledger().assertEmpty();
  }

  private static ObjectNode tied(String family) {
    ObjectNode json = FormulaModel.configuration(family).put("tie_word_embeddings", true);
    return family.equals("gemma3_text") ? json.put("head_dim", 8) : json;
  }

  private void write(ObjectNode json, String table, String head, Tensor ownHead) {
    Map<String, Tensor> weights = FormulaModel.weights(json);
    if (ownHead != null) {
      weights.put(head, ownHead);
    } else {
      weights.put(head, weights.remove(table));
    }
    FormulaModel.write(folder, json, weights);
  }

  @ParameterizedTest
  @CsvSource({
    "llama, model.embed_tokens.weight, lm_head.weight, -114.128677",
    "gemma3_text, model.embed_tokens.weight, lm_head.weight, -162.321585",
    "gpt_neox, gpt_neox.embed_in.weight, embed_out.weight, -125.830869"
  })
  void aHeadThatDiffersIsNotTied(String family, String table, String head, double expected) {
    ObjectNode json = tied(family);
    write(json, table, head, FormulaModel.weight("head", SHAPE));
    assertThat(FormulaModel.logProbability(folder, backend)).isCloseTo(expected, within(CLOSE));
  }

  @ParameterizedTest
  @CsvSource({
    "llama, model.embed_tokens.weight, lm_head.weight, -103.638553",
    "gemma3_text, model.embed_tokens.weight, lm_head.weight, -148.528077",
    "gpt_neox, gpt_neox.embed_in.weight, embed_out.weight, -109.351471"
  })
  void aHeadAloneIsAlsoTheTable(String family, String table, String head, double expected) {
    ObjectNode json = tied(family);
    write(json, table, head, null);
    assertThat(FormulaModel.logProbability(folder, backend)).isCloseTo(expected, within(CLOSE));
    write(json, table, head, FormulaModel.weight(table, SHAPE));
    assertThat(FormulaModel.logProbability(folder, backend)).isCloseTo(expected, within(CLOSE));
  }

  /** What is written from such a model says so, and is the same model. */
  @Test
  void aHeadOfItsOwnIsKept(@TempDir Path saved, @TempDir Path merged) {
    write(tied("llama"), TABLE, HEAD, FormulaModel.weight("head", SHAPE));
    double expected = FormulaModel.logProbability(folder, backend);
    try (Decoder model = ModelFolder.load(folder, backend, name -> true)) {
      assertThat(model.parameters().trainable()).extracting("name").contains(TABLE, HEAD);
      save(saved, model, ModelFolder.weights(model));
    }
    try (Decoder adapted = AdaptedModel.fresh(folder, backend, LoraConfig.defaults(), 1);
        LoraMerge merge = LoraMerge.of(adapted)) {
      save(merged, adapted, merge.weights());
    }
    for (Path written : new Path[] {saved, merged}) {
      assertThat(ModelConfigReader.read(written).tieWordEmbeddings()).isFalse();
      assertThat(FormulaModel.logProbability(written, backend)).isEqualTo(expected);
    }
    try (Decoder quantized = ModelFolder.load(folder, backend, new Quantization(true));
        Decoder model = ModelFolder.load(saved, backend)) {
      assertThat(quantized.config().tieWordEmbeddings()).isFalse();
      assertThat(quantized.parameterCount()).isEqualTo(model.parameterCount());
    }
  }

  private static void save(Path target, Decoder model, Map<String, Tensor> weights) {
    ModelFolder.save(target, weights, model.config().json(), null, Long.MAX_VALUE);
  }

  /** A copy of the table would stay behind when the table grows. */
  @Test
  void ofAnEqualPairOnlyTheTableGoesOn() {
    write(tied("llama"), TABLE, HEAD, FormulaModel.weight(TABLE, SHAPE));
    try (StoredModel stored = StoredModel.open(folder)) {
      assertThat(stored.config().tieWordEmbeddings()).isTrue();
      assertThat(GrownVocabulary.of(stored.weights(), stored.config(), 50))
          .containsKey(TABLE)
          .doesNotContainKey(HEAD);
    }
  }
}
