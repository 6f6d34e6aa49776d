package dev.sifter.kernels.gpu.emulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntToLongFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TraceTest {

  @Test
  void showsOneWarpStepByStep() {
    List<TraceStep> steps = new ArrayList<>();
    try (EmulatedGpu gpu = EmulatedGpu.open()) {
      gpu.trace(2, 1, steps::add);
      PtxLab.run(
          gpu,
          PtxLab.kernel(
              64,
              0,
              """
              cvt.rn.f32.u32 %f1, %r0;
              setp.ge.u32 %p0, %r0, 40;
              @%p0 add.u64 %d5, %d0, 8;
              mov.b64 {%r1, _}, %d0;
              st.global.f32 [%d3], %f1;
              """),
          3,
          192);
    }

    // Eight instructions come before the piece, a return after it.
    assertThat(steps).hasSize(8 + 5 + 1);
    assertThat(steps).allMatch(step -> step.block() == 2 && step.warp() == 1);
    TraceStep convert = steps.get(8);
    assertThat(convert.where()).isEqualTo(new SourceLocation("ptx", PtxLab.FIRST_LINE));
    assertThat(convert.instruction()).isEqualTo("cvt.rn.f32.u32 %f1, %r0");
    assertThat(convert.results().getFirst().text(5)).isEqualTo("37.0");
    assertThat(convert).hasToString("ptx:21                   cvt.rn.f32.u32 %f1, %r0  %f1=32.0");
    assertThat(steps.get(9).results().getFirst().lanes()[7]).isZero();
    assertThat(steps.get(9).results().getFirst().text(8)).isEqualTo("true");
    assertThat(steps.get(10).toString())
        .endsWith("@%p0 add.u64 %d5, %d0, 8  %d5=0x10000000008  (lanes 8-31)");
    assertThat(steps.get(11).toString()).endsWith("mov.b64 {%r1, _}, %d0  %r1=0x0");
    assertThat(steps.get(12).results()).isEmpty();
  }

  private static List<TraceStep> piece(String piece, int block, int warp) {
    List<TraceStep> steps = new ArrayList<>();
    try (EmulatedGpu gpu = EmulatedGpu.open()) {
      gpu.trace(block, warp, steps::add);
      PtxLab.run(gpu, PtxLab.kernel(64, 1024, piece), 2, 128, PtxLab.counting(128));
    }
    return steps.subList(8, steps.size());
  }

  private static TraceStep.Register only(List<TraceStep.Register> registers) {
    assertThat(registers).hasSize(1);
    return registers.getFirst();
  }

  private static long[] lanes(IntToLongFunction value) {
    return IntStream.range(0, 32).mapToLong(value).toArray();
  }

  @Test
  void showsWhatWasThereBeforeAndWhereItGoes() {
    List<TraceStep> steps =
        piece(
            """
            ld.global.u32 %r1, [%d2+0];
            mul.lo.u32 %r1, %r1, 3;
            st.global.u32 [%d3], %r1;
            """,
            1, 1);
    TraceStep load = steps.get(0);
    // Warp 1 of block 1 has the threads 96 to 127.
    assertThat(only(load.operands()).name()).isEqualTo("%d2");
    assertThat(only(load.results()).lanes()).isEqualTo(lanes(lane -> 96 + lane));
    TraceStep.Addresses from = load.addresses().getFirst();
    assertThat(from.space()).isEqualTo("global");
    assertThat(from.lanes()).isEqualTo(only(load.operands()).lanes());
    assertThat(from.buffer()).isEqualTo("offset 384 of buffer #1 (512 bytes)");

    assertThat(only(steps.get(1).operands()).lanes()).isEqualTo(lanes(lane -> 96 + lane));
    assertThat(only(steps.get(1).results()).lanes()).isEqualTo(lanes(lane -> 3 * (96 + lane)));
    assertThat(steps.get(2).operands())
        .extracting(TraceStep.Register::name)
        .containsExactly("%d3", "%r1");
  }

  @Test
  void divergentLanesHaveStepsOfTheirOwn() {
    List<TraceStep> steps =
        piece(
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
            0, 0);
    assertThat(steps.subList(0, 7))
        .extracting(TraceStep::laneText)
        .containsExactly("0-31", "0-31", "0-31", "0-7", "8-31", "8-31", "0-31");
    assertThat(only(steps.get(0).operands()).name()).isEqualTo("%laneid");
    assertThat(steps.get(5).operands())
        .extracting(TraceStep.Register::name)
        .containsExactly("%r1", "%p0");
    assertThat(only(steps.get(5).results()).lanes()).isEqualTo(lanes(i -> i < 8 ? 0 : 6));
  }

  @Test
  void sharedMemoryIsNamedByItsOffset() {
    List<TraceStep> steps =
        piece(
            """
            mov.u32 %r5, smem;
            mad.lo.u32 %r5, %r0, 16, %r5;
            mad.wide.u32 %d5, %r0, 4, %d0;
            cp.async.ca.shared.global [%r5+4], [%d5], 4;
            cp.async.wait_all;
            ld.shared.u32 %r1, [%r5+4];
            st.global.u32 [%d3], %r1;
            """,
            0, 1);
    TraceStep copy = steps.get(3);
    assertThat(copy.addresses())
        .extracting(TraceStep.Addresses::space)
        .containsExactly("shared", "global");
    assertThat(copy.addresses().getFirst().lanes()).isEqualTo(lanes(i -> 16 * (32 + i) + 4));
    TraceStep load = steps.get(5);
    assertThat(load.addresses().getFirst().lanes()).isEqualTo(lanes(i -> 16 * (32 + i) + 4));
    assertThat(only(load.results()).lanes()).isEqualTo(lanes(i -> 32 + i));
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
    int[] in = PtxLab.counting(128);
    for (long seed = 0; seed < 3; seed++) {
      try (EmulatedGpu gpu = new EmulatedGpu(EmulatorOptions.defaults().withSeed(seed))) {
        int[] alone = PtxLab.run(gpu, PtxLab.kernel(64, 1024, piece), 2, 128, in);
        EmulatorReport report = gpu.lastReport();
        List<TraceStep> steps = new ArrayList<>();
        gpu.trace(1, 0, steps::add);
        assertThat(PtxLab.run(gpu, PtxLab.kernel(64, 1024, piece), 2, 128, in)).isEqualTo(alone);
        assertThat(gpu.lastReport()).isEqualTo(report);
        assertThat(steps).hasSize(8 + 9 + 1);
      }
    }
  }

  @Test
  void endsWithTheInstructionThatFailed() {
    List<TraceStep> steps = new ArrayList<>();
    try (EmulatedGpu gpu = EmulatedGpu.open()) {
      gpu.trace(0, 0, steps::add);
      assertThatExceptionOfType(EmulatorFaultException.class)
          .isThrownBy(
              () ->
                  PtxLab.run(
                      gpu,
                      PtxLab.kernel(32, 0, "ld.global.u32 %r1, [%d2+4];"),
                      1,
                      32,
                      PtxLab.counting(32)));
    }
    TraceStep last = steps.getLast();
    assertThat(last.instruction()).isEqualTo("ld.global.u32 %r1, [%d2+4]");
    assertThat(last.results()).isEmpty();
    assertThat(last.addresses().getFirst().lanes()[31]).isEqualTo((1L << 40) + 128);
  }
}
