package dev.sifter.train.optim;

import dev.sifter.engine.autograd.Parameter;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.model.weights.DynamicMap;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * AdamW whose moments are kept in 8 bits (Dettmers et al. 2022), as bitsandbytes' AdamW8bit: blocks
 * of 256 elements, each code a number of the dynamic map times the block's largest magnitude. A
 * quarter of AdamW's memory. Parameters of fewer than 4,096 elements keep fp32 moments.
 *
 * <p>m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², p ← (p − lr·√(1 − β₂ᵗ)/(1 − β₁ᵗ) · m/(√v + ε·√(1 −
 * β₂ᵗ))) · (1 − lr·wd), with the moments before they are rounded.
 */
final class AdamW8bit extends OneByOneOptimizer {
  private static final String CODES1 = "state1";
  private static final String CODES2 = "state2";
  private static final String SCALES1 = "absmax1";
  private static final String SCALES2 = "absmax2";
  private static final int BLOCK = 256;
  private static final int LEAST_ELEMENTS = 4096;

  private final AdamWConfig config;
  private final float[] signed = DynamicMap.SIGNED.values();
  private final float[] unsigned = DynamicMap.UNSIGNED.values();
  private final float[] g = new float[HostFloats.CHUNK];
  private final float[] p = new float[HostFloats.CHUNK];
  private final Moment first = new Moment();
  private final Moment second = new Moment();

  /** Codes and scales of a chunk of blocks. */
  private static final class Moment {
    private final byte[] codes = new byte[HostFloats.CHUNK];
    private final float[] scales = new float[HostFloats.CHUNK / BLOCK];

    void read(Backend backend, Tensor codeTensor, Tensor scaleTensor, long from, int count) {
      backend.download(bytes(codeTensor, from, count), segment(count));
      HostFloats.read(backend, scaleTensor, from / BLOCK, Math.ceilDiv(count, BLOCK), scales);
    }

    void write(Backend backend, Tensor codeTensor, Tensor scaleTensor, long from, int count) {
      backend.upload(segment(count), bytes(codeTensor, from, count));
      HostFloats.write(backend, scales, Math.ceilDiv(count, BLOCK), scaleTensor, from / BLOCK);
    }

    private MemorySegment segment(int count) {
      return MemorySegment.ofArray(codes).asSlice(0, count);
    }

    private static Tensor bytes(Tensor tensor, long from, int count) {
      return tensor.reshape(tensor.elements(), 1).rows(from, from + count);
    }
  }

  AdamW8bit(Backend backend, List<Parameter> parameters, AdamWConfig config) {
    super(backend, parameters, config.weightDecay());
    this.config = config;
    remember(AdamW8bit::layouts);
  }

  private static Map<String, Layout> layouts(Slot slot) {
    long elements = slot.value().elements();
    Map<String, Layout> layouts = new LinkedHashMap<>();
    if (elements < LEAST_ELEMENTS) {
      layouts.put(CODES1, Layout.like(slot));
      layouts.put(CODES2, Layout.like(slot));
    } else {
      Shape blocks = Shape.of(Math.ceilDiv(elements, BLOCK));
      layouts.put(CODES1, new Layout(DType.U8, slot.value().shape()));
      layouts.put(SCALES1, new Layout(DType.F32, blocks));
      layouts.put(CODES2, new Layout(DType.U8, slot.value().shape()));
      layouts.put(SCALES2, new Layout(DType.F32, blocks));
    }
    return layouts;
  }

  @Override
  void update(Slot slot, double learningRate, float gradientScale) {
    Rates rates = new Rates(config, slot, learningRate, gradientScale);
    long elements = slot.value().elements();
    for (long from = 0; from < elements; from += HostFloats.CHUNK) {
      int count = (int) Math.min(HostFloats.CHUNK, elements - from);
      HostFloats.read(backend(), slot.gradient(), from, count, g);
      HostFloats.read(backend(), slot.value(), from, count, p);
      if (elements < LEAST_ELEMENTS) {
        updateWide(slot, rates, count);
      } else {
        updateBlocks(slot, rates, from, count);
      }
      HostFloats.write(backend(), p, count, slot.value(), from);
    }
  }

  private void updateWide(Slot slot, Rates rates, int count) {
    float[] m = new float[count];
    float[] v = new float[count];
    HostFloats.read(backend(), slot.tensor(CODES1), 0, count, m);
    HostFloats.read(backend(), slot.tensor(CODES2), 0, count, v);
    rates.update(g, p, 0, m, v, count);
    HostFloats.write(backend(), m, count, slot.tensor(CODES1), 0);
    HostFloats.write(backend(), v, count, slot.tensor(CODES2), 0);
  }

  /** Blocks depend on nothing but themselves, so that threads change no bit. */
  private void updateBlocks(Slot slot, Rates rates, long from, int count) {
    first.read(backend(), slot.tensor(CODES1), slot.tensor(SCALES1), from, count);
    second.read(backend(), slot.tensor(CODES2), slot.tensor(SCALES2), from, count);
    // Before the first step all scales are 0, and so is every moment, whatever its code.
    IntStream.range(0, Math.ceilDiv(count, BLOCK))
        .parallel()
        .forEach(block -> updateBlock(rates, block, Math.min(BLOCK, count - block * BLOCK)));
    first.write(backend(), slot.tensor(CODES1), slot.tensor(SCALES1), from, count);
    second.write(backend(), slot.tensor(CODES2), slot.tensor(SCALES2), from, count);
  }

  private void updateBlock(Rates rates, int block, int count) {
    int at = block * BLOCK;
    float[] m = new float[count];
    float[] v = new float[count];
    for (int i = 0; i < count; i++) {
      m[i] = signed[first.codes[at + i] & 0xff] * first.scales[block];
      v[i] = unsigned[second.codes[at + i] & 0xff] * second.scales[block];
    }
    rates.update(g, p, at, m, v, count);
    first.scales[block] = DynamicMap.SIGNED.quantizeBlock(m, first.codes, at);
    second.scales[block] = DynamicMap.UNSIGNED.quantizeBlock(v, second.codes, at);
  }

  /** The numbers of one update. */
  private static final class Rates {
    private final float beta1;
    private final float beta2;
    private final float epsilon;
    private final float stepSize;
    private final float keep;
    private final float gradientScale;

    Rates(AdamWConfig config, Slot slot, double learningRate, float gradientScale) {
      double correction1 = 1 - Math.pow(config.adamBeta1(), slot.step());
      double correction2 = Math.sqrt(1 - Math.pow(config.adamBeta2(), slot.step()));
      this.beta1 = (float) config.adamBeta1();
      this.beta2 = (float) config.adamBeta2();
      this.epsilon = (float) (config.adamEpsilon() * correction2);
      this.stepSize = (float) (learningRate * correction2 / correction1);
      this.keep = (float) (1 - learningRate * slot.weightDecay());
      this.gradientScale = gradientScale;
    }

    void update(float[] g, float[] p, int at, float[] m, float[] v, int count) {
      for (int i = 0; i < count; i++) {
        float gradient = g[at + i] * gradientScale;
        m[i] = m[i] * beta1 + (1 - beta1) * gradient;
        v[i] = v[i] * beta2 + (1 - beta2) * gradient * gradient;
        float moved = p[at + i] - stepSize * (m[i] / ((float) Math.sqrt(v[i]) + epsilon));
        p[at + i] = moved * keep;
      }
    }
  }
}
