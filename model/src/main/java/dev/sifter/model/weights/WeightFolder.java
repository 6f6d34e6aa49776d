package dev.sifter.model.weights;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.model.Json;
import dev.sifter.model.ModelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * The weights of a model folder: {@code model.safetensors}, or the shards that {@code
 * model.safetensors.index.json} lists.
 */
public final class WeightFolder implements WeightSource {
  private static final String SINGLE = "model.safetensors";
  private static final String INDEX = "model.safetensors.index.json";

  private final Path folder;
  private final Map<String, SafetensorsFile> shards = new LinkedHashMap<>();
  private final Map<String, SafetensorsFile> fileOfTensor = new LinkedHashMap<>();

  private WeightFolder(Path folder) {
    this.folder = folder;
  }

  /**
   * Maps all weight files of a folder.
   *
   * @throws ModelException if files are missing or broken, or the index contradicts the shards
   */
  public static WeightFolder open(Path folder) {
    WeightFolder weights = new WeightFolder(folder);
    try {
      // In transformers' order: it leaves an index of earlier shards beside a single file.
      if (hasSingle(folder)) {
        SafetensorsFile file = weights.shard(SINGLE);
        file.entries().keySet().forEach(name -> weights.fileOfTensor.put(name, file));
      } else if (hasIndex(folder)) {
        weights.openShards();
      } else {
        throw new ModelException(missing(folder));
      }
      return weights;
    } catch (RuntimeException e) {
      weights.close();
      throw e;
    }
  }

  /** Whether there is something for {@link #open}. */
  public static boolean isIn(Path folder) {
    return hasSingle(folder) || hasIndex(folder);
  }

  private static boolean hasSingle(Path folder) {
    return Files.exists(folder.resolve(SINGLE));
  }

  private static boolean hasIndex(Path folder) {
    return Files.exists(folder.resolve(INDEX));
  }

  private static String missing(Path folder) {
    String other =
        Files.exists(folder.resolve("pytorch_model.bin"))
            ? "; pytorch_model.bin is a pickle, which Sifter never reads: save the model as"
                + " safetensors"
            : "";
    return "%s holds neither %s nor %s%s".formatted(folder, SINGLE, INDEX, other);
  }

  private void openShards() {
    JsonNode map = Json.readObject(folder.resolve(INDEX)).path("weight_map");
    if (!map.isObject()) {
      throw new ModelException(folder.resolve(INDEX) + " has no weight_map");
    }
    for (Map.Entry<String, JsonNode> field : map.properties()) {
      String name = field.getKey();
      String fileName = field.getValue().asText();
      if (!isPlainName(fileName)) {
        throw new ModelException(
            "%s: shard '%s' is not a plain file name".formatted(folder.resolve(INDEX), fileName));
      }
      SafetensorsFile file = shard(fileName);
      if (!file.entries().containsKey(name)) {
        throw new ModelException(
            "%s places '%s' in %s, which does not hold it"
                .formatted(folder.resolve(INDEX), name, fileName));
      }
      fileOfTensor.put(name, file);
    }
  }

  private static boolean isPlainName(String name) {
    return !name.isBlank()
        && !name.equals(".")
        && !name.equals("..")
        && name.chars().noneMatch(c -> c == '/' || c == '\\' || c == 0);
  }

  private SafetensorsFile shard(String fileName) {
    return shards.computeIfAbsent(fileName, name -> SafetensorsFile.open(folder.resolve(name)));
  }

  @Override
  public Set<String> names() {
    return Collections.unmodifiableSet(fileOfTensor.keySet());
  }

  @Override
  public Tensor tensor(String name) {
    SafetensorsFile file = fileOfTensor.get(name);
    if (file == null) {
      throw new ModelException("%s has no tensor '%s'".formatted(folder, name));
    }
    return file.tensor(name);
  }

  @Override
  public String origin() {
    return folder.toString();
  }

  @Override
  public void close() {
    shards.values().forEach(SafetensorsFile::close);
  }
}
