package dev.sifter.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sifter.model.chat.ChatTemplate;
import dev.sifter.model.tokenizer.Tokenizer;
import dev.sifter.train.data.record.DataException;
import dev.sifter.train.data.record.DataRecord;
import dev.sifter.train.data.record.Origin;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which answers and which end tokens are trained, and what history does to them. */
class ChatTrainingTest {
  /** Every message ends with the end token, the assistant's outside its mark. */
  private static final ChatTemplate OUTSIDE =
      ChatTemplate.compile(
          "{% for m in messages %}{% if m.role == 'assistant' %}a:"
              + "{% generation %}{{ m.content }}{% endgeneration %}"
              + "{% else %}u:{{ m.content }}{% endif %}{{ eos_token }}{% endfor %}"
              + "{% if add_generation_prompt %}a:{% endif %}");

  /** As a thinking model's: thoughts stay in the last answer only, and nothing is marked. */
  private static final ChatTemplate FORGETTING =
      ChatTemplate.compile(
          "{% for m in messages %}{% if m.role == 'assistant' %}a:"
              + "{% if loop.last %}({{ m.thought }}){% endif %}{{ m.content + eos_token }}"
              + "{% else %}u:{{ m.content + eos_token }}{% endif %}{% endfor %}"
              + "{% if add_generation_prompt %}a:{% endif %}");

  private static final String TWO =
      "{'messages':[{'role':'user','content':'q'},{'role':'assistant','content':'x'},"
          + "{'role':'user','content':'r'},{'role':'assistant','content':'y'}]}";
  private static final String THOUGHT =
      "{'messages':[{'role':'user','content':'q'},"
          + "{'role':'assistant','content':'x','thought':'1'},{'role':'user','content':'r'},"
          + "{'role':'assistant','content':'y','thought':'2'}]}";

  private final Tokenizer tokenizer = TinyTokenizer.create();

  private PreparedDataset prepare(DataConfig.Builder config, ChatTemplate template, String row) {
    DataRecord record = RowParserTest.record(row);
    DataRecord placed = new DataRecord(new Origin("data.jsonl", 1, 0), record.fields());
    return SftPreparation.prepare(config.build(), tokenizer, template, List.of(placed).iterator());
  }

  private static DataConfig.Builder assistantOnly() {
    return DataConfig.builder().assistantOnlyLoss(true).checks(new DataConfig.Checks(false, 1));
  }

  /** The text of each row, and its labels with '.' for what is not trained; '#' ends a turn. */
  private static List<String> spelled(PreparedDataset data) {
    List<String> rows = new ArrayList<>();
    for (Example row : data.examples()) {
      rows.add(spelled(row.inputIds()));
      rows.add(spelled(row.labels()));
    }
    return rows;
  }

  private static String spelled(int[] ids) {
    StringBuilder text = new StringBuilder();
    for (int id : ids) {
      text.append(id == Example.IGNORED ? '.' : id == TinyTokenizer.END ? '#' : (char) id);
    }
    return text.toString();
  }

  @ParameterizedTest
  @CsvSource({
    "    , ......x.......y.",
    "NONE, ......x.......y.",
    "TURN, ......x#......y#",
    "LAST, ......x.......y#",
    "ALL,  ...#..x#...#..y#",
  })
  void endTokensAreTrainedByPolicy(EndTokenPolicy policy, String labels) {
    DataConfig.TurnEnds ends = new DataConfig.TurnEnds(policy, policy, List.of());

    assertThat(spelled(prepare(assistantOnly().turnEnds(ends), OUTSIDE, TWO)))
        .containsExactly("u:q#a:x#u:r#a:y#", labels);
  }

  /** The mark takes the end token along; the policy takes it out again. */
  @Test
  void noneTakesMarkedEndTokensOut() {
    DataConfig.TurnEnds none =
        new DataConfig.TurnEnds(EndTokenPolicy.NONE, EndTokenPolicy.NONE, List.of());
    ChatTemplate inside =
        ChatTemplate.compile(
            OUTSIDE
                .source()
                .replace(
                    "{{ m.content }}{% endgeneration %}",
                    "{{ m.content + eos_token }}{% endgeneration %}")
                .replace("{% endif %}{{ eos_token }}", "{{ eos_token }}{% endif %}"));

    assertThat(spelled(prepare(assistantOnly(), inside, TWO)).get(1)).isEqualTo("......x#......y#");
    assertThat(spelled(prepare(assistantOnly().turnEnds(none), inside, TWO)).get(1))
        .isEqualTo("......x.......y.");
  }

  /** A template may mark a line break after its end token, too. */
  @Test
  void anEndTokenWithinTheMarkEndsTheTurn() {
    ChatTemplate broken =
        ChatTemplate.compile(
            OUTSIDE
                .source()
                .replace(
                    "{{ m.content }}{% endgeneration %}",
                    "{{ m.content + eos_token + ';' }}{% endgeneration %}")
                .replace("{% endif %}{{ eos_token }}", "{{ eos_token }}{% endif %}"));
    DataConfig.Builder turn =
        assistantOnly()
            .turnEnds(new DataConfig.TurnEnds(EndTokenPolicy.TURN, EndTokenPolicy.TURN, List.of()));
    DataConfig.Builder last =
        assistantOnly()
            .turnEnds(new DataConfig.TurnEnds(EndTokenPolicy.LAST, EndTokenPolicy.LAST, List.of()));

    assertThat(spelled(prepare(turn, broken, TWO)))
        .containsExactly("u:q#a:x#;u:r#a:y#;", "......x#;......y#;");
    assertThat(spelled(prepare(last, broken, TWO)).get(1)).isEqualTo("......x.;......y#;");
  }

  @Test
  void otherTokensThatEndATurn() {
    ChatTemplate colon = ChatTemplate.compile(OUTSIDE.source().replace("{{ eos_token }}", ";"));
    DataConfig.TurnEnds ends = new DataConfig.TurnEnds(null, EndTokenPolicy.LAST, List.of(";"));

    assertThat(spelled(prepare(assistantOnly().turnEnds(ends), colon, TWO)).get(1))
        .isEqualTo("......x.......y;");
    DataConfig.TurnEnds unknown =
        new DataConfig.TurnEnds(null, EndTokenPolicy.LAST, List.of("<|eot|>"));
    assertThatThrownBy(() -> prepare(assistantOnly().turnEnds(unknown), colon, TWO))
        .hasMessageContaining("eot_tokens names '<|eot|>'");
    DataConfig.TurnEnds conflict =
        new DataConfig.TurnEnds(EndTokenPolicy.ALL, EndTokenPolicy.LAST, List.of("<|im_end|>"));
    assertThatThrownBy(() -> prepare(assistantOnly().turnEnds(conflict), OUTSIDE, TWO))
        .hasMessageContaining("train_on_eos and train_on_eot differ");
    assertThatThrownBy(() -> DataConfig.builder().turnEnds(ends).build())
        .hasMessageContaining("assistant_only_loss: true");
  }

  @Test
  void messagesCanBeLeftOut() {
    String first = TWO.replace("'content':'x'", "'content':'x','train':false");
    String both = first.replace("'content':'y'", "'content':'y','train':false");
    String user = TWO.replace("'content':'q'", "'content':'q','train':true");
    String said = first.replace("'content':'y'", "'content':'y','train':true");

    assertThat(spelled(prepare(assistantOnly(), OUTSIDE, first)))
        .containsExactly("u:q#a:x#u:r#a:y#", "..............y.");
    assertThat(spelled(prepare(assistantOnly(), OUTSIDE, said)).get(1))
        .isEqualTo("..............y.");
    assertThatThrownBy(() -> prepare(assistantOnly(), OUTSIDE, both))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("data.jsonl:1");
    assertThatThrownBy(() -> prepare(assistantOnly(), OUTSIDE, user))
        .hasMessageContainingAll("messages[0]", "only what the assistant says can be trained");
    assertThatThrownBy(() -> prepare(assistantOnly().assistantOnlyLoss(false), OUTSIDE, first))
        .hasMessageContainingAll("train: false", "assistant_only_loss: true");
    assertThatThrownBy(
            () -> prepare(assistantOnly(), OUTSIDE, TWO.replace("'x'", "'x','train':'no'")))
        .hasMessageContaining("train is \"no\"; it must be true or false");
  }

  @Test
  void historyIsRefusedKeptStrippedOrSplit() {
    assertThatThrownBy(() -> prepare(assistantOnly(), FORGETTING, THOUGHT))
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll(
            "data.jsonl:1", "not prefix-preserving", "history_policy", "keep", "split", "strip");
    assertThat(spelled(prepare(assistantOnly().history(HistoryPolicy.KEEP), FORGETTING, THOUGHT)))
        .containsExactly("u:q#a:(1)x#u:r#a:(2)y#", "......(1)x#......(2)y#");
    assertThat(spelled(prepare(assistantOnly().history(HistoryPolicy.STRIP), FORGETTING, THOUGHT)))
        .containsExactly("u:q#a:x#u:r#a:(2)y#", "..............(2)y#");
    assertThat(spelled(prepare(assistantOnly().history(HistoryPolicy.SPLIT), FORGETTING, THOUGHT)))
        .containsExactly(
            "u:q#a:(1)x#", "......(1)x#", "u:q#a:x#u:r#a:(2)y#", "..............(2)y#");
    assertThat(
            spelled(
                prepare(
                    assistantOnly().assistantOnlyLoss(false).history(HistoryPolicy.AS_RENDERED),
                    FORGETTING,
                    THOUGHT)))
        .containsExactly("u:q#a:x#u:r#a:(2)y#", "u:q#a:x#u:r#a:(2)y#");
  }

  /** A prompt's history is read as inference reads it; only the completion is written. */
  @Test
  void aPromptMayForget() {
    String split =
        THOUGHT
            .replace("'messages':[", "'prompt':[")
            .replace(
                ",{'role':'assistant','content':'y'",
                "],'completion':[{'role':'assistant','content':'y'");

    assertThat(spelled(prepare(DataConfig.builder(), FORGETTING, split)))
        .containsExactly("u:q#a:x#u:r#a:(2)y#", "..............(2)y#");
  }

  /** Answers of a completion that are kept as they were: of it all is trained, or they alone. */
  @Test
  void aCompletionMayForget() {
    String split =
        THOUGHT
            .replace("'messages':[", "'prompt':[")
            .replace(
                ",{'role':'assistant','content':'x'",
                "],'completion':[{'role':'assistant','content':'x'");
    String lastOnly = split.replace("'thought':'1'", "'thought':'1','train':false");
    DataConfig.Builder all = DataConfig.builder().history(HistoryPolicy.KEEP);
    DataConfig.Builder answers = assistantOnly().history(HistoryPolicy.KEEP);

    assertThat(spelled(prepare(all, FORGETTING, split)))
        .containsExactly("u:q#a:(1)x#u:r#a:(2)y#", "......(1)x#u:r#a:(2)y#");
    assertThat(spelled(prepare(answers, FORGETTING, split)).get(1))
        .isEqualTo("......(1)x#......(2)y#");
    assertThat(spelled(prepare(answers, FORGETTING, lastOnly)).get(1))
        .isEqualTo(".................(2)y#");
    assertThat(spelled(prepare(all.history(HistoryPolicy.SPLIT), FORGETTING, split)))
        .containsExactly(
            "u:q#a:(1)x#", "......(1)x#", "u:q#a:x#u:r#a:(2)y#", "..............(2)y#");
    all.history(HistoryPolicy.KEEP);
    assertThatThrownBy(() -> prepare(all, FORGETTING, lastOnly))
        .hasMessageContainingAll("train: false", "assistant_only_loss: true");
  }

  @Test
  void policiesChangeNothingWhereNothingIsForgotten() {
    List<String> plain = spelled(prepare(assistantOnly(), OUTSIDE, TWO));
    for (HistoryPolicy policy : HistoryPolicy.values()) {
      assertThat(spelled(prepare(assistantOnly().history(policy), OUTSIDE, TWO))).isEqualTo(plain);
    }
  }
}
