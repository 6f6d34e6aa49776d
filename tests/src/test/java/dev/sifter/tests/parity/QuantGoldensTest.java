package dev.sifter.tests.parity;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Storage;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.model.weights.DynamicMap;
import dev.sifter.model.weights.Nf4;
import dev.sifter.model.weights.SafetensorsFile;
import dev.sifter.tests.GoldenTensors;
import dev.sifter.tests.Goldens;
import dev.sifter.tests.TestBackends;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Quantisation against reference results of bitsandbytes' rules: bit for bit. */
class QuantGoldensTest {
  private Path file;

  @BeforeEach
  void find() {
    file = Goldens.golden("quant/quant.safetensors");
  }

  private static Tensor tensor(DType dtype, Object array, long... dims) {
    MemorySegment segment =
        array instanceof float[] floats
            ? MemorySegment.ofArray(floats)
            : MemorySegment.ofArray((byte[]) array);
    return new Tensor(dtype, Shape.of(dims), new Storage.Host(segment), 0);
  }

  private static byte[] bytes(SafetensorsFile golden, String name) {
    return golden.bytes(name).toArray(ValueLayout.JAVA_BYTE);
  }

  @Test
  void booksOfCodes() {
    try (GoldenTensors golden = GoldenTensors.open(file)) {
      assertThat(Nf4.codeBook()).isEqualTo(golden.floats("nf4_code"));
      assertThat(DynamicMap.SIGNED.values()).isEqualTo(golden.floats("dynamic_map_signed"));
      assertThat(DynamicMap.UNSIGNED.values()).isEqualTo(golden.floats("dynamic_map_unsigned"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"nf4.0", "nf4.1"})
  void fourBits(String name) {
    try (SafetensorsFile golden = SafetensorsFile.open(file);
        GoldenTensors floats = GoldenTensors.open(file)) {
      Nf4.Blocks blocks = Nf4.quantize(golden.tensor(name + ".weight"));
      assertThat(blocks.codes()).isEqualTo(bytes(golden, name + ".packed"));
      assertThat(blocks.absmax()).isEqualTo(floats.floats(name + ".absmax"));
      Nf4.NestedScales nested = Nf4.nest(blocks.absmax());
      assertThat(nested.offset()).isEqualTo(floats.floats(name + ".nested_offset")[0]);
      assertThat(nested.absmax()).isEqualTo(floats.floats(name + ".nested_absmax"));
      assertThat(nested.codes()).isEqualTo(bytes(golden, name + ".nested_codes"));
      long[] shape = floats.shape(name + ".weight");
      for (String backend : TestBackends.names()) {
        checkUnpacked(backend, floats, name, blocks, nested, shape);
      }
    }
  }

  private static void checkUnpacked(
      String backendName,
      GoldenTensors golden,
      String name,
      Nf4.Blocks blocks,
      Nf4.NestedScales nested,
      long[] shape) {
    try (Backend backend = TestBackends.open(backendName);
        TensorArena arena = backend.newArena("test")) {
      Tensor codes = tensor(DType.U8, blocks.codes(), blocks.codes().length);
      Tensor book = tensor(DType.F32, Nf4.codeBook(), 16);
      Tensor scales = tensor(DType.F32, blocks.absmax(), blocks.absmax().length);
      for (DType dtype : new DType[] {DType.F32, DType.BF16}) {
        Tensor out = arena.allocate(dtype, Shape.of(shape));
        backend.pointwise().dequantize(codes, 4, book, scales, Nf4.BLOCK_SIZE, 0, out);
        String key = name + (dtype == DType.F32 ? ".dequantised" : ".dequantised_bf16");
        assertThat(floats(backend, arena, out)).isEqualTo(golden.floats(key));
      }
      Tensor unnested = arena.allocate(DType.F32, scales.shape());
      backend
          .pointwise()
          .dequantize(
              tensor(DType.U8, nested.codes(), nested.codes().length),
              8,
              tensor(DType.F32, DynamicMap.SIGNED.values(), 256),
              tensor(DType.F32, nested.absmax(), nested.absmax().length),
              Nf4.NESTED_BLOCK_SIZE,
              nested.offset(),
              unnested);
      assertThat(floats(backend, arena, unnested))
          .isEqualTo(golden.floats(name + ".absmax_after_double_quantisation"));
      Tensor out = arena.allocate(DType.F32, Shape.of(shape));
      backend.pointwise().dequantize(codes, 4, book, unnested, Nf4.BLOCK_SIZE, 0, out);
      assertThat(floats(backend, arena, out))
          .isEqualTo(golden.floats(name + ".dequantised_double"));
    }
  }

  private static float[] floats(Backend backend, TensorArena arena, Tensor tensor) {
    Tensor wide = arena.allocate(DType.F32, tensor.shape());
    backend.pointwise().cast(tensor, wide);
    float[] values = new float[(int) tensor.elements()];
    backend.download(wide, MemorySegment.ofArray(values));
    return values;
  }

  @ParameterizedTest
  @CsvSource({"signed,256", "signed,64", "unsigned,256", "unsigned,64"})
  void eightBits(String sign, int blockSize) {
    String name = "int8.%s.%d".formatted(sign, blockSize);
    DynamicMap map = sign.equals("signed") ? DynamicMap.SIGNED : DynamicMap.UNSIGNED;
    try (SafetensorsFile golden = SafetensorsFile.open(file);
        GoldenTensors floats = GoldenTensors.open(file)) {
      float[] input = floats.floats(name + ".input");
      byte[] codes = new byte[input.length];
      float[] absmax = new float[Math.ceilDiv(input.length, blockSize)];
      for (int block = 0; block < absmax.length; block++) {
        int from = block * blockSize;
        int to = Math.min(from + blockSize, input.length);
        absmax[block] = map.quantizeBlock(Arrays.copyOfRange(input, from, to), codes, from);
      }
      assertThat(codes).isEqualTo(bytes(golden, name + ".codes"));
      assertThat(absmax).isEqualTo(floats.floats(name + ".absmax"));
    }
  }
}
