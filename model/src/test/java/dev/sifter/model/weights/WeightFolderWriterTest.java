package dev.sifter.model.weights;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Storage;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.model.Json;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is written, in one file or in shards, opens again with the same bytes. */
class WeightFolderWriterTest {
  @TempDir Path folder;

  private static Tensor tensor(DType dtype, long... shape) {
    Shape extents = Shape.of(shape);
    byte[] bytes = new byte[Math.toIntExact(extents.elements() * dtype.bytes())];
    new Random(extents.elements()).nextBytes(bytes);
    return new Tensor(dtype, extents, new Storage.Host(MemorySegment.ofArray(bytes)), 0);
  }

  private static Map<String, Tensor> tensors() {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put("embedding", tensor(DType.F32, 10, 5));
    tensors.put("half", tensor(DType.BF16, 3, 7));
    tensors.put("f16", tensor(DType.F16, 9));
    tensors.put("scalar", tensor(DType.F64));
    tensors.put("empty", tensor(DType.F32, 0, 4));
    tensors.put("ids", tensor(DType.I32, 2, 2, 2));
    tensors.put("last", tensor(DType.F32, 1));
    return tensors;
  }

  private static void assertEqual(WeightSource actual, Map<String, Tensor> expected) {
    assertThat(actual.names()).containsExactlyInAnyOrderElementsOf(expected.keySet());
    expected.forEach(
        (name, tensor) -> {
          Tensor read = actual.tensor(name);
          assertThat(read.dtype()).isEqualTo(tensor.dtype());
          assertThat(read.shape()).isEqualTo(tensor.shape());
          assertThat(read.segment().toArray(ValueLayout.JAVA_BYTE))
              .as(name)
              .isEqualTo(tensor.segment().toArray(ValueLayout.JAVA_BYTE));
        });
  }

  /** 200, 42, 18, 8, 0, 32 and 4 bytes, in order: shards are filled, never reordered. */
  @ParameterizedTest
  @CsvSource({"1000000,1", "304,1", "303,2", "200,2", "100,3", "1,7"})
  void opensAgain(long maxShardBytes, int shards) throws IOException {
    Map<String, Tensor> tensors = tensors();
    WeightFolderWriter.write(folder, tensors, maxShardBytes);
    try (WeightFolder weights = WeightFolder.open(folder)) {
      assertEqual(weights, tensors);
    }
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.filter(file -> file.toString().endsWith(".safetensors"))).hasSize(shards);
    }
    if (shards > 1) {
      checkIndex(tensors, maxShardBytes, shards);
    } else {
      assertThat(folder.resolve("model.safetensors.index.json")).doesNotExist();
    }
  }

  private void checkIndex(Map<String, Tensor> tensors, long maxShardBytes, int shards) {
    JsonNode index = Json.readObject(folder.resolve("model.safetensors.index.json"));
    assertThat(index.at("/metadata/total_size").asLong())
        .isEqualTo(tensors.values().stream().mapToLong(Tensor::byteSize).sum());
    Map<String, Long> bytes = new LinkedHashMap<>();
    Map<String, Integer> counts = new LinkedHashMap<>();
    index
        .path("weight_map")
        .properties()
        .forEach(
            entry -> {
              String file = entry.getValue().asText();
              bytes.merge(file, tensors.get(entry.getKey()).byteSize(), Long::sum);
              counts.merge(file, 1, Integer::sum);
            });
    for (int i = 1; i <= shards; i++) {
      String file = "model-%05d-of-%05d.safetensors".formatted(i, shards);
      assertThat(bytes).containsKey(file);
      assertThat(bytes.get(file) <= maxShardBytes || counts.get(file) == 1).isTrue();
    }
  }

  @Test
  void aSingleFileReplacesShards() {
    WeightFolderWriter.write(folder, tensors(), 100);
    Map<String, Tensor> fewer = Map.of("only", tensor(DType.F32, 3));
    WeightFolderWriter.write(folder, fewer, 1000);
    try (WeightFolder weights = WeightFolder.open(folder)) {
      assertEqual(weights, fewer);
    }
  }

  /** As transformers leaves a folder where it saves a model anew, in one file. */
  @Test
  void aSingleFileIsReadBesideAnIndexOfEarlierShards() {
    WeightFolderWriter.write(folder, tensors(), 100);
    Map<String, Tensor> fewer = Map.of("only", tensor(DType.F32, 3));
    SafetensorsWriter.write(folder.resolve("model.safetensors"), fewer);
    try (WeightFolder weights = WeightFolder.open(folder)) {
      assertEqual(weights, fewer);
    }
  }

  @Test
  void shardsReplaceASingleFile() {
    WeightFolderWriter.write(folder, Map.of("only", tensor(DType.F32, 3)), 1000);
    WeightFolderWriter.write(folder, tensors(), 100);
    try (WeightFolder weights = WeightFolder.open(folder)) {
      assertEqual(weights, tensors());
    }
    // transformers would read it before it looks for an index.
    assertThat(folder.resolve("model.safetensors")).doesNotExist();
  }

  /** The layout byte for byte, as the format's own description gives it. */
  @Test
  void layoutOfAFile() throws IOException {
    Path file = folder.resolve("x.safetensors");
    float[] values = {1.5f, -2};
    SafetensorsWriter.write(
        file,
        Map.of(
            "w",
            new Tensor(
                DType.F32, Shape.of(2), new Storage.Host(MemorySegment.ofArray(values)), 0)));
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    int header = Math.toIntExact(bytes.getLong());
    assertThat(header % 8).isZero();
    byte[] json = new byte[header];
    bytes.get(json);
    assertThat(new String(json, StandardCharsets.UTF_8).stripTrailing())
        .isEqualTo(
            "{\"__metadata__\":{\"format\":\"pt\"},"
                + "\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}");
    assertThat(bytes.getFloat()).isEqualTo(1.5f);
    assertThat(bytes.getFloat()).isEqualTo(-2f);
    assertThat(bytes.hasRemaining()).isFalse();
  }
}
