package dev.sifter.train.data.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.Json;
import org.junit.jupiter.api.Test;

class RecordFormatTest {
  private static ObjectNode object(String json) throws JsonProcessingException {
    return (ObjectNode) Json.mapper().readTree(json.replace('\'', '"'));
  }

  private static JsonNode formatted(String format, String record) throws JsonProcessingException {
    DataRecord given = new DataRecord(new Origin("data.jsonl", 3, 2), object(record));
    return new RecordFormat(object(format)).apply(given).fields();
  }

  /** What the course's {@code formatting_func} gives. */
  @Test
  void aTextIsMadeOfColumns() throws Exception {
    assertThat(
            formatted(
                "{'text': '### Question: {{question}}\\n ### Answer: {{answer}}'}",
                "{'question': 'Why?', 'answer': 'Because.\\n', 'id': 7}"))
        .isEqualTo(object("{'text': '### Question: Why?\\n ### Answer: Because.\\n'}"));
  }

  @Test
  void aConversationIsMadeOfColumns() throws Exception {
    assertThat(
            formatted(
                "{'messages': [{'role': 'user', 'content': '{{q}}{{\\' (hard)\\' if level > 2}}'},"
                    + " {'role': 'assistant', 'content': '{{a.text}}', 'train': true}]}",
                "{'q': 'Why?', 'level': 3, 'a': {'text': 'Because.'}}"))
        .isEqualTo(
            object(
                "{'messages': [{'role': 'user', 'content': 'Why? (hard)'},"
                    + " {'role': 'assistant', 'content': 'Because.', 'train': true}]}"));
  }

  /** A text of a field that must be a list is JSON, as in a CSV file. */
  @Test
  void aListIsMadeByATemplate() throws Exception {
    String format =
        "{'messages': '[{% for t in turns %}{\\\"role\\\": \\\"{{loop.cycle(\\\"user\\\","
            + " \\\"assistant\\\")}}\\\", \\\"content\\\": {{t | tojson}}}{{\\\",\\\" if not"
            + " loop.last}}{% endfor %}]', 'tools': '{{tools | tojson}}'}";
    assertThat(formatted(format, "{'turns': ['a <b>\\n', 'c'], 'tools': [{'name': 'f'}]}"))
        .isEqualTo(
            object(
                "{'messages': [{'role': 'user', 'content': 'a <b>\\n'},"
                    + " {'role': 'assistant', 'content': 'c'}], 'tools': [{'name': 'f'}]}"));
  }

  @Test
  void refusesWhatItCannotMake() {
    assertThatThrownBy(() -> formatted("{'text': '{{question}}'}", "{'q': 1, 'a': 2}"))
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll("data.jsonl:3", "'question' is undefined", "[q, a]");
    assertThatThrownBy(() -> formatted("{'messages': '[{{q}}'}", "{'q': 1}"))
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll("data.jsonl:3", "formatting_func.messages", "not JSON", "tojson");
    assertThatThrownBy(() -> formatted("{'messages': [{'content': '{% if %}'}]}", "{}"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("formatting_func.messages[0].content", "no Jinja template");
  }
}
