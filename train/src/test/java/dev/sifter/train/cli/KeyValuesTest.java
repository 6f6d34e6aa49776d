package dev.sifter.train.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class KeyValuesTest {
  private static String parse(String text) {
    return KeyValues.parse("--x", text).toString();
  }

  @Test
  void readsWhatTheHarnessReads() {
    assertThat(parse("temperature=0.8,do_sample=True,top_k=5"))
        .isEqualTo("{\"temperature\":0.8,\"do_sample\":true,\"top_k\":5}");
    assertThat(parse("until=[\"a,b\",\"}\"],name=plain text"))
        .isEqualTo("{\"until\":[\"a,b\",\"}\"],\"name\":\"plain text\"}");
    assertThat(parse("{\"a\": {\"b\": 1}}")).isEqualTo("{\"a\":{\"b\":1}}");
    assertThat(parse("")).isEqualTo("{}");
    assertThat(parse("until=2 lines,stop=[1] or 2,prefix="))
        .isEqualTo("{\"until\":\"2 lines\",\"stop\":\"[1] or 2\",\"prefix\":\"\"}");
    assertThatThrownBy(() -> parse("{\"a\": 1} b")).hasMessageContaining("key=value is expected");
    assertThatThrownBy(() -> parse("a=1,=2")).hasMessageContaining("--x '=2'");
  }
}
