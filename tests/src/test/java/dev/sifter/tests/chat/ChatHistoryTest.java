package dev.sifter.tests.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sifter.model.chat.AssistantSpans;
import dev.sifter.model.chat.ChatHistory;
import dev.sifter.model.chat.ChatRequest;
import dev.sifter.model.chat.ChatTemplate;
import dev.sifter.model.chat.Message;
import dev.sifter.model.chat.Rendering;
import dev.sifter.tests.Goldens;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Kept histories of published templates that strip thoughts, against TRL's training templates for
 * them, which differ from the originals in keeping the thoughts of every turn and marking answers.
 */
class ChatHistoryTest {
  private static ChatTemplate template(String name) throws IOException {
    return ChatTemplate.compile(
        Files.readString(Goldens.golden("templates/templates/" + name + ".jinja")));
  }

  private static Message thinking(String thought, String answer) {
    return Message.of("assistant", answer).with("reasoning_content", thought);
  }

  private static ChatRequest chat() {
    return ChatRequest.of(
            Message.of("system", "Be brief."),
            Message.of("user", "What is 2 + 2? 🙂"),
            thinking("Two and two.", "4"),
            Message.of("user", "And 3 + 3?"),
            thinking("Three and three: é.", "6"),
            Message.of("user", "Thanks. Now 5 + 5?"),
            thinking("Ten.", "10"))
        .withSpecialTokens(Map.of("bos_token", "<s>", "eos_token", "<|im_end|>"));
  }

  @ParameterizedTest
  @CsvSource({"trl__qwen3, trl__qwen3_training"})
  void keepsWhatTheTrainingTemplateKeeps(String original, String training) throws IOException {
    ChatTemplate stripping = template(original);
    Rendering kept = ChatHistory.kept(stripping, chat());
    Rendering expected = template(training).render(chat());

    assertThat(AssistantSpans.isPrefixPreserving(stripping, chat())).isFalse();
    assertThat(kept.text()).isEqualTo(expected.text());
    // TRL's marks take the line break after the end token along.
    assertThat(kept.generationSpans().stream().map(s -> s.of(kept.text())).toList())
        .isEqualTo(
            expected.generationSpans().stream()
                .map(s -> s.of(expected.text()).stripTrailing())
                .toList());
  }

  @Test
  void aTurnIsWhatTheModelSeesAndWrites() throws IOException {
    ChatTemplate qwen = template("trl__qwen3");
    Rendering second = ChatHistory.turn(qwen, chat(), 4);

    assertThat(second.text())
        .isEqualTo(
            "<|im_start|>system\nBe brief.<|im_end|>\n"
                + "<|im_start|>user\nWhat is 2 + 2? 🙂<|im_end|>\n"
                + "<|im_start|>assistant\n4<|im_end|>\n"
                + "<|im_start|>user\nAnd 3 + 3?<|im_end|>\n"
                + "<|im_start|>assistant\n<think>\nThree and three: é.\n</think>\n\n6<|im_end|>\n");
    assertThat(second.generationSpans()).hasSize(1);
    assertThat(second.generationSpans().getFirst().of(second.text()))
        .isEqualTo("<think>\nThree and three: é.\n</think>\n\n6<|im_end|>");
  }

  /** Where nothing is rewritten, the chat put together from its turns is the chat. */
  @ParameterizedTest
  @ValueSource(strings = {"trl__qwen3_training", "trl__gemma_training", "trl__lfm2_training"})
  void isTheChatWhereNothingIsRewritten(String name) throws IOException {
    ChatTemplate keeping = template(name);
    List<Message> plain =
        List.of(
            Message.of("user", "a"),
            Message.of("assistant", "b"),
            Message.of("user", "c"),
            Message.of("assistant", "d é"),
            Message.of("user", "e"));
    for (ChatRequest request :
        List.of(ChatRequest.of(plain), ChatRequest.of(plain.subList(0, 4)))) {
      ChatRequest asked =
          request.withSpecialTokens(Map.of("bos_token", "<s>", "eos_token", "</s>"));
      Rendering kept = ChatHistory.kept(keeping, asked);

      assertThat(kept.text()).isEqualTo(keeping.render(asked).text());
      assertThat(kept.generationSpans())
          .isEqualTo(AssistantSpans.of(keeping, asked).generationSpans());
    }
  }

  /** The model would be trained on what it is never asked to write. */
  @ParameterizedTest
  @ValueSource(strings = {"{{ m.content }}", "{% generation %}{{ m.content }}{% endgeneration %}"})
  void aPromptThatDoesNotBeginTheAnswerIsRefused(String answer) {
    ChatTemplate template =
        ChatTemplate.compile(
            "{% for m in messages %}<{{ m.role }}>{% if m.role == 'assistant' %}"
                + answer
                + "{% else %}{{ m.content }}{% endif %}{% endfor %}"
                + "{% if add_generation_prompt %}<model>{% endif %}");
    ChatRequest asked = ChatRequest.of(Message.of("user", "a"), Message.of("assistant", "b"));
    assertThatThrownBy(() -> ChatHistory.kept(template, asked))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the generation prompt before message 1 is not how that message begins");
    if (!answer.contains("generation")) {
      assertThatThrownBy(() -> ChatHistory.turn(template, asked, 1))
          .hasMessageContaining("before message 1 is not how");
    }
  }

  @Test
  void aChatWithoutAnswersIsAsRendered() throws IOException {
    ChatTemplate qwen = template("trl__qwen3");
    ChatRequest asked = ChatRequest.of(Message.of("user", "a"));
    assertThat(ChatHistory.kept(qwen, asked)).isEqualTo(qwen.render(asked));
  }
}
