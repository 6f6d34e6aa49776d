package dev.sifter.train.optim;

import dev.sifter.engine.autograd.Parameter;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Adafactor (Shazeer &amp; Stern 2018) as transformers runs it for {@code optim: adafactor}: a
 * given learning rate, no first moment, no scaling by the parameter. Of a matrix's squared
 * gradients only the running means of rows and columns are kept. A vector is a matrix of one row,
 * for which these means are V itself.
 *
 * <p>V = r·cᵀ/mean(r), u = g/√V, u ← u/max(1, rms(u)), p ← p·(1 − lr·wd) − lr·u; the means decay
 * with 1 − t^−0.8.
 */
final class Adafactor extends OneByOneOptimizer {
  private static final String ROWS = "exp_avg_sq_row";
  private static final String COLUMNS = "exp_avg_sq_col";
  private static final double DECAY_RATE = -0.8;
  private static final double EPSILON = 1e-30;

  private final float[] g = new float[HostFloats.CHUNK];
  private final float[] p = new float[HostFloats.CHUNK];

  Adafactor(Backend backend, List<Parameter> parameters, double weightDecay) {
    super(backend, parameters, weightDecay);
    remember(Adafactor::layouts);
  }

  private static Map<String, Layout> layouts(Slot slot) {
    Map<String, Layout> layouts = new LinkedHashMap<>();
    layouts.put(ROWS, new Layout(DType.F32, Shape.of(slot.value().rows())));
    layouts.put(COLUMNS, new Layout(DType.F32, Shape.of(slot.value().width())));
    return layouts;
  }

  /** 1/√V as a product of a row's and a column's factor. */
  private record InverseRoot(double[] rows, double[] columns) {
    double at(long element) {
      return rows[(int) (element / columns.length)] * columns[(int) (element % columns.length)];
    }
  }

  @Override
  void update(Slot slot, double learningRate, float gradientScale) {
    double decay = 1 - Math.pow(slot.step(), DECAY_RATE);
    InverseRoot root = inverseRoot(slot, decay, gradientScale);
    double squares = 0;
    long elements = slot.value().elements();
    for (long from = 0; from < elements; from += HostFloats.CHUNK) {
      int count = readGradient(slot, from);
      for (int i = 0; i < count; i++) {
        double u = g[i] * (double) gradientScale * root.at(from + i);
        squares += u * u;
      }
    }
    double rate = learningRate / Math.max(1, Math.sqrt(squares / elements));
    double keep = 1 - learningRate * slot.weightDecay();
    for (long from = 0; from < elements; from += HostFloats.CHUNK) {
      int count = readGradient(slot, from);
      HostFloats.read(backend(), slot.value(), from, count, p);
      for (int i = 0; i < count; i++) {
        p[i] = (float) (p[i] * keep - rate * g[i] * gradientScale * root.at(from + i));
      }
      HostFloats.write(backend(), p, count, slot.value(), from);
    }
  }

  private int readGradient(Slot slot, long from) {
    int count = (int) Math.min(HostFloats.CHUNK, slot.value().elements() - from);
    HostFloats.read(backend(), slot.gradient(), from, count, g);
    return count;
  }

  private InverseRoot inverseRoot(Slot slot, double decay, float gradientScale) {
    int width = slot.value().width();
    double[] rows = new double[slot.value().rows()];
    double[] columns = new double[width];
    for (long from = 0; from < slot.value().elements(); from += HostFloats.CHUNK) {
      int count = readGradient(slot, from);
      for (int i = 0; i < count; i++) {
        double square = g[i] * (double) gradientScale;
        square = square * square + EPSILON;
        rows[(int) ((from + i) / width)] += square / width;
        columns[(int) ((from + i) % width)] += square / rows.length;
      }
    }
    average(slot.tensor(ROWS), rows, decay);
    average(slot.tensor(COLUMNS), columns, decay);
    double mean = 0;
    for (double row : rows) {
      mean += row / rows.length;
    }
    for (int i = 0; i < rows.length; i++) {
      rows[i] = Math.sqrt(mean / rows[i]);
    }
    for (int i = 0; i < width; i++) {
      columns[i] = 1 / Math.sqrt(columns[i]);
    }
    return new InverseRoot(rows, columns);
  }

  /** state ← decay · state + (1 − decay) · now, and {@code now} becomes what is kept. */
  private void average(Tensor state, double[] now, double decay) {
    float[] kept = new float[now.length];
    HostFloats.read(backend(), state, 0, now.length, kept);
    for (int i = 0; i < now.length; i++) {
      kept[i] = (float) (decay * kept[i] + (1 - decay) * now[i]);
      now[i] = kept[i];
    }
    HostFloats.write(backend(), kept, now.length, state, 0);
  }
}
