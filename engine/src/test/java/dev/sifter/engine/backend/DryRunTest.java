package dev.sifter.engine.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sifter.engine.backend.dryrun.DryRunBackend;
import dev.sifter.engine.backend.reference.ReferenceBackend;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.ops.contract.OpCase;
import dev.sifter.engine.ops.contract.OpContract;
import dev.sifter.engine.ops.contract.OpContracts;
import dev.sifter.engine.ops.contract.OpWork;
import dev.sifter.engine.ops.contract.PreparedCase;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
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

  /** Forward q, k, v, out; backward dOut, q, k, v, out, dq, dk, dv; both the denominators. */
  @Test
  void attentionReadsAndWritesEveryTensorOnce() {
    AttentionSpec spec = new AttentionSpec(4, 2, 8, 1, 0, 0);
    Segments segments = Segments.packed(5, 2);
    double q = 4.0 * 7 * 4 * 8;
    double k = 4.0 * 7 * 2 * 8;
    double denominators = 4.0 * 7 * 4;
    try (DryRunBackend backend = new DryRunBackend();
        TensorArena arena = backend.newArena("attention")) {
      Tensor wide = arena.allocate(DType.F32, Shape.of(7, 32));
      Tensor narrow = arena.allocate(DType.F32, Shape.of(7, 16));
      Tensor logSumExp = arena.allocate(DType.F32, Shape.of(7, 4));
      AttentionKernels kernels = backend.attention();
      kernels.attention(spec, segments, null, wide, narrow, narrow, wide, logSumExp);
      double forward = backend.work().bytes();
      assertThat(forward).isEqualTo(2 * q + 2 * k + denominators);
      kernels.attentionBackward(
          spec, segments, null, wide, wide, narrow, narrow, wide, logSumExp, wide, narrow, narrow);
      assertThat(backend.work().bytes() - forward).isEqualTo(4 * q + 4 * k + denominators);
    }
  }

  @Test
  void logitsAreWrittenOnlyWhereTheirGradientIsWanted() {
    assertThat(crossEntropyBytes(1)).isEqualTo(2 * crossEntropyBytes(0));
  }

  private static double crossEntropyBytes(float gradientScale) {
    try (DryRunBackend backend = new DryRunBackend();
        TensorArena arena = backend.newArena("logits")) {
      Tensor logits = arena.allocate(DType.F32, Shape.of(3, 31));
      Tensor targets = arena.allocate(DType.I32, Shape.of(3));
      Tensor loss = arena.allocate(DType.F32, Shape.of(3));
      backend.loss().crossEntropy(TokenLoss.NLL, logits, targets, gradientScale, loss, null, null);
      return backend.work().bytes();
    }
  }

  private static OpCase benchmark(String name) {
    return OpContracts.named(name).benchmark();
  }
}
