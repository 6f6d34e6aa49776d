package dev.sifter.model.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AssistantSpansTest {
  private static final Message USER = Message.of("user", "Hi");
  private static final Message ANSWER = Message.of("assistant", " Yes \uD83D\uDE42 ");

  private static List<String> derived(String template, Message... messages) {
    Rendering rendering =
        AssistantSpans.of(ChatTemplate.compile(template), ChatRequest.of(messages));
    return rendering.generationSpans().stream().map(span -> span.of(rendering.text())).toList();
  }

  private static String turns(String answer) {
    return "{% for m in messages %}<{{ m.role }}>{% if m.role == 'assistant' %}"
        + answer
        + "{% else %}{{ m.content }}{% endif %}</>\n\n{% endfor %}";
  }

  private static final String PROMPT = "{% if add_generation_prompt %}<assistant>{% endif %}";

  @Test
  void theTurnIsWhatFollowsTheGenerationPrompt() {
    assertThat(derived(turns("T:{{ m.content }}") + PROMPT, USER, ANSWER, USER, ANSWER))
        .containsExactly("T: Yes \uD83D\uDE42 </>", "T: Yes \uD83D\uDE42 </>");
  }

  @Test
  void withoutAPromptTheContentIsFound() {
    assertThat(derived(turns("{{ m.content | trim }}"), USER, ANSWER, USER, ANSWER))
        .containsExactly("Yes \uD83D\uDE42</>", "Yes \uD83D\uDE42</>");
  }

  @Test
  void historyThatIsRenderedOtherwiseIsStillFoundByContent() {
    String template = turns("{{ 'last:' if loop.last }}{{ m.content }}") + PROMPT;
    assertThat(
            AssistantSpans.isPrefixPreserving(
                ChatTemplate.compile(template), ChatRequest.of(USER, ANSWER, USER, ANSWER)))
        .isFalse();
    assertThat(derived(template, USER, ANSWER, USER, ANSWER))
        .containsExactly(" Yes \uD83D\uDE42 </>", " Yes \uD83D\uDE42 </>");
  }

  @Test
  void whatCannotBeProvedIsRefusedWithReasonAndRemedy() {
    String template = turns("{{ m.content | upper if not loop.last else m.content }}");
    assertThatThrownBy(() -> derived(template, USER, ANSWER, USER, ANSWER))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("By prefix: ")
        .hasMessageContaining("changes the content of message 1")
        .hasMessageContaining("{% generation %}");
    assertThatThrownBy(() -> derived(template, USER))
        .hasMessageContaining("no message of the role assistant");
  }

  @Test
  void toolCallsWithoutContentAreFoundByPrefix() {
    Message calling = Message.of("assistant", null).with("tool_calls", List.of("f"));
    assertThat(derived(turns("{{ m.content or m.tool_calls | tojson }}") + PROMPT, USER, calling))
        .containsExactly("[\"f\"]</>");
  }

  @Test
  void theStopTokenMustBeTrained() {
    ChatRequest request = ChatRequest.of(USER, ANSWER);
    Rendering with = ChatTemplates.builtIn("chatml").render(request);
    assertThat(AssistantSpans.trainsStopToken(with, "<|im_end|>")).isTrue();
    assertThat(AssistantSpans.trainsStopToken(with, "</s>")).isFalse();
    ChatTemplate without =
        ChatTemplate.compile(turns("{% generation %}{{ m.content }}{% endgeneration %}"));
    assertThat(AssistantSpans.trainsStopToken(without.render(request), "</>")).isFalse();
  }

  @Test
  void prefixPreservationIsCheckedWithToolsToo() {
    String stripping =
        "{% for m in messages %}<{{ m.role }}>{{ m.content if not m.tool_calls or loop.last }}"
            + "{{ 'calls' if loop.last and m.tool_calls }}{% endfor %}";
    assertThat(AssistantSpans.isPrefixPreserving(ChatTemplate.compile(stripping), Map.of()))
        .isFalse();
  }

  /** Offsets as a tokenizer gives them; token 3 and 4 share one code point, as bytes of it do. */
  @Test
  void theMaskFollowsCharToToken() {
    int[] starts = {0, 2, 4, 6, 6, 7};
    int[] ends = {2, 4, 6, 7, 7, 9};
    assertThat(AssistantMask.of(List.of(new Span(3, 6)), starts, ends))
        .as("a token that is only partly inside counts")
        .containsExactly(false, true, true, false, false, false);
    assertThat(AssistantMask.of(List.of(new Span(4, 7)), starts, ends))
        .as("the first token of the last code point ends the span")
        .containsExactly(false, false, true, true, false, false);
    assertThat(AssistantMask.of(List.of(new Span(7, 12)), starts, ends))
        .as("an end that no token covers reaches to the end")
        .containsExactly(false, false, false, false, false, true);
    assertThat(AssistantMask.of(List.of(new Span(0, 2)), starts, ends))
        .as("an end in the very first token reads as no end")
        .containsExactly(true, true, true, true, true, true);
    assertThat(AssistantMask.of(List.of(new Span(20, 22), new Span(0, 4)), starts, ends))
        .as("a start that no token covers ends the search")
        .containsExactly(false, false, false, false, false, false);
  }
}
