package dev.sifter.model.gguf;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.Json;
import dev.sifter.model.config.ModelConfigReader;
import java.io.IOException;
import java.io.InputStream;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** A feature that only one side names would be taken for one that fits. */
class GgufFeaturesTest {
  @Test
  void modelsAndArchitecturesNameTheSameFeatures() throws IOException {
    Set<String> stated = new TreeSet<>();
    try (InputStream in = GgufArchitecture.class.getResourceAsStream("architectures.json")) {
      for (JsonNode family : Json.mapper().readTree(in)) {
        family.path("has").fieldNames().forEachRemaining(stated::add);
        family.path("keys").fieldNames().forEachRemaining(stated::add);
      }
    }
    Set<String> given = new TreeSet<>(features("gemma3_text", "\"sliding_window\": 8"));
    given.addAll(features("qwen2", "\"num_key_value_heads\": 2"));
    assertThat(given).isEqualTo(stated);
  }

  private static Set<String> features(String family, String more) throws IOException {
    String json =
        """
        {"model_type": "%s", "vocab_size": 64, "hidden_size": 32, "intermediate_size": 48,
         "num_hidden_layers": 6, "num_attention_heads": 4, "head_dim": 8,
         "max_position_embeddings": 64, %s}\
        """
            .formatted(family, more);
    ObjectNode config = (ObjectNode) Json.mapper().readTree(json);
    return GgufFeatures.of(ModelConfigReader.read(config)).keySet();
  }
}
