package dev.sifter.bench;

import dev.sifter.model.tokenizer.Encoding;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Warmup;

/** Time to tokenise a million characters, and to decode them again, on one thread. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class TokenizerBenchmark {
  /** Text to ids with offsets. */
  @Benchmark
  public Encoding encode(TokenizerTexts x) {
    return x.loaded.encode(x.content, false);
  }

  /** Ids to text. */
  @Benchmark
  public String decode(TokenizerTexts x) {
    return x.loaded.decode(x.ids, true);
  }
}
