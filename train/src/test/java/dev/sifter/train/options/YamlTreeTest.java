package dev.sifter.train.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The expected trees are what PyYAML 6.0.3's safe_load makes of the same texts, as JSON. */
class YamlTreeTest {
  private static JsonNode json(String text) throws JsonProcessingException {
    return new ObjectMapper().readTree(text.replace('\'', '"'));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      quoteCharacter = '`',
      value = {
        "{a: 1, b: [x, 2.5, null, true]} # {'a':1,'b':['x',2.5,null,true]}",
        "a: &p {r: 4}|b: *p # {'a':{'r':4},'b':{'r':4}}",
        "a: &l [q, v]|b: [*l, *l] # {'a':['q','v'],'b':[['q','v'],['q','v']]}",
        "a: &n 5|b: *n # {'a':5,'b':5}",
        "a: &p {r: 4, s: 5}|b: {<<: *p, r: 8} # {'a':{'r':4,'s':5},'b':{'r':8,'s':5}}",
        "<<: [{a: 1}, {a: 2, b: 3}] # {'a':1,'b':3}",
        "{a: !!str 017, b: \"017\"} # {'a':'017','b':'017'}",
        "\uFEFFa: 1 # {'a':1}",
        "a: 1|a: 2 # {'a':2}"
      })
  void documentsAreReadAsPyYamlReadsThem(String text, String expected) throws Exception {
    assertThat(YamlTree.read(text.replace('|', '\n'))).isEqualTo(json(expected));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "1e3|'1e3'",
        "1.0e3|'1.0e3'",
        "1.0e+3|1000.0",
        "2.0e-4|0.0002",
        "2e-4|'2e-4'",
        "1.|1.0",
        ".5|0.5",
        "-.5|'-.5'",
        "1_000|1000",
        "1_000.5|1000.5",
        "0o17|'0o17'",
        "017|15",
        "08|'08'",
        "0x1F|31",
        "-0b101|-5",
        "12:30|750",
        "-1:30|-90",
        "12:60|'12:60'",
        "1:30.5|90.5",
        "~|null",
        "Null|null",
        "nULL|'nULL'",
        "Yes|true",
        "off|false",
        "yEs|'yEs'",
        "y|'y'",
        "TRUE|true",
        "2024-01-01|'2024-01-01'",
        "+5|5",
        "0_7|7",
        "_1|'_1'",
        "1.5.2|'1.5.2'",
        "2147483648|2147483648",
        "123456789012345678901234567890|123456789012345678901234567890",
        ".5e+2|50.0",
        ".5e2|'.5e2'"
      })
  void valuesAreReadAsPyYamlReadsThem(String text, String expected) throws Exception {
    assertThat(YamlTree.read(text)).isEqualTo(json(expected));
  }

  @ParameterizedTest
  @CsvSource({".inf,Infinity", "-.INF,-Infinity", ".NaN,NaN"})
  void numbersThatJsonDoesNotHave(String text, Double expected) throws Exception {
    assertThat(YamlTree.read(text).doubleValue()).isEqualTo(expected);
  }

  @Test
  void anEmptyTextHasNoTree() throws Exception {
    assertThat(YamlTree.read("# nothing\n").isMissingNode()).isTrue();
  }

  @Test
  void textsOfOptionsStayAsTheyAreWritten() throws Exception {
    String yaml = "{dir: 007, list: [no, 1_0, ~, true], steps: 007, kwargs: {dir: 1.50}}";
    assertThat(YamlTree.readOptions(yaml, Set.of("dir", "list")::contains))
        .isEqualTo(
            json("{'dir':'007','list':['no','1_0',null,true],'steps':7,'kwargs':{'dir':'1.50'}}"));
    assertThatThrownBy(() -> YamlTree.readOptions("a: 1\na: 2\n", _ -> false))
        .isInstanceOf(YamlTree.Malformed.class)
        .hasMessageContaining("a is given twice");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      value = {
        "a: *p # no value with the anchor &p comes before *p # 1",
        "a: &p [*p] # no value with the anchor &p comes before *p # 1",
        "<<: 5 # << takes keys and values # 1",
        "a: 1|---|a: 2 # a second document begins # 2",
        "a: 1|b: [1, # expected the node content # 3",
        "? [a]|: 1 # a key is a single value # 1",
        "a: !py/tuple x # the tag !py/tuple is not read here # 1",
        "a: 0x_ # 0x_ is no number # 1"
      })
  void whatWouldBeMisreadIsRefused(String text, String message, int line) {
    assertThatThrownBy(() -> YamlTree.read(text.replace('|', '\n') + "\n"))
        .isInstanceOf(YamlTree.Malformed.class)
        .hasMessageContaining(message)
        .extracting("line")
        .isEqualTo(line);
  }

  @Test
  void keysThatAreMeantAsTextsAreTexts() throws Exception {
    String quoted = "map: {'yes': 1, \"2\": 2, a: 3}\nother: {yes: 1}\n";
    assertThat(YamlTree.read(quoted, "map"::equals))
        .isEqualTo(json("{'map':{'yes':1,'2':2,'a':3},'other':{'yes':1}}"));
    for (String key : List.of("yes", "2", "1.5", "null")) {
      assertThatThrownBy(() -> YamlTree.read("a: 1\nmap: {" + key + ": 1}\n", "map"::equals))
          .isInstanceOf(YamlTree.Malformed.class)
          .hasMessage("the key %s of map is no text in YAML; put it in quotes".formatted(key))
          .extracting("line")
          .isEqualTo(2);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"[", "a: ", "- "})
  void valuesInValuesDoNotFillTheStack(String opening) {
    String text = opening.equals("[") ? "[".repeat(100_000) : nested(opening);
    assertThatThrownBy(() -> YamlTree.read(text))
        .isInstanceOf(YamlTree.Malformed.class)
        .hasMessageContaining("deeper than");
  }

  /** Each list is a level around the one before: 200 levels are read, one more is refused. */
  @Test
  void aliasesDoNotFillTheStack() throws Exception {
    StringBuilder text = new StringBuilder("l0: &l0 [x]\n");
    for (int i = 1; i < 198; i++) {
      text.append("l%d: &l%d [*l%d]\n".formatted(i, i, i - 1));
    }
    assertThat(YamlTree.read(text.toString())).hasSize(198);
    String deeper = text + "last: [*l197]\n";
    assertThatThrownBy(() -> YamlTree.read(deeper))
        .isInstanceOf(YamlTree.Malformed.class)
        .hasMessageContaining("deeper than 200")
        .extracting("line")
        .isEqualTo(199);
  }

  @Test
  void manyValuesSideBySideAreNotDeep() throws Exception {
    assertThat(YamlTree.read("a: [" + "[x], ".repeat(300) + "y]").path("a")).hasSize(301);
  }

  private static String nested(String opening) {
    StringBuilder text = new StringBuilder();
    for (int depth = 0; depth < 300; depth++) {
      text.append(" ".repeat(depth)).append(opening.strip()).append('\n');
    }
    return text.toString();
  }

  /** Nine lists of nine aliases each would be 387,420,489 texts. */
  @Test
  void aliasesOfAliasesDoNotFillTheMemory() {
    StringBuilder text = new StringBuilder("l0: &l0 [x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 9; i++) {
      String alias = "*l" + (i - 1);
      text.append("l").append(i).append(": &l").append(i).append(" [").append(alias);
      text.append((", " + alias).repeat(8)).append("]\n");
    }
    assertThatThrownBy(() -> YamlTree.read(text.toString()))
        .isInstanceOf(YamlTree.Malformed.class)
        .hasMessageContaining("more than 1000000 values");
  }
}
