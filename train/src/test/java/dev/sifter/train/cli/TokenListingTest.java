package dev.sifter.train.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TokenListingTest {
  /** Without colours too, as NO_COLOR has it; a file gets the text as it is. */
  @ParameterizedTest
  @CsvSource({"true,true", "true,false", "false,false"})
  void theTextTellsATerminalNothing(boolean isTerminal, boolean colours) {
    String text = "a\u001b[2Jb\n";
    RenderedChat chat =
        new RenderedChat(text, List.of(new RenderedChat.Token(7, text, text, "user", true)));
    StringWriter out = new StringWriter();
    new TokenListing(new PrintWriter(out, true), isTerminal, colours).print(chat);
    assertThat(out.toString().contains("\u001b[2J")).isEqualTo(!isTerminal);
    assertThat(out.toString()).contains("a\\u{1b}[2Jb\\n");
  }
}
