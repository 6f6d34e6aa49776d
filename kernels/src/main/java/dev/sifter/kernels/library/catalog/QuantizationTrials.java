package dev.sifter.kernels.library.catalog;

import static dev.sifter.kernels.ptx.ElementType.BF16;
import static dev.sifter.kernels.ptx.ElementType.F32;

import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.library.AdamW;
import dev.sifter.kernels.library.AdamW8;
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
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/** Four-bit weights and eight-bit optimizer states. */
final class QuantizationTrials {
  private static final Tolerance BITWISE = Tolerance.exact("the same fp32 operations as Java's");

  private QuantizationTrials() {}

  static List<KernelEntry> all() {
    return List.of(nf4Quantize(), int8Quantize(), nf4Dequantize(), dequantize(), adamW8());
  }

  private static KernelEntry nf4Quantize() {
    return new KernelEntry(
        "nf4-quantize",
        "weights to NF4: blocks of 64, four bits each",
        List.of(nf4Quantize(F32, 1000), nf4Quantize(F32, 1), nf4Quantize(BF16, 4096 + 63)),
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
        List.of(int8Quantize(700, false), int8Quantize(80, true), int8Quantize(1, false)),
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

  private static TrialArray midpoints(TrialMemory memory, float[] map) {
    float[] midpoints = Arrays.copyOf(QuantizationCodes.midpoints(map), 256);
    return memory.of(F32, 256, i -> midpoints[i]);
  }

  private static TrialArray table(TrialMemory memory, float[] map) {
    return memory.of(F32, map.length, i -> map[i]);
  }

  private static KernelEntry nf4Dequantize() {
    return new KernelEntry(
        "nf4-dequantize",
        "NF4 weights to numbers, magnitudes in fp32 or eight bits",
        List.of(
            nf4Dequantize(BF16, 40, 128, 64, true),
            nf4Dequantize(F32, 33, 38, 0, false),
            nf4Dequantize(BF16, 33, 37, 0, true),
            nf4Dequantize(F32, 1, 1, 0, false),
            nf4Dequantize(BF16, 3, 64, 4, false)),
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
              memory.derivedBytes(bytes, () -> Arrays.copyOf(reference.get().packed(), bytes));
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
                    int code = reference.get().packed()[at / 2] >> (at % 2 == 0 ? 4 : 0) & 0xF;
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
        List.of(
            dequantize(4, BF16, 64, 4096, 0),
            dequantize(8, F32, 256, 1024, 0.25f),
            dequantize(4, F32, 3, 31, 0.5f),
            dequantize(8, F32, 256, 700, 0.25f)),
        dequantize(4, BF16, 64, 1 << 24, 0));
  }

  private static KernelTrial dequantize(
      int bits, ElementType type, int block, int n, float offset) {
    return new KernelTrial(
        "%d codes of %d bits in blocks of %d to %s, offset %s"
            .formatted(n, bits, block, type, offset),
        memory -> {
          float[] book = bits == 4 ? QuantizationCodes.nf4() : QuantizationCodes.signed8();
          int[] codes = memory.randomIntegers(n, 1 << bits);
          byte[] bytes = new byte[Math.ceilDiv(n * bits, 8)];
          for (int i = 0; i < n; i++) {
            bytes[i * bits / 8] |= (byte) (codes[i] << (bits == 4 && i % 2 == 0 ? 4 : 0));
          }
          TrialArray scales = memory.normal(F32, Math.ceilDiv(n, block));
          TrialArray out = memory.output(type, n);
          return new Trial(
                  Dequantize.launches(
                      memory.bytes(bytes),
                      bits,
                      table(memory, book).array(),
                      scales.array(),
                      block,
                      offset,
                      out.array(),
                      n))
              .expect(
                  "out",
                  out,
                  i -> Math.fma(book[codes[i]], (float) scales.get(i / block), offset),
                  BITWISE)
              .work((long) n * bits / 8 + (long) n * type.bytes(), 2.0 * n);
        });
  }

  private static KernelEntry adamW8() {
    return new KernelEntry(
        "adamw-8bit",
        "AdamW with moments in eight bits",
        List.of(adamW8(F32, null, 1024), adamW8(F32, BF16, 4), adamW8(BF16, null, 2060)),
        adamW8(F32, BF16, 1 << 24));
  }

  private static KernelTrial adamW8(ElementType type, ElementType copyType, int n) {
    return new KernelTrial(
        "%d elements, gradients in %s%s"
            .formatted(n, type, copyType == null ? "" : ", copy in " + copyType),
        memory -> {
          float[] signed = QuantizationCodes.signed8();
          float[] unsigned = QuantizationCodes.unsigned8();
          TrialArray g = memory.normal(type, n);
          TrialArray p = memory.normal(F32, n);
          TrialArray moment1 = memory.normal(F32, n, 0.1);
          TrialArray moment2 = memory.uniform(F32, n);
          Lazy<ReferenceQuantization> m =
              Lazy.of(() -> ReferenceQuantization.int8(moment1.values(), 0, signed));
          Lazy<ReferenceQuantization> v =
              Lazy.of(() -> ReferenceQuantization.int8(moment2.values(), 0, unsigned));
          AdamW8.State first = state(memory, n, m);
          AdamW8.State second = state(memory, n, v);
          TrialArray copy = copyType == null ? null : memory.output(copyType, n);
          AdamW.Factors factors = AdamW.Factors.of(1e-3, 0.9, 0.999, 1e-8, 0.01, 10, 0.3f);
          Lazy<List<AdamState>> after =
              Lazy.of(
                  () ->
                      IntStream.range(0, n)
                          .mapToObj(
                              i ->
                                  AdamState.after(
                                      factors,
                                      (float) g.get(i),
                                      (float) p.get(i),
                                      m.get().value(i, signed),
                                      v.get().value(i, unsigned)))
                          .toList());
          Lazy<ReferenceQuantization> mAfter =
              Lazy.of(() -> requantised(after.get(), AdamState::moment1, signed));
          Lazy<ReferenceQuantization> vAfter =
              Lazy.of(() -> requantised(after.get(), AdamState::moment2, unsigned));
          AdamW8.Tables tables =
              new AdamW8.Tables(
                  table(memory, signed).array(),
                  midpoints(memory, signed).array(),
                  table(memory, unsigned).array(),
                  midpoints(memory, unsigned).array());
          Trial trial =
              new Trial(
                      AdamW8.launches(
                          factors,
                          tables,
                          g.array(),
                          p.array(),
                          first,
                          second,
                          copy == null ? null : copy.array(),
                          n))
                  .expect("p", p, i -> after.get().get(i).parameter(), BITWISE)
                  .expectBytes("m", first.codes(), () -> mAfter.get().codes())
                  .expectBytes("v", second.codes(), () -> vAfter.get().codes())
                  .expect(
                      "absmax of m",
                      new TrialArray(first.absmax(), null),
                      i -> mAfter.get().absmax()[i],
                      BITWISE)
                  .expect(
                      "absmax of v",
                      new TrialArray(second.absmax(), null),
                      i -> vAfter.get().absmax()[i],
                      BITWISE)
                  .work(
                      (long) n * (type.bytes() + 12 + (copy == null ? 0 : copyType.bytes())),
                      70.0 * n);
          return copy == null
              ? trial
              : trial.expect("copy", copy, i -> after.get().get(i).parameter(), BITWISE);
        });
  }

  private static AdamW8.State state(TrialMemory memory, int n, Lazy<ReferenceQuantization> moment) {
    return new AdamW8.State(
        memory.derivedBytes(n, () -> moment.get().codes()),
        memory.derived(F32, Math.ceilDiv(n, 256), i -> moment.get().absmax()[i]).array());
  }

  private static ReferenceQuantization requantised(
      List<AdamState> states, ToDoubleFunction<AdamState> moment, float[] map) {
    float[] values = new float[states.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) moment.applyAsDouble(states.get(i));
    }
    return ReferenceQuantization.int8(values, 0, map);
  }
}
