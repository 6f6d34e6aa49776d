package dev.sifter.bench;

import dev.sifter.model.chat.ChatRequest;
import dev.sifter.model.chat.ChatTemplates;
import dev.sifter.model.chat.Message;
import dev.sifter.model.chat.Rendering;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What a command waits for before its first chat, each time in a fresh JVM: classes loaded, a
 * template of 3.4 KB compiled, a chat rendered.
 */
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 0)
@Measurement(iterations = 1)
@Fork(20)
public class TemplateStartBenchmark {
  /** The first rendering of a process. */
  @Benchmark
  public Rendering firstRendering() {
    return ChatTemplates.builtIn("qwen3")
        .render(ChatRequest.of(Message.of("user", "Hi"), Message.of("assistant", "Hello")));
  }
}
