package dev.sifter.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sifter.engine.autograd.Parameter;
import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.ops.LinearCrossEntropy;
import dev.sifter.model.chat.ChatTemplates;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.ModelFolder;
import dev.sifter.model.tokenizer.Tokenizer;
import dev.sifter.tests.Closeness;
import dev.sifter.tests.TestBackends;
import dev.sifter.train.data.DataConfig;
import dev.sifter.train.data.Example;
import dev.sifter.train.data.MicroBatch;
import dev.sifter.train.data.Packing;
import dev.sifter.train.data.PackingStrategy;
import dev.sifter.train.data.SftPreparation;
import dev.sifter.train.sft.SftConfig;
import dev.sifter.train.sft.SftRun;
import dev.sifter.train.trainer.EvalMetrics;
import dev.sifter.train.trainer.TrainingListener;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * One step sees the same eight conversations of unequal length as one batch, as eight accumulated
 * ones, without padding, and packed: it must come to the same loss and the same gradients. A row of
 * gradients is a sum over the batch's T tokens; only the order of the terms differs, which moves a
 * fp32 sum by at most about T · 2⁻²⁴ of its largest terms.
 */
class EquivalenceTest {
  private static final int EXAMPLES = 8;
  private static final double UNIT_ROUNDOFF = 0x1p-24;

  @TempDir static Path folder;
  private static Path model;
  private static Path data;
  private static List<Example> examples;

  /** What one step comes to before its update. */
  private record Step(double loss, Map<String, float[]> gradients) {}

  @BeforeAll
  static void prepare() {
    model = TinyModel.SMALLEST.write(folder.resolve("model"));
    data = TinyModel.writeConversations(folder.resolve("data.jsonl"), EXAMPLES);
    DataConfig config =
        DataConfig.builder().files(List.of(data.toString())).assistantOnlyLoss(true).build();
    examples =
        SftPreparation.prepare(
                config, Tokenizer.load(model), ChatTemplates.find(model).orElseThrow())
            .examples();
  }

  static List<String> backends() {
    return TestBackends.withGpu();
  }

  @ParameterizedTest
  @MethodSource("backends")
  void everyCollationHasTheSameLossAndGradients(String backendName) {
    assertThat(examples.stream().map(Example::length).distinct().count()).isGreaterThan(4);
    int tokens = examples.stream().mapToInt(Example::length).sum();
    double bound = tokens * UNIT_ROUNDOFF;
    List<Example> packed = Packing.pack(examples, 128, PackingStrategy.BFD);
    assertThat(packed).hasSizeLessThan(EXAMPLES);
    try (Backend backend = TestBackends.open(backendName);
        Decoder decoder = ModelFolder.load(model, backend, name -> true)) {
      Step batch = step(decoder, List.of(MicroBatch.padded(examples, 1)));
      Step accumulated =
          step(decoder, examples.stream().map(row -> MicroBatch.padded(List.of(row), 1)).toList());
      Step flat = step(decoder, List.of(MicroBatch.paddingFree(examples)));
      Step packedRows = step(decoder, List.of(MicroBatch.paddingFree(packed)));
      assertSame("accumulated", accumulated, batch, bound);
      assertSame("padding-free", flat, batch, bound);
      assertSame("packed", packedRows, batch, bound);
    }
  }

  private static void assertSame(String what, Step actual, Step expected, double bound) {
    assertThat(actual.loss).as(what).isCloseTo(expected.loss, within(bound * expected.loss));
    expected.gradients.forEach(
        (name, gradient) ->
            Closeness.assertClose(
                what + " " + name,
                actual.gradients.get(name),
                gradient,
                0,
                bound * Closeness.maxMagnitude(gradient)));
  }

  private static Step step(Decoder decoder, List<MicroBatch> batches) {
    long targets = MicroBatch.numItemsInBatch(batches);
    double loss = 0;
    decoder.parameters().trainable().forEach(Parameter::zeroGradient);
    try (TensorArena arena = decoder.backend().newStepArena("step")) {
      for (MicroBatch batch : batches) {
        Tape tape = Tape.recording(decoder.backend(), arena, 0, 0);
        try (Variable hidden = decoder.hidden(tape, batch.tokens(), null)) {
          LinearCrossEntropy.Loss micro =
              decoder.loss(tape, hidden, batch.labelRows(), batch.targets(), 1f / targets);
          loss += micro.sum() / targets;
          tape.backward(micro.total());
        }
        arena.clear();
      }
    }
    Map<String, float[]> gradients = new LinkedHashMap<>();
    for (Parameter parameter : decoder.parameters().trainable()) {
      float[] gradient = new float[(int) parameter.value().elements()];
      decoder.backend().download(parameter.gradientTensor(), MemorySegment.ofArray(gradient));
      gradients.put(parameter.name(), gradient);
    }
    return new Step(loss, gradients);
  }

  /** The same through the options of a run: loss and gradient norm of its first step. */
  @Test
  void optionsOfARunTradeBatchForAccumulation() {
    SftConfig batch = config("batch", 8, 1);
    SftConfig accumulated = config("accumulated", 1, 8);
    SftConfig paddingFree = config("padding-free", 8, 1);
    paddingFree.paddingFree = true;
    SftConfig packed = config("packed", 8, 1);
    packed.packing = true;
    packed.maxLength = 128;
    JsonNode expected = firstLine(batch);
    int tokens = expected.get("num_tokens").asInt();
    for (SftConfig config : List.of(accumulated, paddingFree, packed)) {
      JsonNode actual = firstLine(config);
      assertThat(actual.get("num_tokens").asInt()).isEqualTo(tokens);
      for (String figure : List.of("loss", "grad_norm")) {
        double value = expected.get(figure).asDouble();
        assertThat(actual.get(figure).asDouble())
            .as(config.outputDir + " " + figure)
            .isCloseTo(value, within(tokens * UNIT_ROUNDOFF * value));
      }
    }
  }

  /** Evaluation rows keep to themselves: their mean is over rows, which packing would change. */
  @Test
  void evaluationIsPackedOnlyIfItIsAskedFor() {
    SftConfig config = config("eval", 8, 1);
    config.evalDataset = List.of(data.toString());
    config.checkEvalOverlap = false;
    config.evalStrategy = "steps";
    config.packing = true;
    config.maxLength = 128;
    config.evalPacking = false;
    try (SftRun run = SftRun.open(config, false)) {
      assertThat(run.data().examples()).hasSizeLessThan(EXAMPLES);
      assertThat(run.evalRows()).isEqualTo(EXAMPLES);
    }
    config.evalPacking = null;
    try (SftRun run = SftRun.open(config, false)) {
      assertThat(run.evalRows()).isEqualTo(run.data().examples().size());
    }
  }

  /** As with transformers, whose option also leaves out the last, smaller batch of evaluations. */
  @Test
  void evaluationLeavesOutWhatFillsNoBatch() throws IOException {
    SftConfig config = config("whole-batches", 8, 1);
    config.evalDataset = List.of(data.toString());
    config.checkEvalOverlap = false;
    config.evalStrategy = "steps";
    config.perDeviceEvalBatchSize = 3;
    config.dataloaderDropLast = true;
    SftConfig first = config("first-rows", 8, 1);
    Path six = folder.resolve("six.jsonl");
    Files.write(six, Files.readAllLines(data).subList(0, 6));
    first.evalDataset = List.of(six.toString());
    first.checkEvalOverlap = false;
    first.evalStrategy = "steps";
    first.perDeviceEvalBatchSize = 3;
    assertThat(evalLoss(config)).isEqualTo(evalLoss(first));
  }

  private static double evalLoss(SftConfig config) {
    List<EvalMetrics> metrics = new ArrayList<>();
    TinyRun.run(
        config,
        false,
        new TrainingListener() {
          @Override
          public void evaluated(long step, EvalMetrics evaluated) {
            metrics.add(evaluated);
          }
        });
    return metrics.getLast().evalLoss();
  }

  private static SftConfig config(String name, int batchSize, int accumulation) {
    SftConfig config = TinyRun.config(model, data, folder.resolve(name), false);
    config.maxSteps = 1;
    config.perDeviceTrainBatchSize = batchSize;
    config.gradientAccumulationSteps = accumulation;
    return config;
  }

  private static JsonNode firstLine(SftConfig config) {
    TinyRun.run(config, false);
    return TinyRun.stepLines(config).getFirst();
  }
}
