package dev.sifter.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"a\": 1} {\"a\": 2}|config.json is not JSON: line 1, column 10:",
        "{\"a\": 1}}|config.json is not JSON: line 1, column 9:",
        "{\"a\": |config.json is not JSON: line 1",
        "[1]|config.json: a JSON object was expected",
        "''|config.json: a JSON object was expected"
      })
  void whatIsNotOneObjectIsRefused(String text, String message) throws IOException {
    Path file = Files.writeString(folder.resolve("config.json"), text);
    assertThatThrownBy(() -> Json.readObject(file))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining(message);
  }

  @Test
  void whiteSpaceMayStandAroundAnObject() throws IOException {
    Path file = Files.writeString(folder.resolve("config.json"), " {\"a\": 1}\r\n\n");
    assertThat(Json.readObject(file).path("a").asInt()).isEqualTo(1);
  }
}
