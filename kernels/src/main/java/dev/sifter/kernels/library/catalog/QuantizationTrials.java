package dev.sifter.kernels.library.catalog;

import static dev.sifter.kernels.library.catalog.HardShapes.HIDDEN_SIZES;
import static dev.sifter.kernels.library.catalog.HardShapes.TOKENS;
import static dev.sifter.kernels.library.catalog.HardShapes.each;
import static dev.sifter.kernels.library.catalog.HardShapes.join;
import static dev.sifter.kernels.ptx.ElementType.BF16;
import static dev.sifter.kernels.ptx.ElementType.F32;

import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.library.Dequantize;
import dev.sifter.kernels.library.Int8Quantize;
import dev.sifter.kernels.library.Launch;
import dev.sifter.kernels.library.Nf4Dequantize;
import dev.sifter.kernels.library.Nf4Quantize;
import dev.sifter.kernels.library.PairSum;
import dev.sifter.kernels.library.QuantizationCodes;
import dev.sifter.kernels.ptx.ElementType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Weights and scales in four and eight bits. */
final class QuantizationTrials {
  private static final Tolerance BITWISE = Tolerance.exact("the same fp32 operations as Java's");

  private QuantizationTrials() {}

  static List<KernelEntry> all() {
    return List.of(nf4Quantize(), int8Quantize(), nf4Dequantize(), dequantize());
  }

  private static KernelEntry nf4Quantize() {
    return new KernelEntry(
        "nf4-quantize",
        "weights to NF4: blocks of 64, four bits each",
        join(
            List.of(nf4Quantize(F32, 1000), nf4Quantize(F32, 1), nf4Quantize(BF16, 4096 + 63)),
            each(HIDDEN_SIZES, width -> nf4Quantize(BF16, 3 * width)),
            each(TOKENS, n -> nf4Quantize(F32, n))),
        nf4Quantize(BF16, 1 << 24));
  }

  private static KernelTrial nf4Quantize(ElementType type, int n) {
    return new KernelTrial(
        "%s, %d weights, a block of zeros among them".formatted(type, n),
        memory -> {
          TrialArray x = weights(memory, type, n);
          Lazy<ReferenceQuantization> reference = Lazy.of(() -> ReferenceQuantization.nf4(x));
          DeviceSlice packed = memory.allocate(Math.ceilDiv(n, 2));
          TrialArray absmax = memory.output(F32, Math.ceilDiv(n, 64));
          return new Trial(Nf4Quantize.launches(x.array(), packed, absmax.array(), n))
              .expectBytes("packed", packed, () -> reference.get().packed())
              .expect("absmax", absmax, i -> reference.get().absmax()[i], BITWISE)
              .work((long) n * type.bytes() + n / 2, 32.0 * n);
        });
  }

  private static TrialArray weights(TrialMemory memory, ElementType type, int n) {
    TrialArray noise = memory.normal(F32, n, 0.05);
    return memory.of(type, n, i -> i / 64 == 1 ? 0 : noise.get(i) * (i % 97 == 0 ? 12 : 1));
  }

  private static KernelEntry int8Quantize() {
    return new KernelEntry(
        "int8-quantize",
        "fp32 numbers to eight bits: blocks of 256",
        join(
            List.of(int8Quantize(700, false), int8Quantize(80, true), int8Quantize(1, false)),
            each(TOKENS, n -> int8Quantize(n, false))),
        int8Quantize(1 << 22, false));
  }

  private static KernelTrial int8Quantize(int n, boolean centred) {
    return new KernelTrial(
        "%d numbers%s".formatted(n, centred ? ", their mean taken away" : ""),
        memory -> {
          TrialArray noise = memory.normal(F32, n);
          // Multiples of 2⁻¹², so that their fp32 mean is that of any order.
          TrialArray x = memory.of(F32, n, i -> Math.rint(4096 * Math.pow(noise.get(i), 3)) / 4096);
          float[] map = QuantizationCodes.signed8();
          TrialArray midpoints = midpoints(memory, map);
          Lazy<Float> mean =
              Lazy.of(
                  () -> centred ? (float) IntStream.range(0, n).mapToDouble(x::get).sum() / n : 0);
          Lazy<ReferenceQuantization> reference =
              Lazy.of(() -> ReferenceQuantization.int8(x.values(), mean.get(), map));
          DeviceSlice codes = memory.allocate(n);
          TrialArray absmax = memory.output(F32, Math.ceilDiv(n, 256));
          TrialArray scratch = memory.output(F32, PairSum.SCRATCH_ELEMENTS);
          TrialArray pair = memory.output(F32, 2);
          TrialArray offset = memory.output(F32, 1);
          List<Launch> launches = new ArrayList<>();
          if (centred) {
            launches.addAll(PairSum.launchesOfValues(x.array(), n, scratch.array(), pair.array()));
          }
          launches.addAll(
              Int8Quantize.launches(
                  x.array(),
                  midpoints.array(),
                  codes,
                  absmax.array(),
                  centred ? pair.array() : null,
                  centred ? offset.array() : null,
                  n));
          Trial trial =
              new Trial(launches)
                  .expectBytes("codes", codes, () -> reference.get().codes())
                  .expect("absmax", absmax, i -> reference.get().absmax()[i], BITWISE)
                  .work(5L * n, 20.0 * n);
          return centred ? trial.expect("mean", offset, i -> mean.get(), BITWISE) : trial;
        });
  }

  static TrialArray midpoints(TrialMemory memory, float[] map) {
    float[] midpoints = Arrays.copyOf(QuantizationCodes.midpoints(map), 256);
    return memory.of(F32, 256, i -> midpoints[i]);
  }

  static TrialArray table(TrialMemory memory, float[] map) {
    return memory.of(F32, map.length, i -> map[i]);
  }

  private static KernelEntry nf4Dequantize() {
    return new KernelEntry(
        "nf4-dequantize",
        "NF4 weights to numbers, magnitudes in fp32 or eight bits",
        join(
            List.of(
                nf4Dequantize(BF16, 40, 128, 64, true),
                nf4Dequantize(F32, 33, 38, 0, false),
                nf4Dequantize(BF16, 33, 37, 0, true),
                nf4Dequantize(F32, 1, 1, 0, false),
                nf4Dequantize(BF16, 3, 64, 4, false)),
            each(TOKENS, rows -> nf4Dequantize(BF16, rows, 24, 8, true)),
            each(HIDDEN_SIZES, width -> nf4Dequantize(BF16, 3, width, 64, true))),
        nf4Dequantize(BF16, 4096, 14336, 64, true));
  }

  private static KernelTrial nf4Dequantize(
      ElementType type, int rows, int width, int border, boolean doubly) {
    return new KernelTrial(
        "%d rows of %d to %s, %d apart%s"
            .formatted(
                rows, width, type, width + border, doubly ? ", magnitudes in eight bits" : ""),
        memory -> {
          int n = rows * width;
          int stride = width + border;
          TrialArray original = weights(memory, F32, n);
          int blocks = Math.ceilDiv(n, 64);
          Lazy<ReferenceQuantization> reference =
              Lazy.of(() -> ReferenceQuantization.nf4(original));
          Lazy<byte[]> codesOfWeights = Lazy.of(() -> reference.get().packed());
          float[] map = QuantizationCodes.signed8();
          float offset = 0.25f;
          Lazy<ReferenceQuantization> nested =
              Lazy.of(() -> ReferenceQuantization.int8(reference.get().absmax(), offset, map));
          Nf4Dequantize.Magnitudes magnitudes =
              doubly
                  ? new Nf4Dequantize.Magnitudes(
                      null,
                      memory.derivedBytes(blocks, () -> nested.get().codes()),
                      memory
                          .derived(F32, Math.ceilDiv(blocks, 256), i -> nested.get().absmax()[i])
                          .array(),
                      memory.of(F32, 1, i -> offset).array(),
                      table(memory, map).array())
                  : Nf4Dequantize.Magnitudes.plain(
                      memory.derived(F32, blocks, i -> reference.get().absmax()[i]).array());
          int bytes = Math.ceilDiv(n, 8) * Integer.BYTES;
          DeviceSlice packed =
              memory.derivedBytes(bytes, () -> Arrays.copyOf(codesOfWeights.get(), bytes));
          TrialArray out = memory.of(type, (long) rows * stride, i -> 7);
          float[] codes = QuantizationCodes.nf4();
          return new Trial(
                  Nf4Dequantize.launches(packed, magnitudes, out.array(), stride, rows, width))
              .expect(
                  "out",
                  out,
                  i -> {
                    if (i % stride >= width) {
                      return 7;
                    }
                    int at = i / stride * width + i % stride;
                    int b = at / 64;
                    float magnitude =
                        doubly
                            ? map[nested.get().codes()[b] & 0xFF] * nested.get().absmax()[b / 256]
                                + offset
                            : reference.get().absmax()[b];
                    int code = codesOfWeights.get()[at / 2] >> (at % 2 == 0 ? 4 : 0) & 0xF;
                    return codes[code] * magnitude;
                  },
                  BITWISE)
              .work(n / 2 + n / 64 + (long) n * type.bytes(), n);
        });
  }

  private static KernelEntry dequantize() {
    return new KernelEntry(
        "dequantize",
        "out[i] = codeBook[code[i]]·scales[i / block] + offset",
        join(
            List.of(
                dequantize(4, BF16, 64, 1, 4096, 0, 0),
                dequantize(8, F32, 256, 1, 1024, 0, 0.25f),
                dequantize(4, F32, 3, 1, 31, 0, 0.5f),
                dequantize(8, F32, 256, 1, 700, 0, 0.25f),
                dequantize(4, BF16, 64, 9, 72, 64, 0),
                dequantize(4, F32, 64, 5, 33, 2, 0)),
            each(TOKENS, n -> dequantize(4, BF16, 64, 1, n, 0, 0)),
            each(TOKENS, n -> dequantize(8, F32, 256, 1, n, 0, 0.25f)),
            each(HIDDEN_SIZES, width -> dequantize(4, BF16, 64, 3, width, 0, 0))),
        dequantize(4, BF16, 64, 1, 1 << 24, 0, 0));
  }

  private static KernelTrial dequantize(
      int bits, ElementType type, int block, int rows, int width, int border, float offset) {
    int n = rows * width;
    int stride = width + border;
    return new KernelTrial(
        "%d codes of %d bits in blocks of %d to %s, offset %s, rows of %d %d apart"
            .formatted(n, bits, block, type, offset, width, stride),
        memory -> {
          float[] book = bits == 4 ? QuantizationCodes.nf4() : QuantizationCodes.signed8();
          int[] codes = memory.randomIntegers(n, 1 << bits);
          byte[] bytes = new byte[Math.ceilDiv(n * bits, 8)];
          for (int i = 0; i < n; i++) {
            bytes[i * bits / 8] |= (byte) (codes[i] << (bits == 4 && i % 2 == 0 ? 4 : 0));
          }
          TrialArray scales = memory.normal(F32, Math.ceilDiv(n, block));
          long room = (long) rows * stride;
          TrialArray out = border > 0 ? memory.of(type, room, i -> 7) : memory.output(type, room);
          return new Trial(
                  Dequantize.launches(
                      memory.bytes(bytes),
                      bits,
                      table(memory, book).array(),
                      scales.array(),
                      block,
                      offset,
                      out.array(),
                      border > 0 ? stride : 0,
                      width,
                      n))
              .expect(
                  "out",
                  out,
                  place -> {
                    if (place % stride >= width) {
                      return 7;
                    }
                    int i = place / stride * width + place % stride;
                    return book[codes[i]] * (float) scales.get(i / block) + offset;
                  },
                  BITWISE)
              .work((long) n * bits / 8 + (long) n * type.bytes(), 2.0 * n);
        });
  }
}
