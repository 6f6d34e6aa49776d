package dev.sifter.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.Json;
import dev.sifter.model.config.ModelConfigReader;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What weights are before training. */
class FreshWeightsTest {
  /** As transformers 5.18.0 has them: Nemotron adds 1 to what begins at 1, so its norms double. */
  @ParameterizedTest
  @CsvSource({"llama,1", "gemma,0", "gemma3_text,0", "vaultgemma,0", "nemotron,1", "cohere,1"})
  void normsBeginAsTheFamilyHasThem(String family, float expected) {
    ObjectNode json =
        Json.mapper()
            .createObjectNode()
            .put("model_type", family)
            .put("vocab_size", 10)
            .put("hidden_size", 8)
            .put("intermediate_size", 8)
            .put("num_hidden_layers", 1)
            .put("num_attention_heads", 2)
            .put("num_key_value_heads", 1)
            .put("head_dim", 4);
    FreshWeights weights = new FreshWeights(ModelConfigReader.read(json), 1);
    assertThat(weights.names()).anyMatch(name -> name.endsWith("norm.weight"));
    for (String name : weights.names()) {
      if (name.endsWith("norm.weight")) {
        float[] values = weights.tensor(name).segment().toArray(ValueLayout.JAVA_FLOAT);
        assertThat(values).as(name).containsOnly(expected);
      }
    }
  }
}
