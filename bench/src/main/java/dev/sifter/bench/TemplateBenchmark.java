package dev.sifter.bench;

import dev.sifter.model.chat.ChatRequest;
import dev.sifter.model.chat.ChatTemplate;
import dev.sifter.model.chat.ChatTemplates;
import dev.sifter.model.chat.Message;
import dev.sifter.model.chat.Rendering;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Time to render a chat of ten messages with a compiled template. */
@State(Scope.Benchmark)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class TemplateBenchmark {
  /** The name of a built-in template, or the path of a template file. */
  @Param({"chatml", "llama3", "qwen3"})
  public String template;

  private ChatTemplate compiled;
  private ChatRequest request;

  /** Reads the template and makes the chat. */
  @Setup
  public void setUp() throws IOException {
    boolean builtIn = ChatTemplates.builtInNames().contains(template);
    String source =
        builtIn ? ChatTemplates.builtIn(template).source() : Files.readString(Path.of(template));
    compiled = ChatTemplate.compile(source);
    request = request();
  }

  private static ChatRequest request() {
    List<Message> messages = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      messages.add(Message.of("user", "What is " + i + " + " + i + "? Say it in one sentence."));
      messages.add(Message.of("assistant", i + " + " + i + " is " + 2 * i + ", as you can see."));
    }
    return ChatRequest.of(messages)
        .withSpecialTokens(Map.of("bos_token", "<s>", "eos_token", "</s>"));
  }

  /** A chat of ten messages to text. */
  @Benchmark
  @BenchmarkMode(Mode.AverageTime)
  @Warmup(iterations = 5, time = 1)
  @Measurement(iterations = 5, time = 1)
  @Fork(1)
  public Rendering render() {
    return compiled.render(request);
  }
}
