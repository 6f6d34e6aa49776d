package dev.sifter.train.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The expected trees are what PyYAML 6.0's safe_load makes of the same texts, as JSON. */
class YamlTreeTest {
  private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      quoteCharacter = '`',
      value = {
        "{a: 1, b: [x, 2.5, null, true]} # {'a':1,'b':['x',2.5,null,true]}",
        "a: &p {r: 4}|b: *p # {'a':{'r':4},'b':{'r':4}}",
        "a: &l [q, v]|b: [*l, *l] # {'a':['q','v'],'b':[['q','v'],['q','v']]}",
        "a: &p {r: 4, s: 5}|b: {<<: *p, r: 8} # {'a':{'r':4,'s':5},'b':{'r':8,'s':5}}",
        "<<: [{a: 1}, {a: 2, b: 3}] # {'a':1,'b':3}",
        "a: 'it''s *p' # {'a':'it~s *p'}"
      })
  void anchorsAndMergesAreReadAsPyYamlReadsThem(String text, String json) throws Exception {
    String expected = json.replace('\'', '"').replace("it~s", "it's");
    assertThat(YamlTree.read(YAML, text.replace('|', '\n')))
        .isEqualTo(new ObjectMapper().readTree(expected));
  }

  @Test
  void anEmptyTextHasNoTree() throws Exception {
    assertThat(YamlTree.read(YAML, "# nothing\n").isMissingNode()).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      value = {
        "a: *p # anchor &p come before *p",
        "a: &p 5|b: *p # write a single value out",
        "a: &p [*p] # anchor &p come before *p",
        "<<: 5 # << takes keys and values",
        "a: 1|---|a: 2 # a second document begins"
      })
  void whatWouldBeMisreadIsRefused(String text, String message) {
    assertThatThrownBy(() -> YamlTree.read(YAML, text.replace('|', '\n')))
        .isInstanceOf(JsonProcessingException.class)
        .hasMessageContaining(message);
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
    assertThatThrownBy(() -> YamlTree.read(YAML, text.toString()))
        .isInstanceOf(JsonProcessingException.class)
        .hasMessageContaining("more than 1000000 values");
  }
}
