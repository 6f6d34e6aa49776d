package dev.sifter.kernels.gpu.emulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntToLongFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class WarpTraceTest {
  /** What PtxLab puts before a piece. */
  private static final int PROLOGUE = 8;

  private static WarpTrace trace(String piece, int block, int warp, long first, int steps) {
    try (EmulatedGpu gpu = EmulatedGpu.open()) {
      WarpTrace trace = gpu.trace(block, warp, first, steps);
      PtxLab.run(gpu, PtxLab.kernel(64, 1024, piece), 2, 128, PtxLab.counting(128));
      return trace;
    }
  }

  private static TraceStep.Values only(List<TraceStep.Values> values) {
    assertThat(values).hasSize(1);
    return values.getFirst();
  }

  private static long[] lanes(IntToLongFunction value) {
    return IntStream.range(0, 32).mapToLong(value).toArray();
  }

  @Test
  void notesWhatAWarpReadsAndWrites() {
    WarpTrace trace =
        trace(
            """
            ld.global.u32 %r1, [%d2+0];
            mul.lo.u32 %r1, %r1, 3;
            st.global.u32 [%d3], %r1;
            """,
            1, 1, PROLOGUE + 1, 3);
    List<TraceStep> steps = trace.steps();
    assertThat(steps).hasSize(3);
    assertThat(trace.total()).isEqualTo(PROLOGUE + 3 + 1);

    TraceStep load = steps.get(0);
    assertThat(load.number()).isEqualTo(PROLOGUE + 1);
    assertThat(load.instruction()).isEqualTo("ld.global.u32 %r1, [%d2]");
    assertThat(load.where().toString()).isEqualTo("ptx:" + PtxLab.FIRST_LINE);
    assertThat(load.lanes()).isEqualTo(-1);
    assertThat(only(load.reads()).name()).isEqualTo("%d2");
    // Warp 1 of block 1 has the threads 96 to 127.
    assertThat(only(load.writes()).values()).isEqualTo(lanes(lane -> 96 + lane));
    TraceStep.Addresses from = load.addresses().getFirst();
    assertThat(from.space()).isEqualTo("global");
    assertThat(from.places()).isEqualTo(only(load.reads()).values());
    assertThat(from.buffer()).isEqualTo("offset 384 of buffer #1 (512 bytes)");

    assertThat(only(steps.get(1).reads()).values()).as("before").isEqualTo(lanes(i -> 96 + i));
    assertThat(only(steps.get(1).writes()).values()).isEqualTo(lanes(i -> 3 * (96 + i)));
    assertThat(steps.get(2).writes()).isEmpty();
    assertThat(steps.get(2).reads())
        .extracting(TraceStep.Values::name)
        .containsExactly("%d3", "%r1");
  }

  @Test
  void divergentLanesHaveStepsOfTheirOwn() {
    List<TraceStep> steps =
        trace(
                """
                mov.u32 %r2, %laneid;
                setp.lt.u32 %p0, %r2, 8;
                mov.u32 %r1, 0;
                @%p0 bra LOW;
                mov.u32 %r1, 5;
                LOW:
                @!%p0 add.u32 %r1, %r1, 1;
                st.global.u32 [%d3], %r1;
                """,
                0, 0, PROLOGUE + 1, 7)
            .steps();
    assertThat(steps)
        .extracting(TraceStep::laneText)
        .containsExactly("0-31", "0-31", "0-31", "0-7", "8-31", "8-31", "0-31");
    assertThat(only(steps.get(0).reads()).name()).isEqualTo("%laneid");
    assertThat(only(steps.get(1).writes()).values()).isEqualTo(lanes(i -> i < 8 ? 1 : 0));
    assertThat(steps.get(3).instruction()).isEqualTo("@%p0 bra LOW");
    assertThat(steps.get(5).instruction()).isEqualTo("@!%p0 add.u32 %r1, %r1, 1");
    assertThat(steps.get(5).active()).isEqualTo(-1);
    assertThat(only(steps.get(5).writes()).values()).isEqualTo(lanes(i -> i < 8 ? 0 : 6));
  }

  @Test
  void sharedMemoryIsNamedByItsOffset() {
    List<TraceStep> steps =
        trace(
                """
                mov.u32 %r5, smem;
                mad.lo.u32 %r5, %r0, 16, %r5;
                mad.wide.u32 %d5, %r0, 4, %d0;
                cp.async.ca.shared.global [%r5+4], [%d5], 4;
                cp.async.wait_all;
                ld.shared.u32 %r1, [%r5+4];
                st.global.u32 [%d3], %r1;
                """,
                0, 1, PROLOGUE + 4, 3)
            .steps();
    TraceStep copy = steps.get(0);
    assertThat(copy.addresses())
        .extracting(TraceStep.Addresses::space)
        .containsExactly("shared", "global");
    assertThat(copy.addresses().getFirst().places()).isEqualTo(lanes(i -> 16 * (32 + i) + 4));
    assertThat(steps.get(2).addresses().getFirst().places())
        .isEqualTo(lanes(i -> 16 * (32 + i) + 4));
    assertThat(only(steps.get(2).writes()).values()).isEqualTo(lanes(i -> 32 + i));
  }

  @Test
  void looksOnWithoutChangingAnything() {
    String piece =
        """
        mov.u32 %r5, smem; mad.lo.u32 %r6, %r0, 4, %r5;
        ld.global.u32 %r1, [%d2];
        st.shared.u32 [%r6], %r1;
        bar.sync 0;
        xor.b32 %r7, %r0, 33; mad.lo.u32 %r7, %r7, 4, %r5;
        ld.shared.u32 %r1, [%r7];
        st.global.u32 [%d3], %r1;
        """;
    for (long seed = 0; seed < 3; seed++) {
      try (EmulatedGpu gpu = new EmulatedGpu(EmulatorOptions.defaults().withSeed(seed))) {
        int[] in = PtxLab.counting(128);
        int[] alone = PtxLab.run(gpu, PtxLab.kernel(64, 1024, piece), 2, 128, in);
        EmulatorReport report = gpu.lastReport();
        WarpTrace trace = gpu.trace(1, 0, 1, 1000);
        assertThat(PtxLab.run(gpu, PtxLab.kernel(64, 1024, piece), 2, 128, in)).isEqualTo(alone);
        assertThat(gpu.lastReport()).isEqualTo(report);
        assertThat(trace.steps()).hasSize((int) trace.total());

        // It was for that launch only.
        long total = trace.total();
        PtxLab.run(gpu, PtxLab.kernel(64, 1024, piece), 2, 128, in);
        assertThat(trace.total()).isEqualTo(total);
      }
    }
  }

  @Test
  void endsWithTheInstructionThatFailed() {
    try (EmulatedGpu gpu = EmulatedGpu.open()) {
      WarpTrace trace = gpu.trace(0, 0, 1, 100);
      assertThatExceptionOfType(EmulatorFaultException.class)
          .isThrownBy(
              () ->
                  PtxLab.run(
                      gpu,
                      PtxLab.kernel(32, 0, "ld.global.u32 %r1, [%d2+4];"),
                      1,
                      32,
                      PtxLab.counting(32)));
      TraceStep last = trace.steps().getLast();
      assertThat(last.instruction()).isEqualTo("ld.global.u32 %r1, [%d2+4]");
      assertThat(last.writes()).isEmpty();
      assertThat(trace.total()).isEqualTo(last.number());
    }
  }

  @Test
  void thereMustBeSuchAWarp() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> trace("", 2, 0, 1, 1))
        .withMessageContaining("blocks 0 to 1 of warps 0 to 1; there is no warp 0 of block 2");
    assertThatIllegalArgumentException().isThrownBy(() -> trace("", 0, 2, 1, 1));
    assertThatIllegalArgumentException().isThrownBy(() -> trace("", 0, 0, 0, 1));
  }

  @Test
  void reportsComeInOrder() {
    try (EmulatedGpu gpu = EmulatedGpu.open()) {
      List<EmulatorReport> reports = new ArrayList<>();
      gpu.reportTo(reports::add);
      PtxLab.run(gpu, PtxLab.kernel(32, 0, "st.global.u32 [%d3], %r0;"), 1, 32);
      PtxLab.run(gpu, PtxLab.kernel(64, 0, "st.global.u32 [%d3], %r0;"), 1, 64);
      assertThat(reports).extracting(EmulatorReport::threadsPerBlock).containsExactly(32, 64);
      assertThat(reports.getLast()).isSameAs(gpu.lastReport());
    }
  }
}
