package dev.sifter.kernels.library;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.ElementType;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.GlobalPointer;
import dev.sifter.kernels.ptx.MalformedKernelException;
import dev.sifter.kernels.ptx.Pred;
import dev.sifter.kernels.ptx.PtxAssembler;
import dev.sifter.kernels.ptx.PtxKernel;
import dev.sifter.kernels.ptx.PtxTarget;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the assembler refuses, and that it names the line that is to blame. */
class MalformedKernelTest {

  private static PtxKernel assemble(Consumer<PtxAssembler> body) {
    return PtxAssembler.assemble("kernel", 64, PtxTarget.SM_80, body);
  }

  private static void refused(String why, Consumer<PtxAssembler> body) {
    assertThatThrownBy(() -> assemble(body))
        .isInstanceOf(MalformedKernelException.class)
        .hasMessageContaining(why)
        .hasMessageMatching("(?s)MalformedKernelTest\\.java:\\d+: .*");
  }

  @Test
  void namesTheLine() {
    int[] line = new int[1];
    assertThatThrownBy(
            () ->
                assemble(
                    k -> {
                      GlobalPointer x = k.pointer("x", 4);
                      line[0] = new Throwable().getStackTrace()[0].getLineNumber() + 1;
                      k.load(x.plus(2));
                    }))
        .hasMessageStartingWith("MalformedKernelTest.java:" + line[0] + ": ");
  }

  @Test
  void emitsTheLineOfEachInstruction() {
    int[] line = new int[1];
    PtxKernel kernel =
        assemble(
            k -> {
              F32 a = k.number("a");
              line[0] = new Throwable().getStackTrace()[0].getLineNumber() + 1;
              k.mul(a, 2f);
            });
    assertThat(kernel.text())
        .contains(".file 1 \"dev/sifter/kernels/library/MalformedKernelTest.java\"")
        .contains("  .loc 1 %d 0\n  mul.rn.f32".formatted(line[0]));
  }

  @Test
  void refusesMisalignedVectors() {
    refused(
        "multiple of 4",
        k -> {
          ElementPointer x = k.input("x", ElementType.F32, 4);
          k.load(x.plus(1), 4);
        });
    refused(
        "multiple of 8",
        k -> {
          ElementPointer x = k.input("x", ElementType.F32, 2);
          k.load(k.at(x, k.threadIndex(), 4), 4);
        });
    refused("multiple of 2", k -> k.load(k.at(k.shared(64), k.laneIndex(), 4).plus(2)));
  }

  @Test
  void refusesVectorsThatDoNotExist() {
    refused("vector access of 3", k -> k.load(k.input("x", ElementType.F32, 4), 3));
  }

  @Test
  void refusesALoopThatIsToRunNoRound() {
    refused("a loop to 0", k -> k.forRange(0, 1, i -> k.add(i, 1)));
  }

  @Test
  void refusesRegistersOfAnotherKernel() {
    F32[] other = new F32[1];
    assemble(k -> other[0] = k.number("a"));
    refused("another kernel", k -> k.add(k.number("a"), other[0]));
  }

  @Test
  void refusesRegistersThatAreNotWrittenOnEveryPath() {
    refused(
        "not written on every path",
        k -> {
          F32[] inside = new F32[1];
          k.ifThen(k.eq(k.threadIndex(), 0), () -> inside[0] = k.constant(1f));
          k.add(inside[0], 1f);
        });
    refused(
        "not written on every path",
        k -> {
          F32[] inside = new F32[1];
          B32 n = k.size("n");
          k.forRange(0, n, 1, i -> inside[0] = k.toFloat(i));
          k.add(inside[0], 1f);
        });
  }

  @Test
  void takesRegistersThatBothBranchesWrite() {
    assemble(
        k -> {
          F32 a = k.variable(0f);
          Pred p = k.lt(k.threadIndex(), 7);
          k.ifThenElse(p, () -> k.assign(a, k.constant(1f)), () -> k.assign(a, a));
          k.add(a, 1f);
        });
  }

  @Test
  void refusesValuesWhoseVariableChanged() {
    refused(
        "has another value by now",
        k -> {
          F32 sum = k.variable(0f);
          F32 one = k.add(sum, 1f);
          k.assign(sum, one);
          k.assign(sum, k.add(sum, 1f));
          k.add(one, 1f);
        });
  }

  @Test
  void refusesBarriersThatNotAllThreadsReach() {
    refused("bar.sync needs all threads", k -> k.ifThen(k.lt(k.threadIndex(), 7), k::barrier));
    refused("bar.sync needs all threads", k -> k.ifThen(k.eq(k.warpIndex(), 0), k::barrier));
    refused(
        "may have left at MalformedKernelTest.java",
        k -> {
          k.exitIf(k.eq(k.warpIndex(), 1));
          k.barrier();
        });
    refused(
        "bar.sync needs all threads",
        k -> k.forRange(k.warpIndex(), k.constant(9), 2, i -> k.barrier()));
  }

  @Test
  void refusesWarpInstructionsThatNotAllLanesReach() {
    Stream.<Consumer<PtxAssembler>>of(
            k -> k.warpSum(k.constant(1f)),
            k -> k.ballot(k.eq(k.laneIndex(), 1)),
            k -> k.loadMatrices(k.shared(512)),
            PtxAssembler::warpBarrier)
        .forEach(
            together ->
                refused(
                    "needs all threads of a warp",
                    k -> k.ifThen(k.lt(k.threadIndex(), 7), () -> together.accept(k))));
  }

  @Test
  void takesWarpInstructionsUnderConditionsThatWarpsShare() {
    assemble(
        k -> {
          k.ifThen(k.lt(k.warpIndex(), 1), () -> k.warpSum(k.toFloat(k.laneIndex())));
          k.ifThen(k.lt(k.size("n"), 7), k::barrier);
          F32 total = k.warpSum(k.toFloat(k.laneIndex()));
          k.ifThen(k.gt(total, 1f), () -> k.warpMax(total));
        });
  }

  @Test
  void refusesMoreSharedMemoryThanABlockHas() {
    refused("bytes of shared memory", k -> k.shared(164 << 10));
    refused(
        "bytes of shared memory",
        k -> {
          k.shared(100 << 10);
          k.shared(64 << 10);
        });
  }

  @Test
  void refusesStoresIntoInputs() {
    refused(
        "store into an input",
        k -> k.store(k.input("x", ElementType.BF16, 1), List.of(k.constant(1f))));
  }

  @Test
  void refusesNamesThatPtxDoesNotTake() {
    refused("cannot be the name", k -> k.size("two words"));
    refused(
        "is there already",
        k -> {
          k.size("n");
          k.number("n");
        });
  }
}
