package dev.sifter.kernels.library.catalog;

import static dev.sifter.kernels.ptx.ElementType.BF16;
import static dev.sifter.kernels.ptx.ElementType.F32;

import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.library.AdamW;
import dev.sifter.kernels.library.AdamW8;
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

/** Four-bit weights and eight-bit optimizer states. */
final class QuantizationTrials {
  private static final Tolerance BITWISE = Tolerance.exact("the same fp32 operations as Java's");

  private QuantizationTrials() {}

  static List<KernelEntry> all() {
    return List.of(nf4Quantize(), int8Quantize(), nf4Dequantize(), adamW8());
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
          ReferenceQuantization reference = ReferenceQuantization.nf4(x);
          DeviceSlice packed = memory.allocate(Math.ceilDiv(n, 2));
          TrialArray absmax = memory.output(F32, reference.absmax().length);
          return new Trial(Nf4Quantize.launches(x.array(), packed, absmax.array(), n))
              .expectBytes("packed", packed, reference.packed())
              .expect("absmax", absmax, i -> reference.absmax()[i], BITWISE)
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
          double sum = 0;
          for (int i = 0; i < n; i++) {
            sum += x.get(i);
          }
          float mean = centred ? (float) sum / n : 0;
          ReferenceQuantization reference = ReferenceQuantization.int8(x, mean, map);
          DeviceSlice codes = memory.allocate(n);
          TrialArray absmax = memory.output(F32, reference.absmax().length);
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
                  .expectBytes("codes", codes, reference.codes())
                  .expect("absmax", absmax, i -> reference.absmax()[i], BITWISE)
                  .work(5L * n, 20.0 * n);
          return centred ? trial.expect("mean", offset, i -> mean, BITWISE) : trial;
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
          ReferenceQuantization reference = ReferenceQuantization.nf4(weights(memory, F32, n));
          byte[] words = Arrays.copyOf(reference.packed(), Math.ceilDiv(n, 8) * Integer.BYTES);
          TrialArray absmax = memory.of(F32, reference.absmax().length, i -> reference.absmax()[i]);
          float[] map = QuantizationCodes.signed8();
          float offset = 0.25f;
          ReferenceQuantization nested = ReferenceQuantization.int8(absmax, offset, map);
          Nf4Dequantize.Magnitudes magnitudes =
              doubly
                  ? new Nf4Dequantize.Magnitudes(
                      null,
                      memory.bytes(nested.codes()),
                      memory.of(F32, nested.absmax().length, i -> nested.absmax()[i]).array(),
                      memory.of(F32, 1, i -> offset).array(),
                      table(memory, map).array())
                  : Nf4Dequantize.Magnitudes.plain(absmax.array());
          TrialArray out = memory.of(type, (long) rows * stride, i -> 7);
          float[] codes = QuantizationCodes.nf4();
          return new Trial(
                  Nf4Dequantize.launches(
                      memory.bytes(words), magnitudes, out.array(), stride, rows, width))
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
                            ? map[nested.codes()[b] & 0xFF] * nested.absmax()[b / 256] + offset
                            : reference.absmax()[b];
                    int code = reference.packed()[at / 2] >> (at % 2 == 0 ? 4 : 0) & 0xF;
                    return codes[code] * magnitude;
                  },
                  BITWISE)
              .work(n / 2 + n / 64 + (long) n * type.bytes(), n);
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
          ReferenceQuantization m =
              ReferenceQuantization.int8(memory.normal(F32, n, 0.1), 0, signed);
          ReferenceQuantization v = ReferenceQuantization.int8(memory.uniform(F32, n), 0, unsigned);
          AdamW8.State first =
              new AdamW8.State(
                  memory.bytes(m.codes()),
                  memory.of(F32, m.absmax().length, i -> m.absmax()[i]).array());
          AdamW8.State second =
              new AdamW8.State(
                  memory.bytes(v.codes()),
                  memory.of(F32, v.absmax().length, i -> v.absmax()[i]).array());
          TrialArray copy = copyType == null ? null : memory.output(copyType, n);
          AdamW.Factors factors = AdamW.Factors.of(1e-3, 0.9, 0.999, 1e-8, 0.01, 10, 0.3f);
          float[] newP = new float[n];
          float[] newM = new float[n];
          float[] newV = new float[n];
          for (int i = 0; i < n; i++) {
            AdamState after =
                AdamState.after(
                    factors,
                    (float) g.get(i),
                    (float) p.get(i),
                    m.value(i, signed),
                    v.value(i, unsigned));
            newP[i] = after.parameter();
            newM[i] = after.moment1();
            newV[i] = after.moment2();
          }
          ReferenceQuantization mAfter = ReferenceQuantization.int8(newM, 0, signed);
          ReferenceQuantization vAfter = ReferenceQuantization.int8(newV, 0, unsigned);
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
                  .expect("p", p, i -> newP[i], BITWISE)
                  .expectBytes("m", first.codes(), mAfter.codes())
                  .expectBytes("v", second.codes(), vAfter.codes())
                  .expect(
                      "absmax of m",
                      new TrialArray(first.absmax(), null),
                      i -> mAfter.absmax()[i],
                      BITWISE)
                  .expect(
                      "absmax of v",
                      new TrialArray(second.absmax(), null),
                      i -> vAfter.absmax()[i],
                      BITWISE)
                  .work(
                      (long) n * (type.bytes() + 12 + (copy == null ? 0 : copyType.bytes())),
                      70.0 * n);
          return copy == null ? trial : trial.expect("copy", copy, i -> newP[i], BITWISE);
        });
  }
}
