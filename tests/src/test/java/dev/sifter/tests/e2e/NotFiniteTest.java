package dev.sifter.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sifter.engine.autograd.Parameter;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.model.Json;
import dev.sifter.model.decoder.ModelFolder;
import dev.sifter.model.weights.SafetensorsFile;
import dev.sifter.model.weights.SafetensorsWriter;
import dev.sifter.tests.TestBackends;
import dev.sifter.train.sft.SftConfig;
import dev.sifter.train.sft.SftRun;
import dev.sifter.train.trainer.NotFiniteException;
import dev.sifter.train.trainer.TrainingListener;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A loss or gradient that is not finite stops the run before it reaches the weights. */
class NotFiniteTest {
  @TempDir Path folder;
  private SftConfig config;

  @BeforeEach
  void makeModel() {
    Path model = TinyModel.SMALLEST.write(folder.resolve("model"));
    Path data = TinyModel.writeConversations(folder.resolve("data.jsonl"), 12);
    config = TinyRun.config(model, data, folder.resolve("out"), false);
    config.saveStrategy = "steps";
    config.saveSteps = 1;
  }

  private static List<String> devices() {
    return List.of(TestBackends.fastest(), TestBackends.gpu());
  }

  @ParameterizedTest
  @MethodSource("devices")
  void aLearningRateThatExplodesStopsTheRun(String device) {
    config.device = device;
    config.learningRate = 1e25;
    config.lrSchedulerType = "constant";
    try (SftRun run = SftRun.open(config, false)) {
      assertThatThrownBy(run::run)
          .isInstanceOf(NotFiniteException.class)
          .hasMessageContaining("step 2")
          .hasMessageContaining("The weights are those of step 1")
          .hasMessageContaining("not-finite-step-2.json")
          .hasMessageContaining("Lower learning_rate");
      Path kept = folder.resolve("kept.safetensors");
      SafetensorsWriter.write(kept, ModelFolder.weights(run.model()));
      assertThat(kept).hasSameBinaryContentAs(folder.resolve("out/checkpoint-1/model.safetensors"));
    }
    assertThat(folder.resolve("out/checkpoint-2")).doesNotExist();
    assertThat(folder.resolve("out/model.safetensors")).doesNotExist();
    checkBatchFile(2);
  }

  /** As where the disk is full: why the run stopped is told all the same. */
  @Test
  void aBatchThatCannotBeKeptHidesNothing() throws IOException {
    config.learningRate = 1e25;
    config.lrSchedulerType = "constant";
    Files.createDirectories(folder.resolve("out/not-finite-step-2.json/inside"));
    try (SftRun run = SftRun.open(config, false)) {
      assertThatThrownBy(run::run)
          .isInstanceOf(NotFiniteException.class)
          .hasMessageContaining("gradient norm NaN")
          .hasMessageContaining("the step's batch could not be kept, cannot write")
          .hasCauseInstanceOf(UncheckedIOException.class);
    }
  }

  @ParameterizedTest
  @MethodSource("devices")
  void aWeightThatBecomesNanStopsTheRun(String device) {
    config.device = device;
    String name = "model.layers.1.mlp.down_proj.weight";
    try (SftRun run = SftRun.open(config, false)) {
      run.addListener(
          new TrainingListener() {
            @Override
            public void stepDone(long step, double loss) {
              if (step == 3) {
                spoil(run, name);
              }
            }
          });
      assertThatThrownBy(run::run)
          .isInstanceOf(NotFiniteException.class)
          .hasMessageContaining("step 4: loss NaN")
          .hasMessageContaining("first in the gradient of");
    }
    checkBatchFile(4);
    try (SafetensorsFile good =
        SafetensorsFile.open(folder.resolve("out/checkpoint-2/model.safetensors"))) {
      assertThat(good.tensor(name).segment().get(ValueLayout.JAVA_FLOAT, 0)).isFinite();
    }
  }

  private static void spoil(SftRun run, String name) {
    Parameter parameter =
        run.model().parameters().trainable().stream()
            .filter(candidate -> candidate.name().equals(name))
            .findFirst()
            .orElseThrow();
    Tensor value = parameter.value();
    float[] nan = new float[(int) value.elements()];
    nan[0] = Float.NaN;
    run.backend().upload(MemorySegment.ofArray(nan), value);
  }

  private void checkBatchFile(int step) {
    Path file = folder.resolve("out/not-finite-step-%d.json".formatted(step));
    assertThat(Files.exists(file)).isTrue();
    JsonNode batches = Json.readObject(file).path("micro_batches");
    assertThat(batches).hasSize(config.gradientAccumulationSteps);
    for (JsonNode batch : batches) {
      assertThat(batch.path("input_ids").size())
          .isPositive()
          .isEqualTo(batch.path("positions").size());
      assertThat(batch.path("label_rows").size())
          .isPositive()
          .isEqualTo(batch.path("targets").size());
    }
  }
}
