package dev.sifter.tests.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.sifter.engine.Backends;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.backend.reference.ReferenceBackend;
import dev.sifter.engine.ops.contract.OpCase;
import dev.sifter.engine.ops.contract.OpContract;
import dev.sifter.engine.ops.contract.OpContracts;
import dev.sifter.engine.ops.contract.OpInput;
import dev.sifter.engine.ops.contract.PreparedCase;
import dev.sifter.engine.ops.contract.Tolerance;
import dev.sifter.engine.tensor.DType;
import dev.sifter.tests.TestBackends;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every op in fp32 on every backend against the reference backend in double precision: outputs and
 * the gradients of all inputs, between guard words, in memory that holds NaN before it is written.
 */
class OpValueTest {
  private static final float PRIOR_GRADIENT = 1;
  private static final int ENOUGH_TO_BE_COMPILED = 80;
  private static final double ULP = 0x1p-23;

  static Stream<Arguments> cases() {
    return TestBackends.withGpu().stream()
        .flatMap(
            name ->
                OpContracts.all().stream()
                    .filter(contract -> contract.onGpus() || !TestBackends.isGpu(name))
                    .flatMap(
                        contract ->
                            contract.cases().stream().map(c -> Arguments.of(name, contract, c))));
  }

  @ParameterizedTest(name = "{0}: {1}: {2}")
  @MethodSource("cases")
  void valuesAndGradientsAreThoseOfTheReference(String name, OpContract contract, OpCase opCase) {
    Map<String, double[]> expected = exact(opCase);
    try (Backend backend = TestBackends.open(name);
        PreparedCase prepared =
            PreparedCase.of(opCase, GuardedBackend.around(backend), DType.F32)) {
      Map<String, double[]> actual = prepared.values();
      assertThat(actual).containsOnlyKeys(expected.keySet());
      expected.forEach(
          (what, values) -> assertClose(contract, opCase, what, actual.get(what), values, 0));
      assertSameBits("a second run", prepared.values(), actual);
      checkAccumulation(contract, opCase, prepared, expected);
    }
  }

  /** What each backward kernel does where its parameter says that the gradient is added to. */
  private static void checkAccumulation(
      OpContract contract, OpCase opCase, PreparedCase prepared, Map<String, double[]> expected) {
    Map<String, double[]> added = prepared.valuesAddedTo(PRIOR_GRADIENT);
    for (OpInput input : opCase.inputs()) {
      if (input.trained()) {
        String what = "d" + input.name();
        assertClose(contract, opCase, what, added.get(what), expected.get(what), PRIOR_GRADIENT);
      }
    }
  }

  @ParameterizedTest(name = "{0}: {1}: {2}")
  @MethodSource("cases")
  void freezingOneInputLeavesTheOtherGradients(String name, OpContract contract, OpCase opCase) {
    try (Backend backend = TestBackends.open(name)) {
      Map<String, double[]> all = values(opCase, backend, "");
      for (OpInput frozen : opCase.inputs()) {
        if (frozen.trained()) {
          Map<String, double[]> others = values(opCase, backend, frozen.name());
          others.forEach(
              (what, gradient) ->
                  assertThat(gradient)
                      .as("%s with %s frozen", what, frozen.name())
                      .isEqualTo(all.get(what)));
        }
      }
      assertThat(backend.ledger().bytes()).as("bytes not given back").isZero();
    }
  }

  static Stream<Arguments> threadedCases() {
    return TestBackends.names().contains("cpu")
        ? OpContracts.all().stream()
            .flatMap(contract -> contract.cases().stream().map(c -> Arguments.of(contract, c)))
        : Stream.empty();
  }

  @ParameterizedTest(name = "{0}: {1}", allowZeroInvocations = true)
  @MethodSource("threadedCases")
  void theNumberOfThreadsDoesNotChangeABit(OpContract contract, OpCase opCase) {
    Map<String, double[]> alone = onThreads(opCase, 1);
    for (int threads : new int[] {2, 5}) {
      assertSameBits(
          "%s on %d threads".formatted(contract, threads), onThreads(opCase, threads), alone);
    }
  }

  private static void assertSameBits(
      String run, Map<String, double[]> actual, Map<String, double[]> expected) {
    assertThat(actual).as(run).containsOnlyKeys(expected.keySet());
    expected.forEach(
        (what, values) -> assertThat(actual.get(what)).as("%s: %s", run, what).isEqualTo(values));
  }

  /** Code that the JIT compiles on the way must compute what the interpreter did. */
  @ParameterizedTest(name = "{0}, {1}")
  @CsvSource({
    "attention, '129 tokens, 3 heads share 1'",
    "attention, heads of 31",
    "rms-norm, 31x127",
    "layer-norm, 31x127",
    "linear, 1x127x33",
    "cross-entropy, 33 rows of 127",
    "squared-norm, 4097 elements"
  })
  void compilationDoesNotChangeABit(String op, String caseName) {
    OpCase opCase =
        OpContracts.named(op).cases().stream()
            .filter(c -> c.name().equals(caseName))
            .findFirst()
            .orElseThrow();
    try (Backend backend = TestBackends.open(TestBackends.fastest());
        PreparedCase prepared = PreparedCase.of(opCase, backend, DType.F32)) {
      Map<String, double[]> first = prepared.values();
      for (int run = 1; run < ENOUGH_TO_BE_COMPILED; run++) {
        Map<String, double[]> again = prepared.values();
        first.forEach((what, values) -> assertThat(again.get(what)).as(what).isEqualTo(values));
      }
    }
  }

  private static Map<String, double[]> onThreads(OpCase opCase, int threads) {
    try (Backend backend = Backends.open("cpu", threads)) {
      return values(opCase, backend, "");
    }
  }

  private static Map<String, double[]> values(OpCase opCase, Backend backend, String frozen) {
    try (PreparedCase prepared =
        PreparedCase.of(opCase, backend, DType.F32, input -> !input.equals(frozen))) {
      return prepared.values();
    }
  }

  private static Map<String, double[]> exact(OpCase opCase) {
    try (ReferenceBackend backend = new ReferenceBackend();
        PreparedCase prepared = PreparedCase.of(opCase, backend, DType.F64)) {
      return prepared.values();
    }
  }

  /**
   * Checks {@code actual} against {@code prior + expected}, a sum that may cancel and is rounded.
   */
  private static void assertClose(
      OpContract contract,
      OpCase opCase,
      String what,
      double[] actual,
      double[] expected,
      double prior) {
    Tolerance tolerance = contract.tolerance(DType.F32);
    assertThat(actual).as(what).hasSameSizeAs(expected);
    double largest = Arrays.stream(expected).map(Math::abs).max().orElse(0);
    for (int i = 0; i < expected.length; i++) {
      double sum = prior + expected[i];
      double roundingOfSum = prior == 0 ? 0 : ULP * (Math.abs(prior) + Math.abs(expected[i]));
      double allowed = tolerance.allowed(expected[i], largest, opCase.cancelling()) + roundingOfSum;
      if (!(actual[i] == sum || Math.abs(actual[i] - sum) <= allowed)) {
        fail(
            "%s[%d] of %d: %s, expected %s ± %s (largest %s, added to %s); %s",
            what, i, expected.length, actual[i], sum, allowed, largest, prior, tolerance.reason());
      }
    }
  }
}
