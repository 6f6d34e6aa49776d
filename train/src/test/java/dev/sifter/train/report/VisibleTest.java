package dev.sifter.train.report;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class VisibleTest {
  /** A family of emoji, which zero-width joiners make one. */
  private static final String FAMILY = "\ud83d\udc68\u200d\ud83d\udc67";

  @Test
  void whatMovesTheCursorIsShownAsAnEscape() {
    assertThat(Visible.of("a\n\tb\u001b[31m\u200e")).isEqualTo("a\\n\\tb\\u{1b}[31m\\u{200e}");
    assertThat(Visible.lines("a\n\tb\r\u009b2J")).isEqualTo("a\n\\tb\\r\\u{9b}2J");
    assertThat(Visible.prose("a\n\tb\u001b]0;x\u0007" + FAMILY))
        .isEqualTo("a\n\tb\\u{1b}]0;x\\u{7}" + FAMILY);
  }

  @Test
  void aLongMessageKeepsBothEnds() {
    String value = "\ud83d\ude00".repeat(500_000);
    String shown = Visible.message("x.yaml: output_dir is " + value + "; it must be shorter");
    assertThat(shown)
        .startsWith("x.yaml: output_dir is \ud83d\ude00")
        .containsPattern(" … \\(\\d+ characters are left out\\) … \ud83d\ude00")
        .endsWith("; it must be shorter")
        .hasSizeLessThan(4100);
    assertThat(Visible.message("short\u001b[2J")).isEqualTo("short\\u{1b}[2J");
  }
}
