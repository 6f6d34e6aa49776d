package dev.sifter.tests.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sifter.kernels.gpu.DeviceBuffer;
import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.gpu.emulator.EmulatedGpu;
import dev.sifter.kernels.library.Array;
import dev.sifter.kernels.library.Dequantize;
import dev.sifter.kernels.library.Int8Quantize;
import dev.sifter.kernels.library.Launch;
import dev.sifter.kernels.library.LoadedKernels;
import dev.sifter.kernels.library.Nf4Dequantize;
import dev.sifter.kernels.library.Nf4Quantize;
import dev.sifter.kernels.library.PairSum;
import dev.sifter.kernels.library.QuantizationCodes;
import dev.sifter.kernels.library.QuantizedGemv;
import dev.sifter.kernels.library.QuantizedMatrix;
import dev.sifter.kernels.library.catalog.Elements;
import dev.sifter.kernels.ptx.ElementType;
import dev.sifter.kernels.ptx.PtxTarget;
import dev.sifter.tests.GoldenTensors;
import dev.sifter.tests.Goldens;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The quantising kernels on the emulator against what bitsandbytes' rules give, bit for bit. */
class QuantizationGoldensTest {
  private final EmulatedGpu gpu = EmulatedGpu.open();
  private final LoadedKernels kernels = new LoadedKernels(gpu, PtxTarget.SM_80);
  private final List<DeviceBuffer> buffers = new ArrayList<>();
  private GoldenTensors golden;

  @BeforeEach
  void open() {
    golden = GoldenTensors.open(Goldens.golden("quant/quant.safetensors"));
  }

  @AfterEach
  void close() {
    buffers.forEach(DeviceBuffer::close);
    gpu.close();
    if (golden != null) {
      golden.close();
    }
  }

  @Test
  void knowsTheCodes() {
    assertThat(QuantizationCodes.nf4()).isEqualTo(golden.floats("nf4_code"));
    assertThat(QuantizationCodes.signed8()).isEqualTo(golden.floats("dynamic_map_signed"));
    assertThat(QuantizationCodes.unsigned8()).isEqualTo(golden.floats("dynamic_map_unsigned"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"nf4.0.", "nf4.1."})
  void quantisesToNf4(String name) {
    float[] weight = golden.floats(name + "weight");
    byte[] packed = golden.bytes(name + "packed");
    float[] absmax = golden.floats(name + "absmax");
    DeviceSlice codes = bytes(packed.length);
    Array maxima = output(absmax.length);
    run(Nf4Quantize.launches(input(weight), codes, maxima, weight.length));
    assertThat(read(codes)).isEqualTo(packed);
    assertThat(numbers(maxima)).isEqualTo(absmax);
  }

  @ParameterizedTest
  @ValueSource(strings = {"nf4.0.", "nf4.1."})
  void quantisesTheMagnitudesAgain(String name) {
    float[] absmax = golden.floats(name + "absmax");
    byte[] expected = golden.bytes(name + "nested_codes");
    DeviceSlice codes = bytes(expected.length);
    Array maxima = output(1);
    Array sum = output(2);
    Array mean = output(1);
    Array scratch = output((int) PairSum.SCRATCH_ELEMENTS);
    Array x = input(absmax);
    run(PairSum.launchesOfValues(x, absmax.length, scratch, sum));
    run(
        Int8Quantize.launches(
            x, midpoints(QuantizationCodes.signed8()), codes, maxima, sum, mean, absmax.length));
    assertThat(numbers(mean)).isEqualTo(golden.floats(name + "nested_offset"));
    assertThat(read(codes)).isEqualTo(expected);
    assertThat(numbers(maxima)).isEqualTo(golden.floats(name + "nested_absmax"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"nf4.0.", "nf4.1."})
  void dequantises(String name) {
    float[] expected = golden.floats(name + "dequantised");
    Nf4Dequantize.Magnitudes plain =
        Nf4Dequantize.Magnitudes.plain(input(golden.floats(name + "absmax")));
    assertThat(dequantised(name, plain, ElementType.F32)).isEqualTo(expected);
    assertThat(dequantised(name, plain, ElementType.BF16))
        .isEqualTo(golden.floats(name + "dequantised_bf16"));
    Nf4Dequantize.Magnitudes twice =
        new Nf4Dequantize.Magnitudes(
            null,
            bytesOf(golden.bytes(name + "nested_codes")),
            input(golden.floats(name + "nested_absmax")),
            input(golden.floats(name + "nested_offset")),
            input(QuantizationCodes.signed8()));
    assertThat(dequantised(name, twice, ElementType.F32))
        .isEqualTo(golden.floats(name + "dequantised_double"));
  }

  private float[] dequantised(String name, Nf4Dequantize.Magnitudes magnitudes, ElementType type) {
    byte[] packed = golden.bytes(name + "packed");
    int rows = (int) golden.shape(name + "weight")[0];
    int width = (int) golden.shape(name + "weight")[1];
    int words = Math.ceilDiv(rows * width, 8) * Integer.BYTES;
    Array out = new Array(bytes(rows * width * type.bytes()), type);
    run(
        Nf4Dequantize.launches(
            bytesOf(Arrays.copyOf(packed, words)), magnitudes, out, width, rows, width));
    return numbers(out);
  }

  /** The kernel that unpacks numbers of any kind, as the GPU backend uses it: scales first. */
  @ParameterizedTest
  @ValueSource(strings = {"nf4.0.", "nf4.1."})
  void dequantisesInTwoSteps(String name) {
    byte[] codes = golden.bytes(name + "nested_codes");
    float offset = golden.floats(name + "nested_offset")[0];
    Array scales = output(codes.length);
    run(
        Dequantize.launches(
            bytesOf(codes),
            8,
            input(QuantizationCodes.signed8()),
            input(golden.floats(name + "nested_absmax")),
            256,
            offset,
            scales,
            codes.length));
    float[] expected = golden.floats(name + "dequantised_double");
    Array out = output(expected.length);
    run(
        Dequantize.launches(
            bytesOf(golden.bytes(name + "packed")),
            4,
            input(QuantizationCodes.nf4()),
            scales,
            64,
            0,
            out,
            expected.length));
    assertThat(numbers(out)).isEqualTo(expected);
  }

  /** Products with unit vectors are the weights themselves, to the last bit. */
  @Test
  void multipliesByWhatUnpackingGives() {
    String name = "nf4.0.";
    int rows = (int) golden.shape(name + "weight")[0];
    int width = (int) golden.shape(name + "weight")[1];
    DeviceSlice packed = bytesOf(golden.bytes(name + "packed"));
    Array book = input(QuantizationCodes.nf4());
    QuantizedMatrix plain =
        new QuantizedMatrix(
            rows, width, packed, book, 64, input(golden.floats(name + "absmax")), null);
    QuantizedMatrix.NestedScales nested =
        new QuantizedMatrix.NestedScales(
            bytesOf(golden.bytes(name + "nested_codes")),
            input(QuantizationCodes.signed8()),
            input(golden.floats(name + "nested_absmax")),
            256,
            golden.floats(name + "nested_offset")[0]);
    QuantizedMatrix doubly = new QuantizedMatrix(rows, width, packed, book, 64, null, nested);
    assertThat(columns(plain, ElementType.F32)).isEqualTo(golden.floats(name + "dequantised"));
    assertThat(columns(plain, ElementType.BF16))
        .isEqualTo(golden.floats(name + "dequantised_bf16"));
    assertThat(columns(doubly, ElementType.F32))
        .isEqualTo(golden.floats(name + "dequantised_double"));
  }

  /** All elements of a matrix, column by column through the product. */
  private float[] columns(QuantizedMatrix matrix, ElementType rounding) {
    int rows = QuantizedGemv.MAX_ROWS;
    float[] elements = new float[matrix.rows() * matrix.width()];
    for (int first = 0; first < matrix.width(); first += rows) {
      float[] units = new float[rows * matrix.width()];
      for (int i = 0; i < rows; i++) {
        units[i * matrix.width() + first + i] = 1;
      }
      Array c = output(rows * matrix.rows());
      run(
          QuantizedGemv.launches(
              rows, input(units), matrix.width(), matrix, rounding, 1, 0, c, matrix.rows()));
      float[] products = numbers(c);
      for (int i = 0; i < products.length; i++) {
        elements[i % matrix.rows() * matrix.width() + first + i / matrix.rows()] = products[i];
      }
    }
    return elements;
  }

  @ParameterizedTest
  @ValueSource(strings = {"signed", "unsigned"})
  void quantisesToEightBits(String sign) {
    String name = "int8." + sign + ".256.";
    float[] map =
        sign.equals("signed") ? QuantizationCodes.signed8() : QuantizationCodes.unsigned8();
    float[] x = golden.floats(name + "input");
    float[] absmax = golden.floats(name + "absmax");
    DeviceSlice codes = bytes(x.length);
    Array maxima = output(absmax.length);
    run(Int8Quantize.launches(input(x), midpoints(map), codes, maxima, null, null, x.length));
    assertThat(read(codes)).isEqualTo(golden.bytes(name + "codes"));
    assertThat(numbers(maxima)).isEqualTo(absmax);
  }

  private Array midpoints(float[] map) {
    return input(Arrays.copyOf(QuantizationCodes.midpoints(map), map.length));
  }

  private void run(List<Launch> launches) {
    kernels.run(gpu.stream(), launches);
  }

  private Array input(float[] values) {
    DeviceSlice slice = bytes(values.length * Float.BYTES);
    gpu.stream().copyToDevice(MemorySegment.ofArray(values), slice);
    return new Array(slice, ElementType.F32);
  }

  private Array output(int count) {
    return new Array(bytes(count * Float.BYTES), ElementType.F32);
  }

  private DeviceSlice bytes(int count) {
    DeviceBuffer buffer = gpu.allocate(count);
    buffers.add(buffer);
    return buffer.all();
  }

  private DeviceSlice bytesOf(byte[] values) {
    DeviceSlice slice = bytes(values.length);
    gpu.stream().copyToDevice(MemorySegment.ofArray(values), slice);
    return slice;
  }

  private byte[] read(DeviceSlice slice) {
    byte[] bytes = new byte[(int) slice.byteSize()];
    gpu.stream().copyToHost(slice, MemorySegment.ofArray(bytes));
    gpu.stream().synchronize();
    return bytes;
  }

  private float[] numbers(Array array) {
    return Elements.decode(array.type(), read(array.slice()));
  }
}
