package dev.sifter.train.cli;

import static dev.sifter.train.cli.TokenizeCommandTest.assertFails;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.backend.reference.ReferenceBackend;
import dev.sifter.model.chat.ChatTemplates;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.ModelFolder;
import dev.sifter.model.generate.GenerationConfig;
import dev.sifter.model.tokenizer.Tokenizer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
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
  void aConversationMayBeAsLongAsDynamicScalingAllows(@TempDir Path model) {
    TinyModel.saveStretched(model);
    String text = "x ".repeat(TinyModel.CONTEXT / 2) + "\n";
    assertThat(chat(text, 4).err()).contains("context has " + TinyModel.CONTEXT);
    Cli call = Cli.runWithInput(text, "chat", "--model", model, "--device", "reference");
    assertThat(call.err()).doesNotContain("context has");
    assertThat(call.out()).isNotBlank();
  }

  /** An answer is written while it comes. */
  @Test
  void beamsHaveNoEffect(@TempDir Path model) throws IOException {
    TinyModel.save(model);
    Files.writeString(
        model.resolve("generation_config.json"), "{\"num_beams\": 4, \"max_new_tokens\": 5}");
    Cli call = Cli.runWithInput("hello\n", "chat", "--model", model, "--device", "reference");
    assertThat(call.out()).isEqualTo(chat("hello\n", 5).out());
    assertThat(call.err()).contains("num_beams is 4", "no effect in a chat");
  }

  @Test
  void unknownCommandsAreNotSentToTheModel() {
    Cli call = chat("/help\n", 4);
    assertThat(call.out()).isEmpty();
    assertThat(call.err()).contains("no command /help");
  }

  @Test
  void adaptersAreSwitchedInAConversation(@TempDir Path files) {
    Path adapter = TinyModel.saveAdapter(files.resolve("one"), folder);
    String base = chat("hello\n", 5).out();
    Cli switched =
        Cli.runWithInput(
            "hello\n/adapter none\n/reset\nhello\n/adapter two\n/reset\nhello\n/adapter x\n",
            "chat",
            "--model",
            folder,
            "--adapter",
            adapter,
            "--adapter",
            "two=" + adapter,
            "--device",
            "reference",
            "--max-new-tokens",
            5);
    assertThat(switched.code()).as(switched.err()).isZero();
    String adapted = switched.out().substring(0, (switched.out().length() - base.length()) / 2);
    assertThat(adapted).isNotEqualTo(base);
    assertThat(switched.out()).isEqualTo(adapted + base + adapted);
    assertThat(switched.err())
        .contains(
            "adapter none, of one, two and none", "adapter two", "no adapter x; there are one");
    assertThat(chat("/adapter none\n", 5).err()).contains("--adapter NAME=DIR");
  }

  @Test
  void otherCommandsTakeOneAdapter(@TempDir Path files) {
    Path adapter = TinyModel.saveAdapter(files.resolve("one"), folder);
    assertFails(
        Cli.run(
            "generate",
            "--model",
            folder,
            "--prompt",
            "x",
            "--adapter",
            adapter,
            "--adapter",
            files),
        "sifter combine");
    assertFails(
        Cli.runWithInput(
            "x\n", "chat", "--model", folder, "--adapter", adapter, "--adapter", adapter),
        "two adapters are called 'one'");
  }

  @Test
  void aStoppedAnswerStaysInTheConversation() {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    AtomicInteger tokens = new AtomicInteger();
    try (Backend backend = new ReferenceBackend();
        Decoder model = ModelFolder.load(folder, backend)) {
      GenerationConfig config = GenerationConfig.DEFAULT.toBuilder().maxNewTokens(12).build();
      Conversation conversation =
          new Conversation(
              model, Tokenizer.load(folder), ChatTemplates.builtIn("chatml"), config, null);
      AnswerStream stream =
          new AnswerStream(new PrintWriter(out), false, () -> tokens.incrementAndGet() > 2);
      conversation.answer("hello", stream, new PrintWriter(err, true));
    }
    assertThat(tokens.get()).isEqualTo(3);
    assertThat(err.toString()).contains("(stopped; the conversation goes on");
  }

  @Test
  void inputThatIsNoTextIsRefused() {
    InputStream before = System.in;
    System.setIn(new ByteArrayInputStream("gr\u00fc\u00df dich\n".getBytes(ISO_8859_1)));
    try {
      assertFails(Cli.run("chat", "--model", folder, "--device", "reference"), "UTF-8");
    } finally {
      System.setIn(before);
    }
  }
}
