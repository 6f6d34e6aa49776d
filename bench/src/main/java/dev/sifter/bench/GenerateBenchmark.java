package dev.sifter.bench;

import dev.sifter.engine.Backends;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.tensor.DType;
import dev.sifter.model.config.ModelConfig;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.ParameterStore;
import dev.sifter.model.generate.Generation;
import dev.sifter.model.generate.GenerationConfig;
import dev.sifter.model.generate.GenerationListener;
import dev.sifter.model.generate.Generator;
import dev.sifter.model.generate.SearchRules;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Generation after a prompt, greedy or searched for with beams, by a model with random weights in a
 * published one's shape. The score is the time of all, prompt included. {@code
 * bench/peers/generate.py} does the same in PyTorch.
 *
 * <p>{@code java @etc/jvm.args -jar bench/target/benchmarks.jar Generate -p device=gpu -p
 * dtype=BF16}
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 2)
@Measurement(iterations = 3)
@Fork(1)
public class GenerateBenchmark {
  /** Whose shape the model has. */
  @Param("SMOLLM2_135M")
  private ModelShape shape;

  /** Where it computes; {@code cpu}, {@code gpu}. */
  @Param("cpu")
  private String device;

  /** Type of the weights, and of a GPU's activations. */
  @Param("F32")
  private DType dtype;

  /** Sequences. */
  @Param("1")
  private int batch;

  /** Tokens of a prompt. */
  @Param("128")
  private int promptTokens;

  /** Tokens that are generated. */
  @Param("128")
  private int newTokens;

  /** Beams of a search; 1 for greedy generation. */
  @Param("1")
  private int beams;

  private Backend backend;
  private Decoder model;
  private Generator generator;
  private List<int[]> prompts;
  private GenerationConfig settings;

  /** Builds the model. */
  @Setup(Level.Trial)
  public void open() {
    ModelConfig config = shape.config();
    backend = Backends.choose(device, Runtime.getRuntime().availableProcessors(), dtype).backend();
    model =
        Decoder.over(
            config,
            new ParameterStore(
                backend, new RandomWeights(config, dtype), name -> false, DType.F32));
    generator = new Generator(model, null);
    Random random = new Random(0);
    prompts =
        Stream.generate(() -> random.ints(promptTokens, 0, config.vocabSize()).toArray())
            .limit(batch)
            .toList();
    settings =
        GenerationConfig.DEFAULT.toBuilder()
            .maxNewTokens(newTokens)
            .search(new SearchRules(beams, 1, 1, SearchRules.EarlyStopping.FALSE))
            .build();
  }

  /** Generates. */
  @Benchmark
  public List<Generation> generate() {
    return generator.generate(prompts, settings, GenerationListener.SILENT);
  }

  /** Frees the model. */
  @TearDown(Level.Trial)
  public void close() {
    model.close();
    backend.close();
  }
}
