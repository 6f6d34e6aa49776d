package dev.sifter.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.Json;
import dev.sifter.model.chat.Message;
import dev.sifter.train.data.record.DataException;
import dev.sifter.train.data.record.DataRecord;
import dev.sifter.train.data.record.Origin;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RowParserTest {
  /** JSON with single quotes, as a record of line 7. */
  static DataRecord record(String json) {
    try {
      ObjectNode fields = (ObjectNode) Json.mapper().readTree(json.replace('\'', '"'));
      return new DataRecord(new Origin("data.jsonl", 7, 6), fields);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static TrainingRow parse(String json) {
    return new RowParser("text", new ChatRoles(Map.of())).parse(record(json));
  }

  private static List<String> speakers(TrainingRow row) {
    return ((TrainingRow.Chat) row)
        .messages().stream().map(message -> message.role() + "=" + message.content()).toList();
  }

  @Test
  void recognisesTextsByTheirFields() {
    assertThat(parse("{'text':'a'}")).extracting("text").isEqualTo("a");
    assertThat(parse("{'prompt':'a','completion':'b'}"))
        .isInstanceOf(TrainingRow.Completion.class)
        .extracting("prompt", "completion")
        .containsExactly("a", "b");
    RowParser parser = new RowParser("story", new ChatRoles(Map.of()));
    assertThat(parser.parse(record("{'story':'a','text':null}"))).extracting("text").isEqualTo("a");
  }

  @Test
  void recognisesConversations() {
    String turns = "[{'role':'user','content':'q'},{'role':'assistant','content':'a'}]";

    assertThat(speakers(parse("{'messages':" + turns + ",'prompt':'ignored'}")))
        .containsExactly("user=q", "assistant=a");
    TrainingRow.Chat split =
        (TrainingRow.Chat)
            parse(
                "{'prompt':[{'role':'user','content':'q'}],"
                    + "'completion':[{'role':'assistant','content':'a'}]}");
    assertThat(split.split()).isTrue();
    assertThat(split.prompt()).containsExactly(Message.of("user", "q"));
    assertThat(split.completion()).containsExactly(Message.of("assistant", "a"));
  }

  @Test
  void translatesTheSpeakersOfShareGpt() {
    String row =
        "{'conversations':[{'from':'system','value':'s'},{'from':'human','value':'q'},"
            + "{'from':'gpt','value':'a'}]}";

    assertThat(speakers(parse(row))).containsExactly("system=s", "user=q", "assistant=a");
    RowParser keeping =
        new RowParser("text", new ChatRoles(Map.of("human", "human", "gpt", "model")));
    assertThat(speakers(keeping.parse(record(row))))
        .containsExactly("system=s", "human=q", "model=a");
  }

  @Test
  void turnsAlpacaIntoAQuestionAndItsAnswer() {
    TrainingRow row = parse("{'instruction':'add','input':'1 2','output':'3','system':'brief'}");

    assertThat(speakers(row)).containsExactly("system=brief", "user=add\n\n1 2", "assistant=3");
    assertThat(((TrainingRow.Chat) row).completion()).hasSize(1);
    assertThat(speakers(parse("{'instruction':'hi','input':'','output':'yo'}")))
        .containsExactly("user=hi", "assistant=yo");
  }

  @Test
  void keepsToolsAndTemplateArguments() {
    TrainingRow.Chat row =
        (TrainingRow.Chat)
            parse(
                "{'messages':[{'role':'user','content':'q'},{'role':'assistant','tool_calls':"
                    + "[{'type':'function'}]}],'tools':'[{\\'type\\':\\'function\\'}]',"
                    + "'chat_template_kwargs':{'enable_thinking':false}}");

    assertThat(row.tools()).hasSize(1);
    assertThat(row.templateKwargs()).containsEntry("enable_thinking", false);
  }

  @Test
  void readsTokensWithTheirMasks() {
    TrainingRow.Tokens row =
        (TrainingRow.Tokens) parse("{'input_ids':[5,6],'labels':[-100,6],'completion_mask':[0,1]}");

    assertThat(row.inputIds()).containsExactly(5, 6);
    assertThat(row.labels()).containsExactly(-100, 6);
    assertThat(row.completionMask()).containsExactly(false, true);
    assertThat(row.assistantMask()).isNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "{'body':'x'}|no known format has the fields [body]",
        "{'prompt':'x'}|field 'completion' is missing beside 'prompt'",
        "{'instruction':'x'}|field 'output' is missing",
        "{'prompt':'x','completion':[]}|must both be texts",
        "{'text':3}|field 'text' is a NUMBER",
        "{'messages':[]}|empty conversation",
        "{'messages':'hi'}|must be a list of messages",
        "{'messages':['hi']}|messages[0] is a STRING",
        "{'messages':[{'content':'hi'}]}|messages[0] has no role",
        "{'messages':[{'role':'narrator','content':'hi'}]}|unknown role 'narrator'",
        "{'messages':[{'role':'user'}]}|content is missing",
        "{'messages':[{'role':'user','content':{'a':1}}]}|content is a OBJECT",
        "{'messages':[{'role':'user','content':[{'type':'image'}]}]}|part 0 of content has type",
        "{'messages':[{'role':'user','content':'x'}],'tools':'{'}|field 'tools'",
        "{'messages':[{'role':'user','content':'x'}],'tools':'[] []'}|field 'tools'",
        "{'messages':[{'role':'user','content':'x'}],'tools':{}}|field 'tools'",
        "{'input_ids':[1,2],'labels':[1]}|field 'labels' must be a list of 2 integers",
        "{'input_ids':[1,'x']}|input_ids[1]",
        "{'input_ids':[1,99999999999]}|input_ids[1]",
        "{'input_ids':[-1]}|input_ids[0] is -1",
        "{'input_ids':[1],'labels':[-7]}|labels[0] is -7",
      })
  void saysWhatIsWrongAndWhere(String json, String message) {
    assertThatThrownBy(() -> parse(json))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith("data.jsonl:7 (record 6): ")
        .hasMessageContaining(message);
  }
}
