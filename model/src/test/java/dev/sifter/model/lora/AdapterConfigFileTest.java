package dev.sifter.model.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.Json;
import dev.sifter.model.ModelException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AdapterConfigFileTest {
  private static LoraConfig read(String more) throws JsonProcessingException {
    return AdapterConfigFile.read(
        (ObjectNode)
            Json.reader().readTree("{\"r\": 2, \"target_modules\": [\"q_proj\"], " + more + "}"));
  }

  @Test
  void takesOneLayerOrSeveral() throws JsonProcessingException {
    assertThat(read("\"layers_to_transform\": 1").layersToTransform()).containsExactly(1);
    assertThat(read("\"layers_to_transform\": [0, 2]").layersToTransform()).containsExactly(0, 2);
    assertThat(read("\"layers_to_transform\": null").layersToTransform()).isNull();
  }

  /** None of these is layer 0, or all layers. */
  @ParameterizedTest
  @ValueSource(strings = {"1.5", "[\"a\"]", "[0, null]", "[4294967296]", "true", "{\"a\": 1}"})
  void refusesLayersThatAreNone(String layers) {
    assertThatThrownBy(() -> read("\"layers_to_transform\": " + layers))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("are given as")
        .hasMessageContaining("whole numbers");
  }

  @ParameterizedTest
  @ValueSource(strings = {"[1]", "[\"lm_head\", null]", "{\"a\": 1}"})
  void refusesNamesThatAreNone(String names) {
    assertThatThrownBy(() -> read("\"modules_to_save\": " + names))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("names are given as");
  }
}
