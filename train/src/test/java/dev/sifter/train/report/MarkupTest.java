package dev.sifter.train.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class MarkupTest {
  @Test
  void textCannotBecomeMarkup() {
    String attack = "</script><script>alert('x' + \"y\") && 1</script>";

    String page = new Markup().element("p", attack, "title", attack).toString();

    assertThat(page)
        .doesNotContain("<script")
        .doesNotContain("</script")
        .contains("&lt;script&gt;");
    assertThat(page.chars().filter(c -> c == '"').count())
        .as("quotes of the attribute")
        .isEqualTo(2);
  }

  @Test
  void charactersThatXmlForbidsAreShown() {
    assertThat(Markup.escape("a\0b\u001bc\u007f")).isEqualTo("a␀b␛c␡");
    assertThat(Markup.escape("half \ud83d, whole 😀, \uffff"))
        .isEqualTo("half \ufffd, whole 😀, \ufffd");
    assertThat(Markup.escape("line\n\ttab")).isEqualTo("line\n\ttab");
  }

  @Test
  void anElementThatHtmlReadsAsOpenIsRefused() {
    Markup to = new Markup();

    assertThatThrownBy(() -> to.empty("i")).hasMessageContaining("needs an end tag");
  }

  @Test
  void anUnfinishedDocumentIsRefused() {
    Markup to = new Markup().open("p");

    assertThatThrownBy(to::toString).hasMessageContaining("still open");
    assertThat(to.close().toString()).isEqualTo("<p></p>");
    assertThatThrownBy(to::close).isInstanceOf(IllegalStateException.class);
  }
}
