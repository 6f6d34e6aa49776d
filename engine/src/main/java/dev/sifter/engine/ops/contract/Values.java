package dev.sifter.engine.ops.contract;

import dev.sifter.engine.random.Philox;
import dev.sifter.engine.random.RandomStream;
import java.util.Arrays;

/** How the elements of an input are drawn: fp32 numbers, so that every type sees the same ones. */
@FunctionalInterface
public interface Values {

  /** {@code count} numbers, the same for the same stream. */
  float[] draw(RandomStream stream, int count);

  /** Normal numbers of mean 0. */
  static Values normal(double standardDeviation) {
    return around(0, standardDeviation);
  }

  /** Normal numbers of this mean. */
  static Values around(float mean, double standardDeviation) {
    return (stream, count) -> {
      float[] values = new float[count];
      Philox.normal(stream, standardDeviation, values);
      for (int i = 0; i < count; i++) {
        values[i] += mean;
      }
      return values;
    };
  }

  /** The same number throughout. */
  static Values constant(float value) {
    return (stream, count) -> {
      float[] values = new float[count];
      Arrays.fill(values, value);
      return values;
    };
  }

  /** Evenly from {@code −limit} to {@code limit}: the tails of a function as well as its middle. */
  static Values sweep(float limit) {
    return (stream, count) -> {
      float[] values = new float[count];
      for (int i = 0; i < count; i++) {
        values[i] = limit * (2f * (i + 0.5f) / count - 1);
      }
      return values;
    };
  }

  /** These numbers over and over: zeros of both signs, subnormals, infinities. */
  static Values cycle(float... numbers) {
    return (stream, count) -> {
      float[] values = new float[count];
      for (int i = 0; i < count; i++) {
        values[i] = numbers[i % numbers.length];
      }
      return values;
    };
  }

  /** Uniform in [0, limit): second moments, which are never negative. */
  static Values uniform(float limit) {
    return (stream, count) -> {
      float[] values = new float[count];
      for (int i = 0; i < count; i++) {
        values[i] = limit * Philox.uniform(stream, i);
      }
      return values;
    };
  }
}
