package dev.sifter.model.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The built-in templates write the formats that their families publish, and mark answers. */
class BuiltInTemplatesTest {
  private static final List<Message> CHAT =
      List.of(
          Message.of("system", "Be brief."),
          Message.of("user", "Hi"),
          Message.of("assistant", "Hello!"),
          Message.of("user", "Bye"),
          Message.of("assistant", "Ciao"));

  static List<String> names() {
    return ChatTemplates.builtInNames();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      quoteCharacter = '`',
      value = {
        "chatml # <|im_start|>system~Be brief.<|im_end|>~<|im_start|>user~Hi<|im_end|>~"
            + "<|im_start|>assistant~[Hello!<|im_end|>]~<|im_start|>user~Bye<|im_end|>~"
            + "<|im_start|>assistant~[Ciao<|im_end|>]~",
        "llama2 # <s>(INST) <<SYS>>~Be brief.~<</SYS>>~~Hi (/INST)[ Hello! </s>]"
            + "<s>(INST) Bye (/INST)[ Ciao </s>]",
        "llama3 # <|begin_of_text|><|start_header_id|>system<|end_header_id|>~~Be brief.<|eot_id|>"
            + "<|start_header_id|>user<|end_header_id|>~~Hi<|eot_id|>"
            + "<|start_header_id|>assistant<|end_header_id|>~~[Hello!<|eot_id|>]"
            + "<|start_header_id|>user<|end_header_id|>~~Bye<|eot_id|>"
            + "<|start_header_id|>assistant<|end_header_id|>~~[Ciao<|eot_id|>]",
        "mistral # <s>(INST) Be brief.~~Hi (/INST)[ Hello!</s>](INST) Bye (/INST)[ Ciao</s>]",
        "gemma # <bos><start_of_turn>user~Be brief.~~Hi<end_of_turn>~<start_of_turn>model~"
            + "[Hello!<end_of_turn>]~<start_of_turn>user~Bye<end_of_turn>~<start_of_turn>model~"
            + "[Ciao<end_of_turn>]~",
        "phi3 # <|system|>~Be brief.<|end|>~<|user|>~Hi<|end|>~<|assistant|>~[Hello!<|end|>]~"
            + "<|user|>~Bye<|end|>~<|assistant|>~[Ciao<|end|>]~",
        "qwen3 # <|im_start|>system~Be brief.<|im_end|>~<|im_start|>user~Hi<|im_end|>~"
            + "<|im_start|>assistant~[<think>~~</think>~~Hello!<|im_end|>]~"
            + "<|im_start|>user~Bye<|im_end|>~"
            + "<|im_start|>assistant~[<think>~~</think>~~Ciao<|im_end|>]~",
        "vicuna # `Be brief. USER: Hi ASSISTANT:[ Hello!</s>]USER: Bye ASSISTANT:[ Ciao</s>]`"
      })
  void rendersItsFormat(String name, String marked) {
    Rendering rendering = ChatTemplates.builtIn(name).render(ChatRequest.of(CHAT));
    String expected = marked.replace("[", "").replace("]", "");
    expected = expected.replace('~', '\n').replace('(', '[').replace(')', ']');
    assertThat(rendering.text()).isEqualTo(expected);
    String text = rendering.text();
    List<String> answers = rendering.generationSpans().stream().map(s -> s.of(text)).toList();
    assertThat(answers).isEqualTo(between(marked));
  }

  private static List<String> between(String marked) {
    return java.util.regex.Pattern.compile("\\[(.*?)\\]")
        .matcher(marked)
        .results()
        .map(m -> m.group(1).replace('~', '\n'))
        .toList();
  }

  @Test
  void alpacaRendersItsFormat() {
    String text = ChatTemplates.builtIn("alpaca").render(ChatRequest.of(CHAT.subList(1, 3))).text();
    assertThat(text)
        .isEqualTo(
            "Below is an instruction that describes a task. Write a response that appropriately"
                + " completes the request.\n\n"
                + "### Instruction:\n"
                + "Hi\n\n"
                + "### Response:\n"
                + "Hello!</s>\n\n");
  }

  @ParameterizedTest
  @MethodSource("names")
  void theGenerationPromptIsHowTheAnswerBegins(String name) {
    ChatTemplate template = ChatTemplates.builtIn(name);
    String whole = template.render(ChatRequest.of(CHAT)).text();
    ChatRequest asked = ChatRequest.of(CHAT.subList(0, 4)).withGenerationPrompt(true);
    String prompt = template.render(asked).text();
    assertThat(whole).startsWith(prompt);
    assertThat(template.marksGeneration()).isTrue();
    assertThat(AssistantSpans.isPrefixPreserving(template, ChatRequest.of(CHAT))).isTrue();
    assertThat(AssistantSpans.isPrefixPreserving(template, Map.of())).isTrue();
  }

  @ParameterizedTest
  @MethodSource("names")
  void spansAreWhatWouldBeDerivedWithoutMarks(String name) {
    ChatTemplate marked = ChatTemplates.builtIn(name);
    ChatTemplate unmarked =
        ChatTemplate.compile(marked.source().replaceAll("\\{%- (end)?generation -%\\}", ""));
    assertThat(unmarked.marksGeneration()).isFalse();
    assertThat(AssistantSpans.of(unmarked, ChatRequest.of(CHAT)))
        .isEqualTo(marked.render(ChatRequest.of(CHAT)));
  }

  @ParameterizedTest
  @MethodSource("names")
  void partsOfTextRenderAsTheText(String name) {
    ChatTemplate template = ChatTemplates.builtIn(name);
    Message parts =
        Message.of("user", null)
            .with("content", List.of(Map.of("type", "text", "text", "H"), Map.of("text", "i")));
    Message plain = Message.of("user", "Hi");
    assertThat(template.render(ChatRequest.of(parts)))
        .isEqualTo(template.render(ChatRequest.of(plain)));
  }

  @Test
  void specialTokensOfTheModelWin() {
    ChatRequest request =
        ChatRequest.of(CHAT).withSpecialTokens(Map.of("bos_token", "<B>", "eos_token", "<E>"));
    assertThat(ChatTemplates.builtIn("mistral").render(request).text())
        .startsWith("<B>[INST] ")
        .endsWith(" Ciao<E>");
  }

  @Test
  void turnsOutOfOrderAreRefused() {
    ChatRequest twice = ChatRequest.of(Message.of("user", "a"), Message.of("user", "b"));
    assertThatThrownBy(() -> ChatTemplates.builtIn("gemma").render(twice))
        .isInstanceOf(TemplateException.class)
        .hasMessageContaining("Turns must alternate");
  }

  @Test
  void qwen3WritesToolsCallsAndThoughts() {
    Object call =
        Map.of("type", "function", "function", Map.of("name", "add", "arguments", Map.of("a", 1)));
    ChatRequest request =
        ChatRequest.of(
                Message.of("user", "1+1?"),
                Message.of("assistant", "")
                    .with("reasoning_content", "Add.")
                    .with("tool_calls", List.of(call)),
                Message.of("tool", "2"),
                Message.of("assistant", "<think>\nDone.\n</think>\n\nTwo."))
            .withTools(List.of(Map.of("name", "add")));
    assertThat(ChatTemplates.builtIn("qwen3").render(request).text())
        .contains("<tools>\n{\"name\": \"add\"}\n</tools>")
        .endsWith(
            "<|im_start|>user\n1+1?<|im_end|>\n<|im_start|>assistant\n<think>\nAdd.\n</think>\n\n"
                + "<tool_call>\n{\"name\": \"add\", \"arguments\": {\"a\": 1}}\n</tool_call>"
                + "<|im_end|>\n<|im_start|>user\n<tool_response>\n2\n</tool_response><|im_end|>\n"
                + "<|im_start|>assistant\n<think>\nDone.\n</think>\n\nTwo.<|im_end|>\n");
  }
}
