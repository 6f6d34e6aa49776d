package dev.sifter.bench;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import dev.sifter.model.FileTrees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The same by Hugging Face's Rust library, through DJL's binding: the row that Sifter's own is
 * compared with. The ids are checked to be the same.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class HuggingFaceTokenizerBenchmark {
  /** The library's tokenizer, of the same definition. */
  @State(Scope.Benchmark)
  public static class Library {
    HuggingFaceTokenizer tokenizer;
    long[] ids;

    /** Loads it. */
    @Setup
    public void setUp(TokenizerTexts x) throws IOException {
      Path folder = Files.createTempDirectory("tokenizer");
      try {
        x.loaded.save(folder);
        tokenizer =
            HuggingFaceTokenizer.builder()
                .optTokenizerPath(folder.resolve("tokenizer.json"))
                .optTruncation(false)
                .optPadding(false)
                .build();
      } finally {
        FileTrees.delete(folder);
      }
      ids = Arrays.stream(x.ids).asLongStream().toArray();
      if (!Arrays.equals(tokenizer.encode(x.content, false, false).getIds(), ids)) {
        throw new IllegalStateException("the two implementations give other ids");
      }
    }

    /** Lets go of it. */
    @TearDown
    public void tearDown() {
      tokenizer.close();
    }
  }

  /** Text to ids with offsets. */
  @Benchmark
  public Encoding encode(TokenizerTexts x, Library library) {
    return library.tokenizer.encode(x.content, false, false);
  }

  /** Ids to text. */
  @Benchmark
  public String decode(TokenizerTexts x, Library library) {
    return library.tokenizer.decode(library.ids, true);
  }
}
