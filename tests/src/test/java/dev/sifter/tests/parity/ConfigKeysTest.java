package dev.sifter.tests.parity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.engine.Backends;
import dev.sifter.engine.backend.Backend;
import dev.sifter.model.Json;
import dev.sifter.tests.Goldens;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Keys of config.json that change what is computed, in spellings and combinations that goldens do
 * not have: each case of {@code config-keys.json} is a {@link FormulaModel} with some keys of its
 * own, and what transformers 5.18.0 made of it in fp32.
 */
class ConfigKeysTest {
  /** Fifty times what fp32 changes such a sum by. */
  private static final double CLOSE = 5e-4;

  static Stream<Arguments> cases() {
    return Json.readObject(Goldens.golden("config-keys.json")).properties().stream()
        .map(entry -> Arguments.of(entry.getKey(), entry.getValue()));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void agreesWithTransformers(String name, JsonNode expected, @TempDir Path folder) {
    JsonNode own = expected.path("config");
    ObjectNode json = FormulaModel.configuration(own.path("model_type").asText());
    json.setAll((ObjectNode) own);
    FormulaModel.write(folder, json, FormulaModel.weights(json));
    try (Backend backend = Backends.open("reference", 1)) {
      assertThat(FormulaModel.logProbability(folder, backend))
          .isCloseTo(expected.path("log_probability").asDouble(), within(CLOSE));
    }
  }
}
