package dev.sifter.tests.badinput;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sifter.model.ModelException;
import dev.sifter.model.weights.SafetensorsFile;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A weight file from anywhere is refused before memory is taken or bytes are read past its end. */
class SafetensorsTest {
  @TempDir Path folder;

  private Path file(long headerBytes, String header, int dataBytes) throws IOException {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes =
        ByteBuffer.allocate(8 + json.length + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(headerBytes).put(json);
    return Files.write(folder.resolve("model.safetensors"), bytes.array());
  }

  private Path file(String header, int dataBytes) throws IOException {
    return file(header.getBytes(StandardCharsets.UTF_8).length, header, dataBytes);
  }

  private static void assertRefused(Path file, String... parts) {
    var refusal =
        assertThatThrownBy(() -> SafetensorsFile.open(file).close())
            .isInstanceOf(ModelException.class)
            .hasMessageContaining(file.toString());
    for (String part : parts) {
      refusal.hasMessageContaining(part);
    }
  }

  @Test
  void missingFile() {
    assertRefused(folder.resolve("nowhere.safetensors"), "does not exist");
  }

  @Test
  void tooShortForALength() throws IOException {
    Path file = Files.write(folder.resolve("model.safetensors"), new byte[5]);
    assertRefused(file, "5 bytes");
  }

  @ParameterizedTest
  @CsvSource({"1000", "-1", "9223372036854775807", "0"})
  void headerLengthBeyondTheFile(long length) throws IOException {
    assertRefused(file(length, "{}", 0), String.valueOf(length), "10");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "this is not json                                                   | not JSON",
        "[1, 2]                                                             | not a JSON object",
        "{'w': 5}                                                           | 'w' lacks dtype",
        "{'w': {'dtype': 'F32', 'shape': [2]}}                              | 'w' lacks dtype",
        "{'w': {'dtype': 'F32', 'shape': [2], 'data_offsets': [0, 'x']}}    | 'w' lacks dtype",
        "{'w': {'dtype': 'F32', 'shape': [-2], 'data_offsets': [0, 8]}}     | bad shape",
        "{'w': {'dtype': 'F32', 'shape': [1.5], 'data_offsets': [0, 8]}}    | bad shape",
        "{'w': {'dtype': 'F99', 'shape': [2], 'data_offsets': [0, 8]}}      | unknown type 'F99'",
        "{'w': {'dtype': 'F32', 'shape': [2], 'data_offsets': [0, 800]}}    | truncated",
        "{'w': {'dtype': 'F32', 'shape': [2], 'data_offsets': [-8, 0]}}     | truncated",
        "{'w': {'dtype': 'F32', 'shape': [2], 'data_offsets': [8, 0]}}      | 'w'",
        "{'w': {'dtype': 'F32', 'shape': [2], 'data_offsets': [0, 12]}}     | needs 8 bytes",
        "{'w': {'dtype': 'F32', 'shape': [4294967296, 4294967296, 4], 'data_offsets': [0, 8]}}"
            + " | too large",
        "{'w': {'dtype': 'F64', 'shape': [2305843009213693952], 'data_offsets': [0, 8]}}"
            + " | too large",
        "{'w': {'dtype': 'F32', 'shape': [1], 'data_offsets': [0, 18446744073709551616]}} | 'w'",
        "{'a': {'dtype': 'F32', 'shape': [2], 'data_offsets': [0, 8]},"
            + " 'b': {'dtype': 'F32', 'shape': [2], 'data_offsets': [4, 12]}} | overlap",
        "{'w': {'dtype': 'F32', 'shape': [2], 'data_offsets': [0, 8]}}      | take 8 bytes, but it"
            + " holds 16",
        "{'w': {'dtype': 'F32', 'shape': [2], 'data_offsets': [8, 16]}}     | bytes 0 to 8, before"
            + " tensor 'w'",
        "{'a': {'dtype': 'F32', 'shape': [3], 'data_offsets': [4, 16]},"
            + " 'z': {'dtype': 'F32', 'shape': [0], 'data_offsets': [2, 2]}} | before tensor 'z'",
        "{'w': {'dtype': 'F4', 'shape': [3], 'data_offsets': [0, 1]}}       | 12 bits, no whole"
            + " bytes",
        "{'w': {'dtype': 'F32', 'shape': [4], 'data_offsets': {'a': 0, 'b': 16}}} | 'w' lacks"
            + " dtype",
        "{'w': {'dtype': 'F32', 'dtype': 'F32', 'shape': [4], 'data_offsets': [0, 16]}} |"
            + " Duplicate",
        "{'w': {'dtype': 'F32', 'shape': [4], 'data_offsets': [0, 16]}} {}  | not JSON",
        "{'__metadata__': 5}                                                | no object",
        "{'__metadata__': {'format': null}}                                 | 'format', which is no"
            + " string",
        "\uFEFF{'w': {'dtype': 'F32', 'shape': [4], 'data_offsets': [0, 16]}} | not a JSON object"
      })
  void headerThatContradictsItselfOrTheFile(String header, String complaint) throws IOException {
    assertRefused(file(header.strip().replace('\'', '"'), 16), complaint.strip());
  }

  @Test
  void truncatedData() throws IOException {
    assertRefused(
        file("{\"w\": {\"dtype\": \"F32\", \"shape\": [4], \"data_offsets\": [0, 16]}}", 15),
        "'w'",
        "16",
        "15",
        "truncated");
  }

  @Test
  void aTypeThatCannotBeUsedIsNamed() throws IOException {
    Path path = file("{\"w\": {\"dtype\": \"BOOL\", \"shape\": [4], \"data_offsets\": [0, 4]}}", 4);
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      assertThatThrownBy(() -> file.tensor("w"))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("'w' is BOOL")
          .hasMessageContaining("F32");
      assertThatThrownBy(() -> file.tensor("v"))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("no tensor 'v'");
    }
  }

  @ParameterizedTest
  @CsvSource({"F4, 6, 3", "F6_E2M3, 4, 3", "F8_E5M2FNUZ, 3, 3", "C64, 2, 16", "U16, 0, 0"})
  void typesWithoutArithmeticAreMeasured(String dtype, int elements, int bytes) throws IOException {
    String header =
        "{\"__metadata__\": null,"
            + "\"w\": {\"dtype\": \"%s\", \"shape\": [%d], \"data_offsets\": [0, %d]}}";
    Path path = file(header.formatted(dtype, elements, bytes), bytes);
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      assertThat(file.bytes("w").byteSize()).isEqualTo(bytes);
    }
  }

  /** The header's order is free, also where tensors without elements share their place. */
  @Test
  void emptyTensorsLieAnywhere() throws IOException {
    String header =
        "{'b': {'dtype': 'F32', 'shape': [2], 'data_offsets': [8, 16]},"
            + "'a': {'dtype': 'F32', 'shape': [2], 'data_offsets': [0, 8]},"
            + "'none': {'dtype': 'F32', 'shape': [0], 'data_offsets': [0, 0]},"
            + "'no': {'dtype': 'F32', 'shape': [3, 0], 'data_offsets': [8, 8]}}";
    try (SafetensorsFile file = SafetensorsFile.open(file(header.replace('\'', '"'), 16))) {
      assertThat(file.entries().keySet()).containsExactly("b", "a", "none", "no");
    }
  }

  /** Bytes of a good file, changed at random: either it opens, or it says what is wrong. */
  @Test
  void randomDamageNeverEscapesTheChecks() throws IOException {
    long seed = System.nanoTime();
    System.out.println("SafetensorsTest: seed " + seed);
    Random random = new Random(seed);
    String header =
        "{\"a\": {\"dtype\": \"F32\", \"shape\": [2, 2], \"data_offsets\": [0, 16]},"
            + "\"b\": {\"dtype\": \"BF16\", \"shape\": [4], \"data_offsets\": [16, 24]}}";
    Path path = file(header, 24);
    byte[] good = Files.readAllBytes(path);
    for (int i = 0; i < 2000; i++) {
      byte[] bad = good.clone();
      for (int change = random.nextInt(3); change >= 0; change--) {
        bad[random.nextInt(bad.length - 24)] = (byte) random.nextInt(256);
      }
      Files.write(path, bad);
      try (SafetensorsFile file = SafetensorsFile.open(path)) {
        for (String name : file.entries().keySet()) {
          file.bytes(name).toArray(ValueLayout.JAVA_BYTE);
        }
      } catch (ModelException e) {
        assertThat(e).hasMessageContaining(path.toString());
      }
    }
  }
}
