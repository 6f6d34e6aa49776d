package dev.sifter.tests.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sifter.engine.autograd.Parameter;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.backend.GradientScale;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.ops.contract.HostValues;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.tests.TestBackends;
import dev.sifter.train.optim.AdamWConfig;
import dev.sifter.train.optim.Optimizer;
import dev.sifter.train.optim.Optimizers;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** What holds for an update rule whatever its numbers: pieces, repetitions, memory. */
class UpdateRulePropertiesTest {
  private static final List<String> RULES = Optimizers.NAMES;
  private static final AdamWConfig CONFIG = new AdamWConfig(0.9, 0.999, 1e-8, 0.1);
  private static final GradientScale UNCLIPPED = new GradientScale.Known(1, 1);
  private static final GradientScale HALF = new GradientScale.Known(1, 0.5);

  /**
   * Blocks of 8-bit moments do not know of what lies beside them: in a parameter that goes through
   * the host in several ranges, and among other parameters.
   */
  @Test
  void eightBitMomentsOfPiecesAreThoseOfTheWhole() {
    try (Backend backend = TestBackends.open(TestBackends.fastest());
        TensorArena arena = backend.newArena("parameters")) {
      int most = 1 << 18;
      int elements = most + 5000;
      double[] values = new Random(1).doubles(elements, -1, 1).toArray();
      Parameter whole = vector(backend, arena, "whole.weight", values);
      Parameter head = vector(backend, arena, "head.weight", Arrays.copyOf(values, most));
      Parameter tail =
          vector(backend, arena, "tail.weight", Arrays.copyOfRange(values, most, elements));
      // The tail, whose last block is half a one, comes after nothing here and after the head
      // there.
      List<Parameter> all = List.of(tail, whole, head);
      try (Optimizer optimizer = Optimizers.open("adamw_8bit", backend, all, CONFIG, 0)) {
        for (int step = 0; step < 3; step++) {
          double[] gradient = new Random(2 + step).doubles(elements, -1, 1).toArray();
          HostValues.upload(backend, gradient, whole.gradientSlot().tensor());
          HostValues.upload(backend, Arrays.copyOf(gradient, most), head.gradientSlot().tensor());
          HostValues.upload(
              backend, Arrays.copyOfRange(gradient, most, elements), tail.gradientSlot().tensor());
          optimizer.step(0.01, HALF);
        }
      }
      double[] inPieces = Arrays.copyOf(HostValues.download(backend, head.value()), elements);
      System.arraycopy(HostValues.download(backend, tail.value()), 0, inPieces, most, 5000);
      double[] inOne = HostValues.download(backend, whole.value());
      assertThat(Arrays.mismatch(inOne, inPieces)).as("first that differs").isEqualTo(-1);
    }
  }

  /**
   * Adafactor's means of rows and columns are the same where a matrix is laid beside and below
   * itself, and so are its steps; clipping is a factor of the gradient, and a row without any, as
   * of a token that does not occur, only decays.
   */
  @Test
  void adafactorDoesNotKnowHowOftenAMatrixIsRepeated() {
    try (Backend backend = TestBackends.open(TestBackends.fastest());
        TensorArena arena = backend.newArena("parameters")) {
      int width = 10;
      int times = 70; // 294,000 elements: more than go through the host at once
      double[] start = new Random(1).doubles(6 * width, -1, 1).toArray();
      Parameter small = matrix(backend, arena, "small.weight", width, start);
      Parameter large =
          matrix(backend, arena, "large.weight", width * times, tiled(start, width, times));
      try (Optimizer one = Optimizers.open("adafactor", backend, List.of(small), CONFIG, 0);
          Optimizer many = Optimizers.open("adafactor", backend, List.of(large), CONFIG, 0)) {
        for (int step = 0; step < 3; step++) {
          double[] gradient = new Random(step).doubles(start.length, -1, 1).toArray();
          Arrays.fill(gradient, 0, width, 0);
          double[] halved = Arrays.stream(gradient).map(value -> value / 2).toArray();
          HostValues.upload(backend, halved, small.gradientSlot().tensor());
          HostValues.upload(backend, tiled(gradient, width, times), large.gradientSlot().tensor());
          one.step(0.01, UNCLIPPED);
          many.step(0.01, HALF);
        }
      }
      double[] end = HostValues.download(backend, small.value());
      double[] all = HostValues.download(backend, large.value());
      double[] expected = tiled(end, width, times);
      double difference =
          IntStream.range(0, all.length)
              .mapToDouble(i -> Math.abs(all[i] - expected[i]))
              .max()
              .orElseThrow();
      assertThat(difference).isLessThan(1e-6);
      for (int i = 0; i < width; i++) {
        assertThat(end[i]).isCloseTo(start[i] * Math.pow(1 - 0.01 * 0.1, 3), within(1e-6));
      }
    }
  }

  /** What a step needs beside its state, it gives back: a run has thousands of steps. */
  @ParameterizedTest
  @FieldSource("RULES")
  void aStepKeepsNoMemory(String rule) {
    try (Backend backend = TestBackends.open(TestBackends.fastest());
        TensorArena arena = backend.newArena("parameters")) {
      Parameter matrix = matrix(backend, arena, "q_proj.weight", 6, new double[24]);
      Parameter norm = vector(backend, arena, "norm.weight", new double[3]);
      List<Parameter> both = List.of(matrix, norm);
      try (Optimizer optimizer = Optimizers.open(rule, backend, both, CONFIG, 0.9)) {
        for (Parameter parameter : both) {
          double[] ones = new double[(int) parameter.value().elements()];
          Arrays.fill(ones, 1);
          HostValues.upload(backend, ones, parameter.gradientSlot().tensor());
        }
        long before = backend.ledger().bytes();
        optimizer.step(0.1, UNCLIPPED);
        assertThat(backend.ledger().bytes()).isEqualTo(before);
      }
    }
  }

  private static Parameter vector(
      Backend backend, TensorArena arena, String name, double[] values) {
    return parameter(backend, arena, name, Shape.of(values.length), values);
  }

  private static Parameter matrix(
      Backend backend, TensorArena arena, String name, int width, double[] values) {
    return parameter(backend, arena, name, Shape.of(values.length / width, width), values);
  }

  /** A matrix so many times beside and below itself. */
  private static double[] tiled(double[] matrix, int width, int times) {
    double[] all = new double[matrix.length * times * times];
    int rows = matrix.length / width;
    for (int i = 0; i < all.length; i++) {
      int row = i / (width * times) % rows;
      all[i] = matrix[row * width + i % width];
    }
    return all;
  }

  private static Parameter parameter(
      Backend backend, TensorArena arena, String name, Shape shape, double[] values) {
    Tensor value = arena.allocate(DType.F32, shape);
    HostValues.upload(backend, values, value);
    return Parameter.trainable(name, value, arena.allocate(DType.F32, shape));
  }
}
