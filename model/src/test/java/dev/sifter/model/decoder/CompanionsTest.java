package dev.sifter.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sifter.model.chat.ChatTemplates;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a result gets from the folders that it is made of, as in a merge: the base, the adapter. */
class CompanionsTest {
  @TempDir Path work;
  private Path base;
  private Path adapter;
  private Path result;

  @BeforeEach
  void makeFolders() throws IOException {
    base = Files.createDirectory(work.resolve("base"));
    adapter = Files.createDirectory(work.resolve("adapter"));
    result = work.resolve("result");
  }

  private static void write(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  private void copyBoth() {
    ModelFolder.copyCompanions(base, result);
    ModelFolder.copyCompanions(adapter, result);
  }

  @Test
  void theRolesOfAnEarlierTokenizerDoNotStay() throws IOException {
    write(base.resolve("special_tokens_map.json"), "{\"eos_token\": \"</s>\"}");
    copyBoth();
    assertThat(result.resolve("special_tokens_map.json")).exists();
    write(adapter.resolve("tokenizer_config.json"), "{\"eos_token\": \"<|im_end|>\"}");
    copyBoth();
    assertThat(result.resolve("special_tokens_map.json")).doesNotExist();
    assertThat(result.resolve("tokenizer_config.json"))
        .hasContent("{\"eos_token\": \"<|im_end|>\"}");
  }

  @Test
  void allTemplatesOfAFolderAreCopied() throws IOException {
    write(base.resolve("chat_template.jinja"), "D");
    write(base.resolve("additional_chat_templates/tool_use.jinja"), "T");
    copyBoth();
    assertThat(result.resolve("chat_template.jinja")).hasContent("D");
    assertThat(result.resolve("additional_chat_templates/tool_use.jinja")).hasContent("T");
  }

  @Test
  void templatesOfTheLastFolderTakeThePlaceOfAll() throws IOException {
    write(base.resolve("chat_template.jinja"), "D");
    write(base.resolve("additional_chat_templates/tool_use.jinja"), "T");
    write(adapter.resolve("tokenizer_config.json"), "{\"chat_template\": \"A\"}");
    copyBoth();
    assertThat(ChatTemplates.of(result).names()).containsExactly("default");
    assertThat(ChatTemplates.find(result).orElseThrow().source()).isEqualTo("A");
  }
}
