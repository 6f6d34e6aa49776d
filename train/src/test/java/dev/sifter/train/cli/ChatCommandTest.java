package dev.sifter.train.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChatCommandTest {
  @TempDir private static Path folder;

  @BeforeAll
  static void makeModel() {
    TinyModel.save(folder);
  }

  private static Cli chat(String input, int maxNewTokens) {
    return Cli.runWithInput(
        input,
        "chat",
        "--model",
        folder,
        "--device",
        "reference",
        "--max-new-tokens",
        maxNewTokens);
  }

  @Test
  void aResetConversationBeginsAsTheFirst() {
    String once = chat("hello\n", 5).out();
    assertThat(once).isNotBlank();
    assertThat(chat("hello\n/reset\n\nhello\n/exit\nhello\n", 5).out()).isEqualTo(once + once);
  }

  @Test
  void theAnswerDependsOnWhatWasSaidBefore() {
    String afterReset = chat("the fox\n/reset\nhello\n", 5).out();
    assertThat(chat("the fox\nhello\n", 5).out()).isNotEqualTo(afterReset);
  }

  @Test
  void aFullContextIsSaidAndTheConversationGoesOn() {
    Cli call = chat("x ".repeat(TinyModel.CONTEXT) + "\nhello\n", 4);
    assertThat(call.code()).isZero();
    assertThat(call.err()).contains("context has " + TinyModel.CONTEXT, "/reset");
    assertThat(call.out()).isEqualTo(chat("hello\n", 4).out());
  }

  @Test
  void unknownCommandsAreNotSentToTheModel() {
    Cli call = chat("/help\n", 4);
    assertThat(call.out()).isEmpty();
    assertThat(call.err()).contains("no command /help");
  }
}
