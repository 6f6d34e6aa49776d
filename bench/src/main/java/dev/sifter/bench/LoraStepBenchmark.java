package dev.sifter.bench;

import dev.sifter.engine.Backends;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.backend.gpu.GpuBackend;
import dev.sifter.engine.backend.gpu.WorkProfile;
import dev.sifter.engine.tensor.DType;
import dev.sifter.model.config.ModelConfig;
import dev.sifter.model.decoder.Decoder;
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
 * One LoRA training step (r 16, all linear layers, every token a target) of a model with random
 * weights in a published one's shape: forward, backward, clipping, AdamW. On a GPU the first five
 * steps load kernels and make graphs: {@code -wi 7}.
 *
 * <p>Prints loss and gradient norm of each step, since a step that trains nothing is fast, and the
 * peak memory. {@code java @etc/jvm.args -jar bench/target/benchmarks.jar LoraStep}; on a GPU with
 * {@code -p device=gpu -p dtype=BF16 -p batch=16 -p length=1024}. {@code bench/peers/lora_step.py}
 * does the same in PyTorch.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 4)
@Measurement(iterations = 6)
@Fork(value = 1, jvmArgsAppend = "-Xmx1g")
public class LoraStepBenchmark {
  private static final int RANK = 16;

  /** Whose shape the model has. */
  @Param("SMOLLM2_135M")
  private ModelShape shape;

  /** Where it computes; {@code cpu}, {@code gpu}. */
  @Param("cpu")
  private String device;

  /** Type of the frozen weights, and of a GPU's activations. */
  @Param("F32")
  private DType dtype;

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
    ModelConfig config = shape.config();
    backend = Backends.choose(device, Runtime.getRuntime().availableProcessors(), dtype).backend();
    model =
        Decoder.over(
            config,
            new ParameterStore(backend, new RandomWeights(config, dtype), name -> false, DType.F32)
                .withRoomFor(path -> path.equals("lm_head") ? 0 : RANK));
    LoraConfig lora =
        LoraConfig.builder()
            .r(RANK)
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

  /** One optimizer step. */
  @Benchmark
  public void step() {
    trainer.runUntil(++step);
  }

  private void printProfile(GpuBackend gpu) {
    WorkProfile profile = gpu.profile(() -> trainer.runUntil(++step));
    System.out.printf("%8s %6s %8s %8s  of the device's time%n", "ms", "calls", "µs", "TFLOP/s");
    for (WorkProfile.Entry entry : profile.entries()) {
      System.out.printf(
          "%8.3f %6d %8.1f %8.1f  %s%n",
          entry.millis(),
          entry.count(),
          1e3 * entry.millis() / entry.count(),
          entry.flops() / entry.millis() * 1e-9,
          entry.name());
    }
  }

  /** Prints what a step takes of a GPU's time and the peak memory; frees the model. */
  @TearDown(Level.Trial)
  public void close() throws IOException {
    if (backend instanceof GpuBackend gpu) {
      printProfile(gpu);
    }
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
