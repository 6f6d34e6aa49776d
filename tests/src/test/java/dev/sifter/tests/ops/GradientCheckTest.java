package dev.sifter.tests.ops;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sifter.engine.backend.reference.ReferenceBackend;
import dev.sifter.engine.ops.contract.OpCase;
import dev.sifter.engine.ops.contract.OpContract;
import dev.sifter.engine.ops.contract.OpContracts;
import dev.sifter.engine.ops.contract.OpInput;
import dev.sifter.engine.ops.contract.OpWork;
import dev.sifter.engine.ops.contract.PreparedCase;
import dev.sifter.engine.tensor.DType;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every backward rule against central differences of its own forward pass, in double precision on
 * the reference backend: (L(x + h) − L(x − h)) / 2h with L = Σ upstream · y.
 *
 * <p>The difference is off by h²/6·L‴, 2e-11 of a function of order 1, and by the rounding of L
 * over 2h. Elements are chosen evenly where an input has many.
 */
class GradientCheckTest {
  private static final double STEP = 1e-5;
  private static final double RELATIVE = 1e-6;

  /** Each sum behind L rounds a few times: 16 units in the last place of L. */
  private static final double ROUNDINGS_OF_L = 16;

  private static final int CHECKED_ELEMENTS = 24;

  /** Forward passes beyond this are too slow on the reference backend to run so often. */
  private static final double MOST_FLOPS = 2e5;

  static Stream<Arguments> cases() {
    return OpContracts.all().stream()
        .flatMap(contract -> checkedCases(contract).map(c -> Arguments.of(contract, c)));
  }

  private static Stream<OpCase> checkedCases(OpContract contract) {
    return contract.cases().stream()
        .filter(GradientCheckTest::hasGradient)
        .filter(c -> OpWork.of(c).forward().flops() <= MOST_FLOPS);
  }

  private static boolean hasGradient(OpCase opCase) {
    return opCase.inputs().stream().anyMatch(OpInput::trained);
  }

  @Test
  void everyOpWithAGradientIsChecked() {
    for (OpContract contract : OpContracts.all()) {
      if (contract.cases().stream().anyMatch(GradientCheckTest::hasGradient)) {
        assertThat(checkedCases(contract).count()).as(contract.name()).isPositive();
      }
    }
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("cases")
  void backwardIsTheDerivativeOfForward(OpContract contract, OpCase opCase) {
    try (ReferenceBackend backend = new ReferenceBackend();
        PreparedCase prepared = PreparedCase.of(opCase, backend, DType.F64)) {
      Map<String, double[]> values = prepared.values();
      for (OpInput input : opCase.inputs()) {
        if (input.trained()) {
          check(prepared, input, values.get("d" + input.name()));
        }
      }
    }
  }

  private static void check(PreparedCase prepared, OpInput input, double[] gradient) {
    double largest = Arrays.stream(gradient).map(Math::abs).max().orElse(0);
    for (int i : sample(gradient.length)) {
      double x = prepared.get(input.name(), i);
      // What is added may round away in part where |x| is large: divide by what was added.
      double up = x + STEP;
      double down = x - STEP;
      prepared.set(input.name(), i, up);
      double above = prepared.objective();
      prepared.set(input.name(), i, down);
      double below = prepared.objective();
      prepared.set(input.name(), i, x);
      double difference = (above - below) / (up - down);
      double rounding = ROUNDINGS_OF_L * Math.ulp(Math.max(Math.abs(above), 1)) / (2 * STEP);
      assertThat(Math.abs(gradient[i] - difference))
          .as("d%s[%d] = %s, difference quotient %s", input.name(), i, gradient[i], difference)
          .isLessThanOrEqualTo(RELATIVE * Math.max(largest, Math.abs(difference)) + rounding);
    }
  }

  private static List<Integer> sample(int count) {
    int stride = Math.max(1, count / CHECKED_ELEMENTS);
    return Stream.iterate(0, i -> i < count, i -> i + stride).toList();
  }
}
