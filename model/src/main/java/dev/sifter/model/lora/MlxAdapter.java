package dev.sifter.model.lora;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.model.Json;
import dev.sifter.model.ModelException;
import dev.sifter.model.lora.AdapterTensors.Matrix;
import dev.sifter.model.weights.HostFloats;
import dev.sifter.model.weights.SafetensorsFile;
import dev.sifter.model.weights.SafetensorsWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Adapters of mlx-lm as PEFT's: {@code adapters.safetensors} holds {@code lora_a} [in, r] and
 * {@code lora_b} [r, out], and the scale is a number by itself, not alpha over the rank.
 */
public final class MlxAdapter {
  private static final String WEIGHTS = "adapters.safetensors";

  private MlxAdapter() {}

  /** Whether a folder holds an adapter of mlx-lm. */
  public static boolean isIn(Path folder) {
    return Files.exists(folder.resolve(WEIGHTS));
  }

  /**
   * Writes the adapter of {@code mlx} to {@code folder} in PEFT's format.
   *
   * @param baseModel what the configuration names as the base
   * @throws ModelException if it is neither LoRA nor DoRA, or its tensors do not fit together
   */
  public static void convert(Path mlx, Path folder, String baseModel) {
    ObjectNode config = Json.readObject(mlx.resolve(AdapterFolder.CONFIG));
    String kind = config.path("fine_tune_type").asText("lora");
    if (!kind.equals("lora") && !kind.equals("dora")) {
      throw new ModelException(
          "%s: fine_tune_type is '%s'; supported are lora and dora".formatted(mlx, kind));
    }
    JsonNode parameters = config.path("lora_parameters");
    if (!parameters.path("scale").isNumber()) {
      throw new ModelException(mlx + ": adapter_config.json has no lora_parameters.scale");
    }
    double scale = parameters.path("scale").asDouble();
    Map<String, Tensor> tensors = new TreeMap<>();
    Map<String, Integer> ranks = new LinkedHashMap<>();
    try (SafetensorsFile file = SafetensorsFile.open(mlx.resolve(WEIGHTS))) {
      for (String key : new TreeSet<>(file.entries().keySet())) {
        int dot = key.lastIndexOf('.');
        String module = key.substring(0, Math.max(dot, 0));
        String path = AdapterKeys.PREFIX + module;
        Matrix matrix = matrix(file.tensor(key));
        switch (key.substring(dot + 1)) {
          case "lora_a" -> {
            ranks.put(module, matrix.width());
            tensors.put(path + ".lora_A.weight", transposed(matrix));
          }
          case "lora_b" -> tensors.put(path + ".lora_B.weight", transposed(matrix));
          case "m" ->
              tensors.put(
                  path + ".lora_magnitude_vector",
                  AdapterTensors.hostTensor(matrix).reshape(matrix.values().length));
          default ->
              throw new ModelException("%s: '%s' is no part of an adapter".formatted(mlx, key));
        }
      }
      if (ranks.isEmpty()) {
        throw new ModelException(mlx + " holds no lora_a");
      }
      SafetensorsWriter.write(folder.resolve(AdapterFolder.WEIGHTS), tensors);
    }
    Json.write(folder.resolve(AdapterFolder.CONFIG), peft(config, ranks, scale, baseModel));
  }

  private static ObjectNode peft(
      ObjectNode mlx, Map<String, Integer> ranks, double scale, String baseModel) {
    int rank = ranks.values().iterator().next();
    if (ranks.values().stream().anyMatch(other -> other != rank)) {
      throw new ModelException("an adapter of mlx-lm with ranks %s".formatted(ranks));
    }
    LoraConfig config =
        LoraConfig.builder()
            .r(rank)
            .loraAlpha(scale * rank)
            .loraDropout(mlx.path("lora_parameters").path("dropout").asDouble(0))
            .useDora(mlx.path("fine_tune_type").asText().equals("dora"))
            .targetModules(new TargetModules.Suffixes(List.copyOf(ranks.keySet())))
            .build();
    return AdapterConfigFile.write(config, List.copyOf(ranks.keySet()), false, baseModel);
  }

  private static Tensor transposed(Matrix matrix) {
    return AdapterTensors.hostTensor(AdapterTensors.transposed(matrix));
  }

  private static Matrix matrix(Tensor tensor) {
    return new Matrix(tensor.rows(), tensor.width(), HostFloats.of(tensor));
  }
}
