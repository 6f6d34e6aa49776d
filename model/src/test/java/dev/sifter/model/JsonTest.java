package dev.sifter.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sifter.model.chat.ChatTemplates;
import dev.sifter.model.tokenizer.Tokenizer;
import dev.sifter.model.tokenizer.TokenizerException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JsonTest {
  @TempDir private Path folder;

  @Test
  void readsTheObjectOfAFile() throws IOException {
    assertThat(Json.readObject(file("config.json", " {\"a\": 1}\n")).path("a").asInt()).isOne();
  }

  @Test
  void refusesWhatIsNoObject() throws IOException {
    Path list = file("config.json", "[1]");
    assertThatThrownBy(() -> Json.readObject(list))
        .isInstanceOf(ModelException.class)
        .hasMessage(list + ": a JSON object was expected");
    Path empty = file("empty.json", "");
    assertThatThrownBy(() -> Json.readObject(empty)).isInstanceOf(ModelException.class);
  }

  /** Two files written into one, or an old one's end behind a shorter new one. */
  @Test
  void refusesWhatStandsBehindAnObject() throws IOException {
    Path config = file("config.json", "{\"a\": 1}\n{\"a\": 2}");
    assertThatThrownBy(() -> Json.readObject(config))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("config.json is not JSON: line 2");
    Path tokenizer = file("tokenizer.json", "{\"model\": {}} }");
    assertThatThrownBy(() -> Tokenizer.load(tokenizer))
        .isInstanceOf(TokenizerException.class)
        .hasMessageContaining("tokenizer.json is not valid JSON");
    file("tokenizer_config.json", "{\"chat_template\": \"{{ 1 }}\"} 2");
    assertThatThrownBy(() -> ChatTemplates.of(folder))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("tokenizer_config.json is not JSON");
  }

  private Path file(String name, String content) throws IOException {
    return Files.writeString(folder.resolve(name), content);
  }
}
