package dev.sifter.train.data;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sifter.model.chat.ChatTemplate;
import dev.sifter.model.tokenizer.Tokenizer;
import java.util.List;
import org.junit.jupiter.api.Test;

class TokenMaskViewTest {
  private static final ChatTemplate TEMPLATE =
      ChatTemplate.compile(
          "{% for m in messages %}{% if m.role == 'assistant' %}{% generation %}"
              + "{{ m.content + eos_token }}{% endgeneration %}{% else %}{{ m.content + ';' }}"
              + "{% endif %}{% endfor %}");

  private final Tokenizer tokenizer = TinyTokenizer.create();

  /** Each token as text/role, with + if it is trained and ! if it is cut. */
  private List<String> view(DataConfig config, String row) {
    return TokenMaskView.of(config, tokenizer, TEMPLATE, RowParserTest.record(row))
        .tokens()
        .stream()
        .map(t -> t.text() + "/" + t.role() + (t.trained() ? "+" : "") + (t.cut() ? "!" : ""))
        .toList();
  }

  @Test
  void tellsWhoSaysATokenAndWhetherItIsTrained() {
    DataConfig config = DataConfig.builder().assistantOnlyLoss(true).maxLength(4).build();

    assertThat(
            view(
                config,
                "{'messages':[{'role':'user','content':'q'},{'role':'assistant','content':'a'},"
                    + "{'role':'user','content':'r'}]}"))
        .containsExactly(
            "q/user", ";/user", "a/assistant+", "<|im_end|>/assistant+", "r/user!", ";/user!");
  }

  @Test
  void theFirstTokenIsPredictedByNothing() {
    assertThat(view(DataConfig.builder().build(), "{'text':'ab'}"))
        .containsExactly("a/text", "b/text+", "<|im_end|>/text+");
    assertThat(view(DataConfig.builder().build(), "{'prompt':'a','completion':'b'}"))
        .containsExactly("a/prompt", "b/completion+", "<|im_end|>/completion+");
    assertThat(view(DataConfig.builder().build(), "{'input_ids':[97,98],'labels':[-100,98]}"))
        .containsExactly("a/", "b/+");
  }
}
