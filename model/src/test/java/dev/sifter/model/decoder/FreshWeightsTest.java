package dev.sifter.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.Json;
import dev.sifter.model.config.ModelConfigReader;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What weights are before training. */
class FreshWeightsTest {
  private static final double RANGE = 0.05;

  /** As transformers 5.18.0 has them: Nemotron adds 1 to what begins at 1, so its norms double. */
  @ParameterizedTest
  @CsvSource({"llama,1", "gemma,0", "gemma3_text,0", "vaultgemma,0", "nemotron,1", "cohere,1"})
  void normsBeginAsTheFamilyHasThem(String family, float expected) {
    FreshWeights weights = weights(family);
    assertThat(weights.names()).anyMatch(name -> name.endsWith("norm.weight"));
    for (String name : weights.names()) {
      if (name.endsWith("norm.weight")) {
        assertThat(values(weights, name)).as(name).containsOnly(expected);
      }
    }
  }

  /** What transformers 5.18.0's {@code _init_weights} gives each family, for 8 layers. */
  @ParameterizedTest
  @CsvSource({
    "llama,1,1",
    "gpt2,0.25,0.25",
    "gpt_bigcode,0.25,0.25",
    "gpt_neo,1,1",
    "gpt_neox,1,1",
    "opt,1,1",
    "nanochat,0.25,1"
  })
  void residualProjectionsBeginAsTheFamilyHasThem(String family, double output, double last) {
    FreshWeights weights = weights(family);
    for (String name : weights.names()) {
      boolean attention = name.matches(".*(o_proj|out_proj|attn.c_proj|attention.dense)[.]weight");
      boolean down = name.matches(".*(down_proj|fc2|dense_4h_to_h|mlp.c_proj)[.]weight");
      if (name.matches(".*[.][0-9]+[.].*") && weights.tensor(name).shape().rank() == 2) {
        float[] values = values(weights, name);
        double deviation = RANGE * (attention ? output : down ? last : 1);
        double squares = 0;
        for (float value : values) {
          squares += value * value;
        }
        // Five standard errors of a standard deviation.
        assertThat(Math.sqrt(squares / values.length))
            .as(name)
            .isCloseTo(deviation, offset(5 * deviation / Math.sqrt(2.0 * values.length)));
      }
    }
  }

  /** PyTorch's {@code padding_idx}, which these families' tables have, and those do not. */
  @ParameterizedTest
  @CsvSource({
    "llama,true",
    "opt,true",
    "nemotron,true",
    "gpt2,false",
    "gpt_neox,false",
    "falcon,false"
  })
  void paddingBeginsAtZeroWhereTheTableKnowsIt(String family, boolean expected) {
    FreshWeights weights = weights(family);
    String table = ModelConfigReader.read(json(family)).embeddingWeightName();
    float[] values = values(weights, table);
    for (int row = 0; row < 10; row++) {
      float[] embedding = Arrays.copyOfRange(values, row * 32, (row + 1) * 32);
      assertThat(Arrays.equals(embedding, new float[32]))
          .as("row %d", row)
          .isEqualTo(expected && row == 3);
    }
  }

  private static float[] values(FreshWeights weights, String name) {
    return weights.tensor(name).segment().toArray(ValueLayout.JAVA_FLOAT);
  }

  private static FreshWeights weights(String family) {
    return new FreshWeights(ModelConfigReader.read(json(family)), 1);
  }

  private static ObjectNode json(String family) {
    return Json.mapper()
        .createObjectNode()
        .put("model_type", family)
        .put("vocab_size", 10)
        .put("hidden_size", 32)
        .put("n_embd", 32)
        .put("word_embed_proj_dim", 32)
        .put("intermediate_size", 64)
        .put("ffn_dim", 64)
        .put("num_hidden_layers", 8)
        .put("n_layer", 8)
        .put("num_layers", 8)
        .put("num_attention_heads", 2)
        .put("num_key_value_heads", 1)
        .put("num_heads", 2)
        .put("n_head", 2)
        .put("initializer_range", RANGE)
        .put("init_std", RANGE)
        .put("pad_token_id", 3)
        .set(
            "attention_types",
            Json.mapper().valueToTree(List.of(List.of(List.of("global", "local"), 4))));
  }
}
