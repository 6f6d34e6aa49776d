package dev.sifter.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.engine.Backends;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.tensor.DType;
import dev.sifter.model.Json;
import dev.sifter.model.config.ModelConfig;
import dev.sifter.model.config.ModelConfigReader;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.FreshWeights;
import dev.sifter.model.decoder.ParameterStore;
import dev.sifter.model.lora.AdaptedModel;
import dev.sifter.model.lora.LoraConfig;
import dev.sifter.model.lora.TargetModules;
import dev.sifter.train.data.Example;
import dev.sifter.train.data.MicroBatch;
import dev.sifter.train.trainer.StepBatches;
import dev.sifter.train.trainer.StepMetrics;
import dev.sifter.train.trainer.Trainer;
import dev.sifter.train.trainer.TrainingArguments;
import dev.sifter.train.trainer.TrainingListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
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
 * One LoRA training step (r 16, all linear layers, every token a target) of a model in
 * SmolLM2-135M's shape with random weights: forward, backward, clipping, AdamW.
 *
 * <p>Prints loss and gradient norm of each step, since a step that trains nothing is fast, and the
 * process's peak resident memory. {@code java @etc/jvm.args -jar bench/target/benchmarks.jar
 * LoraStep}
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 4)
@Measurement(iterations = 6)
@Fork(value = 1, jvmArgsAppend = "-Xmx1g")
public class LoraStepBenchmark {
  /** Rows of a step. */
  @Param("4")
  private int batch;

  /** Tokens of a row. */
  @Param("256")
  private int length;

  private Backend backend;
  private Decoder model;
  private Trainer trainer;
  private long step;

  /** Builds the model. */
  @Setup(Level.Trial)
  public void open() {
    ModelConfig config = ModelConfigReader.read(smolLm2());
    backend = Backends.open("auto", Runtime.getRuntime().availableProcessors());
    model =
        Decoder.over(
            config,
            new ParameterStore(backend, new FreshWeights(config, 0), name -> false, DType.F32));
    LoraConfig lora =
        LoraConfig.builder()
            .r(16)
            .loraAlpha(32)
            .targetModules(new TargetModules.AllLinear())
            .build();
    AdaptedModel.attachFresh(model, lora, 0);
    TrainingArguments arguments = new TrainingArguments();
    arguments.outputDir = System.getProperty("java.io.tmpdir");
    arguments.learningRate = 2e-4;
    arguments.lrSchedulerType = "constant";
    arguments.maxSteps = Long.MAX_VALUE;
    arguments.loggingSteps = 1;
    arguments.gradientCheckpointing = false;
    MicroBatch tokens = randomBatch(config.vocabSize());
    trainer = new Trainer(model, arguments, new SameBatch(tokens), List.of());
    trainer.addListener(
        new TrainingListener() {
          @Override
          public void logged(StepMetrics metrics) {
            System.out.printf(
                "loss %.4f, gradient norm %.4f, %.1f tokens/s%n",
                metrics.loss(), metrics.gradNorm(), metrics.tokensPerSecond());
          }
        });
  }

  private record SameBatch(MicroBatch batch) implements StepBatches {
    @Override
    public long stepsPerEpoch() {
      return 1;
    }

    @Override
    public List<MicroBatch> batches(long step) {
      return List.of(batch);
    }
  }

  private MicroBatch randomBatch(int vocabSize) {
    Random random = new Random(0);
    List<Example> rows = new ArrayList<>();
    for (int row = 0; row < batch; row++) {
      int[] ids = random.ints(length, 0, vocabSize).toArray();
      rows.add(Example.of(ids, ids));
    }
    return MicroBatch.padded(rows, 1);
  }

  private static ObjectNode smolLm2() {
    ObjectNode config = Json.mapper().createObjectNode();
    config.put("model_type", "llama");
    config.put("vocab_size", 49152);
    config.put("hidden_size", 576);
    config.put("intermediate_size", 1536);
    config.put("num_hidden_layers", 30);
    config.put("num_attention_heads", 9);
    config.put("num_key_value_heads", 3);
    config.put("max_position_embeddings", 8192);
    config.put("rms_norm_eps", 1e-5);
    config.put("rope_theta", 100000.0);
    config.put("tie_word_embeddings", true);
    return config;
  }

  /** One optimizer step. */
  @Benchmark
  public void step() {
    trainer.runUntil(++step);
  }

  /** Frees the model and prints the peak memory. */
  @TearDown(Level.Trial)
  public void close() throws IOException {
    System.out.printf(
        "peak in arenas: %.0f MiB%n", backend.ledger().peakBytes() / (double) (1 << 20));
    Path status = Path.of("/proc/self/status");
    if (Files.exists(status)) {
      Files.readAllLines(status).stream()
          .filter(line -> line.startsWith("VmHWM"))
          .forEach(System.out::println);
    }
    trainer.close();
    model.close();
    backend.close();
  }
}
