package dev.sifter.kernels.gpu.emulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
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
}
