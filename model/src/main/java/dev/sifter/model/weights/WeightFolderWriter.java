package dev.sifter.model.weights;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.model.FileErrors;
import dev.sifter.model.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Writes the weights of a model folder as transformers does: one file, or shards and an index. */
public final class WeightFolderWriter {
  /** Shard size of transformers 5. */
  public static final long DEFAULT_MAX_SHARD_BYTES = 50L << 30;

  private WeightFolderWriter() {}

  /**
   * Writes the tensors, in order, into shards of at most {@code maxShardBytes} (a larger tensor
   * gets a shard of its own).
   */
  public static void write(Path folder, Map<String, Tensor> tensors, long maxShardBytes) {
    List<Map<String, Tensor>> shards = split(tensors, maxShardBytes);
    try {
      Files.createDirectories(folder);
      if (shards.size() == 1) {
        SafetensorsWriter.write(folder.resolve("model.safetensors"), tensors);
        Files.deleteIfExists(folder.resolve("model.safetensors.index.json"));
        return;
      }
    } catch (IOException e) {
      throw FileErrors.because("cannot write to " + folder, e);
    }
    ObjectNode index = Json.mapper().createObjectNode();
    long total = tensors.values().stream().mapToLong(Tensor::byteSize).sum();
    index.putObject("metadata").put("total_size", total);
    ObjectNode weightMap = index.putObject("weight_map");
    for (int i = 0; i < shards.size(); i++) {
      String name =
          String.format(Locale.ROOT, "model-%05d-of-%05d.safetensors", i + 1, shards.size());
      SafetensorsWriter.write(folder.resolve(name), shards.get(i));
      shards.get(i).keySet().forEach(tensor -> weightMap.put(tensor, name));
    }
    Json.write(folder.resolve("model.safetensors.index.json"), index);
    removeSingle(folder);
  }

  /** An older single file would be read in place of the shards by those who look for it first. */
  private static void removeSingle(Path folder) {
    try {
      Files.deleteIfExists(folder.resolve("model.safetensors"));
    } catch (IOException e) {
      throw FileErrors.because("cannot remove model.safetensors in " + folder, e);
    }
  }

  private static List<Map<String, Tensor>> split(Map<String, Tensor> tensors, long maxShardBytes) {
    List<Map<String, Tensor>> shards = new ArrayList<>();
    Map<String, Tensor> shard = new LinkedHashMap<>();
    long bytes = 0;
    for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
      if (!shard.isEmpty() && bytes + entry.getValue().byteSize() > maxShardBytes) {
        shards.add(shard);
        shard = new LinkedHashMap<>();
        bytes = 0;
      }
      shard.put(entry.getKey(), entry.getValue());
      bytes += entry.getValue().byteSize();
    }
    shards.add(shard);
    return shards;
  }
}
