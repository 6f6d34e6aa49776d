package dev.sifter.train.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;

/**
 * The terminal of a conversation. Lines can be edited, the arrow keys bring earlier ones back, a
 * paste of several lines is one message, and a line may be longer than the 4,095 bytes that a
 * terminal keeps by itself. Ctrl-C stops an answer, or drops the line that is being written.
 */
final class ChatTerminal implements AutoCloseable {
  /** What a shell gives for a program that Ctrl-C ended. */
  private static final int INTERRUPTED = 130;

  private final Terminal terminal;
  private final LineReader reader;
  private final PrintWriter err;
  private volatile boolean isAnswering;
  private volatile boolean isStopped;

  /** Over a terminal, which it closes with itself. */
  ChatTerminal(Terminal terminal, PrintWriter err) {
    this.terminal = terminal;
    this.err = err;
    this.reader =
        LineReaderBuilder.builder()
            .terminal(terminal)
            .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true) // "!" is no command
            .build();
    terminal.handle(Terminal.Signal.INT, _ -> stop());
  }

  /**
   * Takes the terminal.
   *
   * @param charset of what is typed
   * @param err is told what keys end the conversation
   */
  static ChatTerminal open(Charset charset, PrintWriter err) throws IOException {
    Terminal terminal =
        TerminalBuilder.builder()
            .system(true)
            .dumb(true) // where JLine does not know the terminal, which then edits lines itself
            .nativeSignals(true)
            .encoding(charset)
            .build();
    return new ChatTerminal(terminal, err);
  }

  /** The first Ctrl-C stops the answer; a second one does not wait for the next token. */
  private void stop() {
    if (isAnswering && isStopped) {
      System.exit(INTERRUPTED);
    }
    isStopped = isAnswering;
  }

  /** Whether the answer to the last message is to end. */
  boolean isStopped() {
    return isStopped;
  }

  /** Asks for a message; null where there will be none. */
  String ask() {
    isAnswering = false;
    String message = typed();
    isStopped = false;
    isAnswering = true;
    return message;
  }

  private String typed() {
    while (true) {
      try {
        return reader.readLine("> ");
      } catch (UserInterruptException dropped) {
        if (dropped.getPartialLine().isEmpty()) {
          err.println("(/exit or Ctrl-D ends the conversation)");
        }
      } catch (EndOfFileException end) {
        return null;
      }
    }
  }

  @Override
  public void close() throws IOException {
    terminal.close();
  }
}
