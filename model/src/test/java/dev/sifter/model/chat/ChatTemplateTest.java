package dev.sifter.model.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChatTemplateTest {
  private static final ChatTemplate CHATML = ChatTemplates.builtIn("chatml");

  @Test
  void messagesKeepTheirFieldsInOrder() throws IOException {
    String json = "[{\"role\":\"tool\",\"name\":\"f\",\"content\":null,\"n\":1}]";
    ChatRequest request = ChatRequest.from(new ObjectMapper().readTree(json));
    assertThat(ChatTemplate.compile("{{ messages[0] }}").render(request).text())
        .isEqualTo("{'role': 'tool', 'name': 'f', 'content': None, 'n': 1}");
    assertThatThrownBy(() -> ChatRequest.from(new ObjectMapper().readTree("[{}, 3]")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("message 1: a message is a JSON object");
  }

  @Test
  void partsThatAreNotTextAreRefusedWithTheirPlace() {
    Message image =
        Message.of("user", null)
            .with("content", List.of(Map.of("type", "text", "text", "a"), Map.of("type", "image")));
    ChatRequest request = ChatRequest.of(Message.of("user", "x"), image);
    assertThatThrownBy(() -> CHATML.render(request))
        .hasMessageContaining("message 1, part 1 of its content has type 'image'");
  }

  @Test
  void toolsDocumentsAndKwargsAreVariables() {
    ChatTemplate template =
        ChatTemplate.compile(
            "{{ tools }}{{ documents is none }}{{ enable_thinking }}{{ bos_token }}");
    ChatRequest request =
        ChatRequest.of(Message.of("user", "x"))
            .withTools(List.of(Map.of("a", 1)))
            .withSpecialTokens(Map.of("bos_token", "<s>"))
            .withKwargs(Map.of("enable_thinking", false, "bos_token", "<t>"));
    assertThat(template.render(request).text()).isEqualTo("[{'a': 1}]TrueFalse<t>");
    assertThatThrownBy(() -> request.withKwargs(Map.of("messages", 1)))
        .hasMessageContaining("may not set 'messages'");
    assertThatThrownBy(() -> CHATML.render(ChatRequest.of()))
        .hasMessageContaining("at least one message");
  }

  @Test
  void theFinalMessageMayStayOpen() {
    ChatRequest request =
        ChatRequest.of(Message.of("user", "Hi"), Message.of("assistant", "I am "))
            .withContinueFinalMessage("content");
    assertThat(CHATML.render(request).text())
        .isEqualTo("<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nI am ");
    assertThat(ChatTemplates.builtIn("llama3").render(request).text())
        .as("where the template strips, so does the open end")
        .endsWith("<|end_header_id|>\n\nI am");
    assertThatThrownBy(() -> CHATML.render(request.withGenerationPrompt(true)))
        .hasMessageContaining("not both");
    assertThatThrownBy(() -> CHATML.render(request.withContinueFinalMessage("thoughts")))
        .hasMessageContaining("does not use the field 'thoughts'");
  }

  @Test
  void aFinalMessageThatTheTemplateChangesDoesNotStayOpen() {
    ChatTemplate changing =
        ChatTemplate.compile(
            "{{ (messages[0].text or messages[0].content[0].text) | replace('b', 'c') }}");
    Message text = Message.of("assistant", "").with("text", "a b");
    Message parts = Message.of("assistant", "").with("content", List.of(Map.of("text", "a b")));
    for (ChatRequest request :
        List.of(
            ChatRequest.of(text).withContinueFinalMessage("text"),
            ChatRequest.of(parts).withContinueFinalMessage("content"))) {
      assertThatThrownBy(() -> changing.render(request))
          .hasMessageContaining(
              "the final message cannot be continued: the template drops or changes");
    }
  }

  @Test
  void errorsCarryClassReasonAndLine() {
    assertThatThrownBy(() -> ChatTemplate.compile("{% if %}"))
        .isInstanceOfSatisfying(
            TemplateException.class,
            error -> {
              assertThat(error.errorType()).isEqualTo("TemplateSyntaxError");
              assertThat(error.line()).isEqualTo(1);
              assertThat(error).hasMessageEndingWith("(line 1 of the template)");
            });
  }

  @Test
  void oneTemplateServesManyThreads() throws Exception {
    ChatRequest request =
        ChatRequest.of(Message.of("user", "Hi"), Message.of("assistant", "Hello"));
    Rendering expected = CHATML.render(request);
    List<Callable<Boolean>> tasks = new java.util.ArrayList<>();
    for (int i = 0; i < 8; i++) {
      tasks.add(
          () -> {
            boolean same = true;
            for (int n = 0; n < 500; n++) {
              same &= CHATML.render(request).equals(expected);
            }
            return same;
          });
    }
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      for (var result : threads.invokeAll(tasks)) {
        assertThat(result.get()).isTrue();
      }
    }
  }

  @Test
  void folderTemplatesAreFoundAsTransformersFindsThem(@TempDir Path folder) throws IOException {
    assertThat(ChatTemplates.find(folder)).isEmpty();
    Path config = folder.resolve("tokenizer_config.json");
    Files.writeString(
        config,
        """
        {"bos_token": "<s>", "eos_token": {"content": "</s>", "lstrip": false}, "pad_token": null,
         "chat_template": [{"name": "default", "template": "D"},
                           {"name": "tool_use", "template": "T"}]}
        """);
    ChatTemplates several = ChatTemplates.of(folder);
    assertThat(several.choose().source()).isEqualTo("D");
    assertThat(several.choose().toolUseSource()).hasValue("T");
    assertThatThrownBy(() -> several.named("rag"))
        .hasMessageContaining("it has [default, tool_use]");
    Files.writeString(folder.resolve("chat_template.jinja"), "F");
    Files.createDirectory(folder.resolve("additional_chat_templates"));
    Files.writeString(folder.resolve("additional_chat_templates/rag.jinja"), "R");
    assertThat(ChatTemplates.find(folder).orElseThrow().source()).isEqualTo("F");
    assertThat(ChatTemplates.find(folder).orElseThrow().toolUseSource()).isEmpty();
    assertThat(ChatTemplates.of(folder).names()).containsExactly("default", "rag");
    assertThat(ChatTemplates.fromFile(folder.resolve("chat_template.jinja")).source())
        .isEqualTo("F");
    Files.writeString(config, "{\"chat_template\": \"S\"}");
    assertThat(ChatTemplates.fromFile(config).source()).isEqualTo("S");
    Files.writeString(config, "{\"chat_template\": 1");
    assertThatThrownBy(() -> ChatTemplates.of(folder)).hasMessageContaining("is not JSON");
  }

  /** As apply_chat_template of transformers 5.18 does, for an empty list of tools too. */
  @Test
  void theTemplateForToolsRendersTheChatsWithTools(@TempDir Path folder) throws IOException {
    TemplateFiles.write(folder, ChatTemplate.compile("D{{ messages[0].content }}"));
    Path toolUse = folder.resolve("additional_chat_templates/tool_use.jinja");
    Files.createDirectory(toolUse.getParent());
    Files.writeString(
        toolUse,
        "T{{ tools | length }}{% generation %}{{ messages[-1].content }}{% endgeneration %}");
    ChatTemplate template = ChatTemplates.find(folder).orElseThrow();
    ChatRequest request = ChatRequest.of(Message.of("user", "x"), Message.of("assistant", "y"));
    assertThat(template.render(request).text()).isEqualTo("Dx");
    assertThat(template.render(request.withTools(List.of())).text()).isEqualTo("T0y");
    ChatRequest asked = request.withTools(List.of(Map.of("name", "f")));
    assertThat(template.render(asked).text()).isEqualTo("T1y");
    assertThat(template.render(asked.withContinueFinalMessage("content")).text()).isEqualTo("T1y");
    assertThat(AssistantSpans.of(template, asked).generationSpans())
        .containsExactly(new Span(2, 3));
    TemplateFiles.write(folder, template);
    assertThat(toolUse).exists();
    TemplateFiles.write(folder, ChatTemplates.builtIn("chatml"));
    assertThat(toolUse).doesNotExist();
  }

  @Test
  void aTemplateThatCannotBeWrittenSaysWhy(@TempDir Path folder) throws IOException {
    Files.createDirectory(folder.resolve("chat_template.jinja"));
    assertThatThrownBy(() -> TemplateFiles.write(folder, ChatTemplates.builtIn("chatml")))
        .hasMessage("cannot write the chat template to " + folder + ": it is a folder");
  }

  @Test
  void unknownBuiltInsNameTheKnownOnes() {
    assertThatThrownBy(() -> ChatTemplates.builtIn("zephyr"))
        .hasMessageContaining("there are alpaca, chatml, gemma");
  }
}
