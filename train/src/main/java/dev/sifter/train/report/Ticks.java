package dev.sifter.train.report;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;

/**
 * Where an axis is labelled.
 *
 * @param low where the axis begins
 * @param high where it ends; above {@code low}
 * @param step distance of linear ticks; of logarithmic ones the smallest tick
 * @param values ascending, within the axis
 */
record Ticks(double low, double high, double step, List<Double> values) {
  private static final double[] NICE = {1, 2, 5, 10};

  /**
   * Multiples of 1, 2 or 5 times a power of ten, at most {@code intervals} + 2 of them; the axis
   * begins and ends with a tick.
   *
   * @param smallestStep lower bound of the step, such as 1 for things that are counted; or 0
   */
  static Ticks linear(double min, double max, int intervals, double smallestStep) {
    double high = max;
    double low = min;
    if (high - low <= 1e-12 * Math.max(Math.abs(low), Math.abs(high))) {
      double room = low == 0 ? 1 : Math.abs(low) / 2;
      low -= low == 0 ? 0 : room;
      high += room;
    }
    BigDecimal step = niceStep(Math.max((high - low) / intervals, smallestStep));
    double width = step.doubleValue();
    long first = (long) Math.floor(low / width + 1e-9);
    long last = (long) Math.ceil(high / width - 1e-9);
    List<Double> values = new ArrayList<>();
    for (long k = first; k <= last; k++) {
      values.add(step.multiply(BigDecimal.valueOf(k)).doubleValue());
    }
    return new Ticks(values.getFirst(), values.getLast(), width, List.copyOf(values));
  }

  /**
   * Powers of ten, with their doubles and fivefolds where the axis spans three decades at most.
   *
   * @param min above 0
   */
  static Ticks logarithmic(double min, double max) {
    if (!(min > 0)) {
      throw new IllegalArgumentException("a logarithmic axis cannot show " + min);
    }
    int bottom = (int) Math.floor(Math.log10(min));
    int top = (int) Math.ceil(Math.log10(max));
    boolean fine = top - bottom <= 3;
    int stride = Math.max(1, (top - bottom + 5) / 6);
    List<Double> all = new ArrayList<>();
    for (int exponent = bottom; exponent <= top; exponent += fine ? 1 : stride) {
      for (int i = 0; i < (fine ? 3 : 1); i++) {
        all.add(BigDecimal.valueOf((long) NICE[i]).scaleByPowerOfTen(exponent).doubleValue());
      }
    }
    double low = all.stream().filter(t -> t <= min).max(Double::compare).orElse(min);
    double high = all.stream().filter(t -> t >= max && t > low).findFirst().orElse(max);
    List<Double> values = all.stream().filter(t -> t >= low && t <= high).toList();
    return new Ticks(low, high, values.getFirst(), values);
  }

  private static BigDecimal niceStep(double atLeast) {
    int exponent = (int) Math.floor(Math.log10(atLeast));
    for (double factor : NICE) {
      BigDecimal step = BigDecimal.valueOf((long) factor).scaleByPowerOfTen(exponent);
      if (step.doubleValue() >= atLeast * (1 - 1e-9)) {
        return step;
      }
    }
    return BigDecimal.ONE.scaleByPowerOfTen(exponent + 1);
  }
}
