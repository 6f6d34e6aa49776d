package dev.sifter.train.data;

import static dev.sifter.train.data.TinyTokenizer.END;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sifter.model.chat.ChatTemplate;
import dev.sifter.model.tokenizer.Tokenizer;
import dev.sifter.train.data.record.DataException;
import dev.sifter.train.data.record.DataRecord;
import dev.sifter.train.data.record.Origin;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SftPreparationTest {
  private static final String TURN = "{{ m.role[0] + ':' }}";
  private static final ChatTemplate MARKED =
      ChatTemplate.compile(
          "{% for m in messages %}{% if m.role == 'assistant' %}"
              + TURN
              + "{% generation %}{{ m.content + eos_token }}{% endgeneration %}{% else %}"
              + TURN
              + "{{ m.content + '\n' }}{% endif %}{% endfor %}"
              + "{% if add_generation_prompt %}{{ 'a:' }}{% endif %}");
  private static final String CHAT =
      "{'messages':[{'role':'user','content':'q'},{'role':'assistant','content':'ok'}]}";

  private final Tokenizer tokenizer = TinyTokenizer.create();

  private PreparedDataset prepare(DataConfig config, ChatTemplate template, String... rows) {
    List<DataRecord> records = new ArrayList<>();
    for (String row : rows) {
      DataRecord record = RowParserTest.record(row);
      Origin origin = new Origin("data.jsonl", records.size() + 1, records.size());
      records.add(new DataRecord(origin, record.fields()));
    }
    return SftPreparation.prepare(config, tokenizer, template, records.iterator());
  }

  private static DataConfig.Builder config() {
    return DataConfig.builder();
  }

  /** A length that may cut every row. */
  private static DataConfig.Builder cut(int maxLength) {
    return config().maxLength(maxLength).checks(new DataConfig.Checks(true, 1));
  }

  private static DataConfig assistantOnly() {
    return config().assistantOnlyLoss(true).build();
  }

  /** The codes of characters; '#' is the end token. */
  private static int[] ids(String text) {
    return text.chars().map(c -> c == '#' ? END : c).toArray();
  }

  /** As {@link #ids}; '.' is a token that is not trained. */
  private static int[] labels(String text) {
    return text.chars().map(c -> c == '.' ? Example.IGNORED : c == '#' ? END : c).toArray();
  }

  private static void assertRow(Example row, String ids, String labels) {
    assertThat(row.inputIds()).containsExactly(ids(ids));
    assertThat(row.labels()).containsExactly(labels(labels));
  }

  @Test
  void plainTextEndsWithTheEndTokenOnce() {
    List<Example> rows =
        prepare(config().build(), null, "{'text':'ab'}", "{'text':'c<|im_end|>'}").examples();

    assertRow(rows.get(0), "ab#", "ab#");
    assertRow(rows.get(1), "c#", "c#");
  }

  @Test
  void completionsAreTrainedAlone() {
    String row = "{'prompt':'q:','completion':'ok'}";

    assertRow(prepare(config().build(), null, row).examples().get(0), "q:ok#", "..ok#");
    DataConfig all = config().completionOnlyLoss(false).build();
    assertRow(prepare(all, null, row).examples().get(0), "q:ok#", "q:ok#");
  }

  /** A template that names no field may still write it. */
  @Test
  void whatTheTemplateLeavesOutIsTold() {
    String calls =
        "{'messages':[{'role':'user','content':'q'},{'role':'assistant','content':'ok',"
            + "'tool_calls':[{'name':'f'}]}],'tools':[{'name':'f'}],"
            + "'chat_template_kwargs':{'deep':true}}";
    String gaps =
        "{'messages':[{'role':'user','content':'q','tool_calls':null},"
            + "{'role':'assistant','content':'ok','tool_calls':[]}],'tools':[]}";
    assertThat(warnings(MARKED, calls, gaps, CHAT))
        .hasSize(3)
        .anyMatch(
            line -> line.startsWith("1 of 3 records have tool_calls, which the chat template"))
        .anyMatch(line -> line.startsWith("1 of 3 records have tools, which the chat template"))
        .anyMatch(line -> line.startsWith("1 of 3 records have chat_template_kwargs.deep, which"));
    ChatTemplate reads =
        ChatTemplate.compile("{{ tools }}{{ deep }}{{ messages | tojson }}{{ eos_token }}");
    assertThat(warnings(reads, calls, gaps, CHAT)).isEmpty();
    ChatTemplate needs =
        ChatTemplate.compile(
            "{% if messages[1]['tool_' + 'calls'] %}{{ messages[1].content + eos_token }}"
                + "{% else %}{{ raise_exception('no calls') }}{% endif %}");
    assertThat(warnings(needs, calls)).noneMatch(line -> line.contains("tool_calls"));
  }

  private List<String> warnings(ChatTemplate template, String... rows) {
    return prepare(config().build(), template, rows).warnings();
  }

  @Test
  void assistantsAreTrainedWithTheirEndToken() {
    String twoTurns =
        "{'messages':[{'role':'user','content':'q'},{'role':'assistant','content':'x'},"
            + "{'role':'user','content':'r'},{'role':'assistant','content':'yz'}]}";
    Example row = prepare(assistantOnly(), MARKED, twoTurns).examples().get(0);

    assertRow(row, "u:q\na:x#u:r\na:yz#", "......x#......yz#");
  }

  @Test
  void truncationKeepsAnEndAndDropsWhatIsLeftWithoutLabels() {
    String longPrompt = "{'prompt':'abcdef','completion':'g'}";
    String shortPrompt = "{'prompt':'ab','completion':'cdefgh'}";
    PreparedDataset start = prepare(cut(4).build(), null, longPrompt, shortPrompt);

    assertThat(start.examples()).hasSize(1);
    assertRow(start.examples().get(0), "abcd", "..cd");
    DatasetStatistics statistics = start.statistics();
    assertThat(statistics.dropped()).isEqualTo(1);
    assertThat(statistics.truncated()).isEqualTo(2);
    assertThat(statistics.truncatedTokens()).isEqualTo(4 + 5);
    assertThat(statistics.lengths()).containsExactly(8, 9);
    assertThat(statistics.trainedShare()).isEqualTo(0.5);
    assertThat(statistics.lengthQuantile(0.5)).isEqualTo(8);
    assertThat(start.warnings())
        .anySatisfy(w -> assertThat(w).contains("2 of 2 rows (100.0 %)", "max_length 4"))
        .anySatisfy(w -> assertThat(w).contains("1 of 2 records are dropped"));

    DataConfig keepEnd = cut(4).truncationMode(DataConfig.TruncationMode.KEEP_END).build();
    assertRow(prepare(keepEnd, null, longPrompt).examples().get(0), "ef" + "g#", "..g#");
  }

  @Test
  void packingNeedsALengthAndCountsWhatItCuts() {
    DataConfig packed = config().maxLength(4).packing(PackingStrategy.BFD).build();
    PreparedDataset prepared =
        prepare(packed, null, "{'text':'a'}", "{'text':'bcdefg'}", "{'text':'h'}");

    assertThat(prepared.examples()).hasSize(2);
    assertRow(prepared.examples().get(0), "bcde", "bcde");
    assertThat(prepared.examples().get(1).documentLengths()).containsExactly(2, 2);
    assertThat(prepared.statistics().truncated()).isEqualTo(1);
    assertThat(prepared.statistics().truncatedTokens()).isEqualTo(3);
    assertThatThrownBy(() -> config().maxLength(null).packing(PackingStrategy.BFD).build())
        .hasMessageContaining("max_length");
  }

  @Test
  void shufflesByTheSeed() {
    String[] rows =
        IntStream.range(0, 7).mapToObj(i -> "{'text':'%d'}".formatted(i)).toArray(String[]::new);
    List<Example> shuffled =
        prepare(config().shuffleDataset(true, 42).build(), null, rows).examples();

    // numpy.random.default_rng(42).permutation(7), as Dataset.shuffle(seed=42) draws
    assertThat(shuffled.stream().map(row -> row.inputIds()[0] - '0').toList())
        .containsExactly(3, 2, 6, 4, 1, 5, 0);
  }

  @Test
  void warnsWhereAPromptIsNoPrefix() {
    // "<|im_end|>" is one token only when both halves stand together.
    PreparedDataset prepared =
        prepare(config().build(), null, "{'prompt':'q<|im_','completion':'end|>okay'}");

    assertThat(prepared.statistics().unalignedPrompts()).isEqualTo(1);
    assertThat(prepared.warnings()).anySatisfy(w -> assertThat(w).contains("tokens of the prompt"));
  }

  private void assertRefused(DataConfig config, ChatTemplate template, String row, String... why) {
    assertThatThrownBy(() -> prepare(config, template, CHAT.replace("q", "fine"), row))
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll(why);
  }

  @Test
  void refusesRecordsThatTrainNothing() {
    String silent = "{'messages':[{'role':'user','content':'q'}]}";

    assertRefused(
        assistantOnly(), MARKED, silent, "data.jsonl:2 (record 1)", "assistant_only_loss");
    assertRefused(
        config().build(),
        MARKED,
        "{'input_ids':[65,66],'labels':[-100,-100]}",
        "data.jsonl:2",
        "none of the record's 2 tokens is trained");
    assertRefused(config().build(), MARKED, "{'input_ids':[]}", "the record has no token");
    assertRefused(config().build(), MARKED, "{'input_ids':[999]}", "token id 999");
    assertRefused(
        config().build(), MARKED, "{'input_ids':[65,66],'labels':[-100,999]}", "label 999");
  }

  /** The first token of a row is predicted by nothing. */
  @Test
  void refusesRecordsOfFirstTokensAlone() {
    assertThatThrownBy(() -> prepare(config().build(), MARKED, "{'input_ids':[130]}"))
        .hasMessageContaining("only the first tokens of the 1 records have labels");
    String masked = "{'input_ids':[65,66,130],'labels':[65,-100,-100]}";
    DataConfig unchecked = config().checks(new DataConfig.Checks(false, 1)).build();
    assertThatThrownBy(() -> prepare(unchecked, MARKED, masked))
        .hasMessageContaining("only the first tokens of the 1 records");
  }

  @Test
  void refusesLossOptionsThatDoNotFitTheRecords() {
    assertRefused(assistantOnly(), MARKED, "{'text':'x'}", "data.jsonl:2", "plain text");
    assertRefused(assistantOnly(), MARKED, "{'prompt':'x','completion':'y'}", "plain text");
    assertRefused(assistantOnly(), MARKED, "{'input_ids':[65]}", "assistant_masks");
    assertThatThrownBy(() -> prepare(config().completionOnlyLoss(true).build(), MARKED, CHAT))
        .hasMessageContainingAll("completion_only_loss", "assistant_only_loss");
    assertThatThrownBy(() -> prepare(config().build(), null, CHAT))
        .hasMessageContaining("no chat template");
  }

  @Test
  void refusesATemplateThatMarksEverything() {
    ChatTemplate all =
        ChatTemplate.compile(
            "{% generation %}{% for m in messages %}{{ m.content + eos_token }}{% endfor %}"
                + "{% endgeneration %}");

    assertThatThrownBy(() -> prepare(assistantOnly(), all, CHAT))
        .hasMessageContaining("every token of every record is trained");
  }

  @Test
  void refusesToTrainWithoutTheEndToken() {
    ChatTemplate open =
        ChatTemplate.compile(
            "{% for m in messages %}{% if m.role == 'assistant' %}{% generation %}{{ m.content }}"
                + "{% endgeneration %}{% else %}{{ m.content }}{% endif %}{{ eos_token }}"
                + "{% endfor %}");
    DataConfig unchecked =
        config().assistantOnlyLoss(true).checks(new DataConfig.Checks(false, 0.5)).build();

    assertThatThrownBy(() -> prepare(assistantOnly(), open, CHAT))
        .hasMessageContainingAll("data.jsonl:1", "<|im_end|>", "eos_token", "check_stop_token");
    assertThat(prepare(unchecked, open, CHAT).examples()).hasSize(1);
  }

  @Test
  void refusesLabelsThatWereMaskedByThePaddingId() {
    String masked = "{'input_ids':[65,66,130],'labels':[-100,66,-100]}";
    String good = "{'input_ids':[65,66,130],'labels':[-100,66,130]}";

    assertThatThrownBy(() -> prepare(config().build(), null, masked))
        .hasMessageContainingAll("data.jsonl:1", "masking the padding token's id");
    assertThat(prepare(config().build(), null, good).examples()).hasSize(1);
  }

  @Test
  void refusesATemplateThatRewritesEarlierTurns() {
    ChatTemplate forgetting =
        ChatTemplate.compile(
            "{% for m in messages %}{% if m.role == 'assistant' %}{% generation %}"
                + "{{ (m.content if loop.last else '-') + eos_token }}{% endgeneration %}"
                + "{% else %}{{ m.content }}{% endif %}{% endfor %}");
    String twice =
        "{'messages':[{'role':'user','content':'q'},{'role':'assistant','content':'x'},"
            + "{'role':'user','content':'r'},{'role':'assistant','content':'y'}]}";

    assertRefused(assistantOnly(), forgetting, twice, "data.jsonl:2", "not prefix-preserving");
  }

  @Test
  void refusesDataOfWhichNothingIsLeft() {
    assertThatThrownBy(
            () -> prepare(config().maxLength(2).build(), null, "{'prompt':'abc','completion':'d'}"))
        .hasMessageContainingAll("no token is trained", "max_length 2", "keep_end");
    assertThatThrownBy(() -> prepare(config().build(), null)).hasMessageContaining("no record");
  }

  @Test
  void namesTheRecordThatTheTemplateRefuses() {
    ChatTemplate strict = ChatTemplate.compile("{{ raise_exception('roles must alternate') }}");

    assertRefused(config().build(), strict, CHAT, "data.jsonl:1", "roles must alternate");
  }
}
