package dev.sifter.train.cli;

import static dev.sifter.train.cli.TokenizeCommandTest.assertFails;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TemplateCommandTest {
  private static final String CHAT =
      """
      [{"role": "user", "content": "hello <b>"}, {"role": "assistant", "content": "hello user"}]
      """;

  @TempDir private static Path folder;
  @TempDir private Path files;
  private Path chat;

  @BeforeAll
  static void makeModel() {
    TinyModel.save(folder);
  }

  @BeforeEach
  void writeChat() throws IOException {
    chat = Files.writeString(files.resolve("chat.json"), CHAT);
  }

  @Test
  void theAnswerAndItsEndAreTrained() throws IOException {
    JsonNode json = json(Cli.run("template", "--model", folder, "--messages", chat, "--json"));
    assertThat(json.get("text").asText())
        .isEqualTo(
            "<|im_start|>user\nhello <b><|im_end|>\n"
                + "<|im_start|>assistant\nhello user<|im_end|>\n");
    assertThat(textOf(json, "trained", "true")).isEqualTo("hello user<|im_end|>");
    assertThat(textOf(json, "role", "user")).isEqualTo("<|im_start|>user\nhello <b><|im_end|>\n");
  }

  @Test
  void withoutAssistantOnlyLossAllButTheFirstTokenIsTrained() throws IOException {
    JsonNode json =
        json(
            Cli.run(
                "template",
                "--model",
                folder,
                "--messages",
                chat,
                "--json",
                "--assistant-only-loss",
                "false"));
    assertThat(textOf(json, "trained", "false")).isEqualTo("<|im_start|>");
  }

  @Test
  void aGenerationPromptComesLastAndIsIgnored() throws IOException {
    Path open = Files.writeString(files.resolve("open.json"), CHAT.replaceAll(", \\{.*}]", "]"));
    Cli call =
        Cli.run(
            "template", "--model", folder, "--messages", open, "--add-generation-prompt", "--json");
    JsonNode json = json(call);
    assertThat(textOf(json, "role", "generation prompt")).isEqualTo("<|im_start|>assistant\n");
    assertThat(textOf(json, "trained", "true")).isEmpty();
    assertThat(json.get("text").asText()).endsWith("<|im_end|>\n<|im_start|>assistant\n");
  }

  @Test
  void thePageHoldsTheTextEscaped() throws IOException {
    Path page = files.resolve("chat.html");
    Cli call = Cli.run("template", "--model", folder, "--messages", chat, "--html", page);
    assertThat(call.code()).isZero();
    assertThat(call.out()).contains("trained", "ignored").doesNotContain("\u001b");
    String html = Files.readString(page);
    assertThat(html).contains("&lt;|im_start|&gt;").doesNotContain("<b>", "<script", "http");
  }

  @Test
  void tokensThatShareACharacterShowItOnce() throws IOException {
    Path emoji =
        Files.writeString(files.resolve("emoji.json"), CHAT.replace("<b>", "\uD83E\uDD8A"));
    Cli call = Cli.run("template", "--model", folder, "--messages", emoji, "--json");
    JsonNode json = json(call);
    assertThat(textOf(json, "trained", "false") + textOf(json, "trained", "true"))
        .hasSameSizeAs(json.get("text").asText());
    assertThat(textOf(json, "role", "user")).contains("hello \uD83E\uDD8A<|im_end|>");
  }

  @Test
  void anotherTemplateCanBeNamed() throws IOException {
    JsonNode json =
        json(
            Cli.run(
                "template",
                "--model",
                folder,
                "--messages",
                chat,
                "--chat-template",
                "llama3",
                "--json"));
    assertThat(json.get("text").asText()).contains("<|start_header_id|>user");
  }

  /** Rendering, training's mask and the special tokens are those of the one named tool_use. */
  @Test
  void aChatWithToolsHasTheTemplateForTools() throws IOException {
    Path model = TinyModel.save(files.resolve("tools"));
    Path toolUse = model.resolve("additional_chat_templates/tool_use.jinja");
    Files.createDirectory(toolUse.getParent());
    Files.writeString(
        toolUse,
        "{{ sep_token }}{{ tools[0].name }}:"
            + "{% generation %}{{ messages[-1].content }}{% endgeneration %}");
    ObjectNode config = Json.readObject(model.resolve("tokenizer_config.json"));
    Json.write(model.resolve("tokenizer_config.json"), config.put("sep_token", "<|im_end|>"));
    Files.writeString(chat, "{\"messages\": %s, \"tools\": [{\"name\": \"f\"}]}".formatted(CHAT));
    JsonNode json = json(Cli.run("template", "--model", model, "--messages", chat, "--json"));
    assertThat(json.get("text").asText()).isEqualTo("<|im_end|>f:hello user");
    assertThat(textOf(json, "trained", "true")).isEqualTo("hello user");
    writeChat();
    json = json(Cli.run("template", "--model", model, "--messages", chat, "--json"));
    assertThat(json.get("text").asText()).startsWith("<|im_start|>user");
  }

  @Test
  void errorsAreOneSentence() throws IOException {
    Path broken = Files.writeString(files.resolve("broken.json"), "[\n{\"role\": }]");
    Path number = Files.writeString(files.resolve("number.json"), "3");
    Path noRole = Files.writeString(files.resolve("norole.json"), "[{\"content\": \"x\"}]");
    assertFails(Cli.run("template", "--model", folder, "--messages", broken), "line 2");
    assertFails(Cli.run("template", "--model", folder, "--messages", number), "list of messages");
    assertFails(Cli.run("template", "--model", folder, "--messages", noRole), "messages[0]");
    assertFails(
        Cli.run("template", "--model", folder, "--messages", chat, "--chat-template", "nothing"),
        "chatml");
    Path bare = TinyModel.save(files.resolve("bare"));
    Files.delete(bare.resolve("chat_template.jinja"));
    assertFails(Cli.run("template", "--model", bare, "--messages", chat), "--chat-template");
  }

  private static JsonNode json(Cli call) throws IOException {
    assertThat(call.err()).isEmpty();
    return Json.mapper().readTree(call.out());
  }

  private static String textOf(JsonNode json, String field, String value) {
    StringBuilder text = new StringBuilder();
    for (JsonNode token : json.get("tokens")) {
      if (token.get(field).asText().equals(value)) {
        text.append(token.get("text").asText());
      }
    }
    return text.toString();
  }
}
