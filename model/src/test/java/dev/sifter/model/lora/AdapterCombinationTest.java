package dev.sifter.model.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sifter.engine.tensor.Tensor;
import dev.sifter.model.ModelException;
import dev.sifter.model.lora.AdapterTensors.Matrix;
import dev.sifter.model.weights.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What adapters must have in common; the numbers are compared with PEFT's elsewhere. */
class AdapterCombinationTest {
  private static final String MODULE = "base_model.model.model.layers.0.self_attn.q_proj";

  @TempDir Path folder;

  private Path adapter(String name, Matrix a, Matrix b) throws IOException {
    return adapter(
        name,
        Map.of(
            MODULE + ".lora_A.weight", AdapterTensors.hostTensor(a),
            MODULE + ".lora_B.weight", AdapterTensors.hostTensor(b)));
  }

  private Path adapter(String name, Map<String, Tensor> tensors) throws IOException {
    Path adapter = Files.createDirectory(folder.resolve(name));
    Files.writeString(
        adapter.resolve(AdapterFolder.CONFIG),
        "{\"peft_type\": \"LORA\", \"r\": 2, \"lora_alpha\": 2, \"target_modules\": [\"q_proj\"]}");
    SafetensorsWriter.write(adapter.resolve(AdapterFolder.WEIGHTS), tensors);
    return adapter;
  }

  private static Matrix zeros(int rows, int width) {
    return new Matrix(rows, width, new float[rows * width]);
  }

  private static AdapterCombination half(CombinationType type) {
    return new AdapterCombination(type, List.of(0.5, 0.5), 0.5, false, 0, 1);
  }

  @ParameterizedTest
  @EnumSource
  void refusesLayersOfDifferentSizes(CombinationType type) throws IOException {
    Path first = adapter("first", zeros(2, 6), zeros(4, 2));
    Path wider = adapter("wider", zeros(2, 8), zeros(4, 2));
    Path taller = adapter("taller", zeros(2, 6), zeros(3, 2));
    for (Path other : List.of(wider, taller)) {
      assertThatThrownBy(() -> half(type).write(List.of(first, other), folder, "base"))
          .isInstanceOf(ModelException.class)
          .hasMessageStartingWith("'%s' has A and B of [2, 6] and [4, 2] in one".formatted(MODULE))
          .hasMessageEndingWith("combine adapters of one base model");
    }
    assertThat(folder.resolve(AdapterFolder.WEIGHTS)).doesNotExist();
  }

  @Test
  void refusesAnAAndABThatDoNotMultiply() throws IOException {
    Path first = adapter("first", zeros(2, 6), zeros(4, 2));
    Path broken = adapter("broken", zeros(2, 6), zeros(4, 3));
    assertThatThrownBy(
            () -> half(CombinationType.CAT).write(List.of(first, broken), folder, "base"))
        .isInstanceOf(ModelException.class)
        .hasMessageEndingWith("has an A of [2, 6] and a B of [4, 3], which do not multiply");
  }

  /** A module that only one adapter has keeps its rank; the scale of the result is 1 in each. */
  @Test
  void modulesOfDifferentRanksKeepTheirScale() throws IOException {
    Path first = adapter("first", zeros(2, 6), zeros(4, 2));
    String other = MODULE.replace("q_proj", "k_proj");
    Map<String, Tensor> both =
        Map.of(
            MODULE + ".lora_A.weight", AdapterTensors.hostTensor(zeros(2, 6)),
            MODULE + ".lora_B.weight", AdapterTensors.hostTensor(zeros(4, 2)),
            other + ".lora_A.weight", AdapterTensors.hostTensor(zeros(2, 6)),
            other + ".lora_B.weight", AdapterTensors.hostTensor(zeros(4, 2)));
    Path second = adapter("second", both);

    half(CombinationType.CAT).write(List.of(first, second), folder, "base");

    try (AdapterFolder combined = AdapterFolder.open(folder)) {
      LoraConfig config = combined.config();
      assertThat(config.rank("model.layers.0.self_attn.q_proj")).isEqualTo(4);
      assertThat(config.rank("model.layers.0.self_attn.k_proj")).isEqualTo(2);
      assertThat(config.scale("model.layers.0.self_attn.q_proj")).isEqualTo(1);
      assertThat(config.scale("model.layers.0.self_attn.k_proj")).isEqualTo(1);
    }
  }

  @Test
  void refusesANegativeRank() {
    assertThatThrownBy(
            () -> new AdapterCombination(CombinationType.SVD, List.of(1.0), 0.5, false, -1, 1))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("rank of the approximation is -1");
  }
}
