package dev.sifter.engine.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sifter.engine.backend.dryrun.DryRunBackend;
import dev.sifter.engine.backend.reference.ReferenceBackend;
import dev.sifter.engine.ops.contract.OpCase;
import dev.sifter.engine.ops.contract.OpContract;
import dev.sifter.engine.ops.contract.OpContracts;
import dev.sifter.engine.ops.contract.OpWork;
import dev.sifter.engine.ops.contract.PreparedCase;
import dev.sifter.engine.tensor.DType;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class DryRunTest {
  static Stream<OpContract> contracts() {
    return OpContracts.all().stream();
  }

  /** The promise that a plan rests on: the same peak, byte for byte, as of a real run. */
  @ParameterizedTest
  @MethodSource("contracts")
  void memoryIsThatOfARealRun(OpContract contract) {
    for (OpCase opCase : contract.cases()) {
      try (Backend real = new ReferenceBackend();
          Backend dry = new DryRunBackend()) {
        assertThat(peakBytes(opCase, dry)).as(opCase.name()).isEqualTo(peakBytes(opCase, real));
      }
    }
  }

  private static long peakBytes(OpCase opCase, Backend backend) {
    try (PreparedCase prepared = PreparedCase.of(opCase, backend, DType.F32)) {
      prepared.forwardAndBackward();
    }
    backend.ledger().assertEmpty();
    return backend.ledger().peakBytes();
  }

  @Test
  void aMatrixProductIsTwoOperationsATerm() {
    OpWork work = OpWork.of(benchmark("linear"));
    double product = 2.0 * 512 * 576 * 1536;
    assertThat(work.forward().flops()).isEqualTo(product);
    assertThat(work.backward().flops()).as("dx and dW").isEqualTo(2 * product);
    double x = 4.0 * 512 * 576;
    double w = 4.0 * 576 * 1536;
    double y = 4.0 * 512 * 1536;
    assertThat(work.forward().bytes()).isEqualTo(x + w + y);
    assertThat(work.backward().bytes()).as("dy, W → dx; dy, x → dW").isEqualTo(2 * (x + w + y));
  }

  /** Query i of n sees i + 1 keys; two products of headDim terms each, besides the softmax. */
  @Test
  void causalAttentionScoresHalfTheSquare() {
    double pairs = 9.0 * 512 * 513 / 2;
    assertThat(OpWork.of(benchmark("attention")).forward().flops())
        .isEqualTo(pairs * 4 * 64, within(pairs * 8));
  }

  private static OpCase benchmark(String name) {
    return OpContracts.named(name).benchmark();
  }
}
