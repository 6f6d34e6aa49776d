package dev.sifter.tests.ops;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.tests.Goldens;
import dev.sifter.tests.TestBackends;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Casts of some 500 bit patterns, against PyTorch's: ties, subnormals, overflow, NaN. */
class RoundingGoldensTest {
  static Stream<String> backends() {
    return TestBackends.withGpu().stream();
  }

  @ParameterizedTest
  @MethodSource("backends")
  void castsRoundAsPyTorchDoes(String name) throws IOException {
    JsonNode rows =
        new ObjectMapper().readTree(Goldens.golden("quant/rounding.json").toFile()).get("rows");
    int[] bits = new int[rows.size()];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = hex(rows.get(i), "f32");
    }
    try (Backend backend = TestBackends.open(name);
        TensorArena arena = backend.newArena("casts")) {
      check(backend, arena, rows, bits, DType.BF16, "bf16");
      check(backend, arena, rows, bits, DType.F16, "f16");
    }
  }

  private static void check(
      Backend backend, TensorArena arena, JsonNode rows, int[] bits, DType dtype, String key) {
    Shape shape = Shape.of(bits.length);
    Tensor x = arena.allocate(DType.F32, shape);
    Tensor narrow = arena.allocate(dtype, shape);
    Tensor wide = arena.allocate(DType.F32, shape);
    backend.upload(MemorySegment.ofArray(bits), x);
    backend.pointwise().cast(x, narrow);
    backend.pointwise().cast(narrow, wide);
    short[] narrowBits = new short[bits.length];
    int[] wideBits = new int[bits.length];
    backend.download(narrow, MemorySegment.ofArray(narrowBits));
    backend.download(wide, MemorySegment.ofArray(wideBits));
    for (int i = 0; i < bits.length; i++) {
      JsonNode row = rows.get(i);
      if (row.get("nan").asBoolean()) {
        assertThat(Float.intBitsToFloat(wideBits[i])).as("%s of %s", key, row).isNaN();
      } else {
        assertThat(narrowBits[i]).as("%s of %s", key, row).isEqualTo((short) hex(row, key));
        assertThat(wideBits[i])
            .as("%s and back of %s", key, row)
            .isEqualTo(hex(row, key + "_back"));
      }
    }
  }

  private static int hex(JsonNode row, String key) {
    return Integer.parseUnsignedInt(row.get(key).asText(), 16);
  }
}
