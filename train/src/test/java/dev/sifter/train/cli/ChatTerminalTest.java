package dev.sifter.train.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jline.terminal.Terminal;
import org.jline.terminal.impl.ExternalTerminal;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ChatTerminalTest {
  private final PipedOutputStream keys = new PipedOutputStream();
  private final ByteArrayOutputStream screen = new ByteArrayOutputStream();
  private final StringWriter err = new StringWriter();
  private Terminal terminal;
  private ChatTerminal chat;

  @BeforeEach
  void open() throws Exception {
    PipedInputStream typed = new PipedInputStream(keys, 1 << 16);
    terminal = new ExternalTerminal("test", "xterm", typed, screen, StandardCharsets.UTF_8);
    chat = new ChatTerminal(terminal, new PrintWriter(err, true));
  }

  @AfterEach
  void close() throws Exception {
    keys.close();
    chat.close();
  }

  private void type(String text) throws Exception {
    keys.write(text.getBytes(StandardCharsets.UTF_8));
    keys.flush();
  }

  /** Waits until a text is on the screen, whatever escapes are around it. */
  private void awaitScreen(String text) throws InterruptedException {
    while (!screen.toString(StandardCharsets.UTF_8).contains(text)) {
      TimeUnit.MILLISECONDS.sleep(5);
    }
  }

  @Test
  void linesAreEditedAndComeBack() throws Exception {
    type("hello!!\r");
    assertThat(chat.ask()).isEqualTo("hello!!");
    type("\u001bOA\u007f?\r");
    assertThat(chat.ask()).isEqualTo("hello!?");
    type("\u001b[200~one\ntwo\u001b[201~\r");
    assertThat(chat.ask()).isEqualTo("one\ntwo");
    String longLine = "h\u00e9llo \ud83d\ude00 ".repeat(400);
    type(longLine + "\r");
    assertThat(chat.ask()).isEqualTo(longLine);
    type("\u0004");
    assertThat(chat.ask()).isNull();
  }

  private int prompts() {
    return screen.toString(StandardCharsets.UTF_8).split("> ", -1).length - 1;
  }

  /**
   * As a user does, until there is a new prompt: JLine hears of none that comes between two keys.
   */
  private void interrupt() throws InterruptedException {
    int before = prompts();
    while (prompts() == before) {
      terminal.raise(Terminal.Signal.INT);
      TimeUnit.MILLISECONDS.sleep(100);
    }
  }

  @Test
  void anInterruptDropsTheLine() throws Exception {
    CompletableFuture<String> answer = CompletableFuture.supplyAsync(chat::ask);
    awaitScreen("> ");
    type("half a line");
    awaitScreen("half a line");
    interrupt();
    type("whole\r");
    assertThat(answer.get(30, TimeUnit.SECONDS)).isEqualTo("whole");
    screen.reset();
    answer = CompletableFuture.supplyAsync(chat::ask);
    awaitScreen("> ");
    interrupt();
    type("/exit\r");
    assertThat(answer.get(30, TimeUnit.SECONDS)).isEqualTo("/exit");
    assertThat(err.toString()).contains("Ctrl-D ends");
  }

  @Test
  void anInterruptStopsTheAnswerAndNotTheNext() throws Exception {
    terminal.raise(Terminal.Signal.INT);
    assertThat(chat.isStopped()).as("before there is an answer").isFalse();
    type("hello\r");
    assertThat(chat.ask()).isEqualTo("hello");
    assertThat(chat.isStopped()).isFalse();
    terminal.raise(Terminal.Signal.INT);
    assertThat(chat.isStopped()).isTrue();
    type("go on\r");
    assertThat(chat.ask()).isEqualTo("go on");
    assertThat(chat.isStopped()).isFalse();
  }
}
