package dev.sifter.kernels.gpu.emulator;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ControlFlowTest {

  @Test
  void lanesThatPartedMeetAgain() {
    int[] out =
        PtxLab.run(
            """
            and.b32 %r1, %r0, 1;
            setp.eq.u32 %p0, %r1, 0;
            @%p0 bra EVEN;
              mul.lo.u32 %r2, %r0, 3;
              bra JOIN;
            EVEN:
              add.u32 %r2, %r0, 1000;
            JOIN:
            // All lanes must be here again, or this is refused.
            shfl.sync.bfly.b32 %r3, %r2, 1, 31, 0xffffffff;
            st.global.u32 [%d3], %r3;
            """);
    for (int lane = 0; lane < 32; lane++) {
      int other = lane ^ 1;
      assertThat(out[lane]).isEqualTo(other % 2 == 0 ? other + 1000 : other * 3);
    }
  }

  @Test
  void everyLaneLoopsAsLongAsItMust() {
    int[] out =
        PtxLab.run(
            """
            mov.u32 %r1, 0;
            mov.u32 %r2, 0;
            LOOP:
            setp.ge.u32 %p0, %r2, %r0;
            @%p0 bra DONE;
            add.u32 %r2, %r2, 1;
            add.u32 %r1, %r1, %r2;
            bra.uni LOOP;
            DONE:
            vote.sync.ballot.b32 %r3, %p0, 0xffffffff;
            popc.b32 %r3, %r3;
            mad.lo.u32 %r1, %r3, 10000, %r1;
            st.global.u32 [%d3], %r1;
            """);
    for (int lane = 0; lane < 32; lane++) {
      assertThat(out[lane]).isEqualTo(320_000 + lane * (lane + 1) / 2);
    }
  }

  @Test
  void nestedBranches() {
    int[] out =
        PtxLab.run(
            """
            mov.u32 %r2, 0;
            setp.lt.u32 %p0, %r0, 20;
            setp.lt.u32 %p1, %r0, 10;
            @!%p0 bra END;
              add.u32 %r2, %r2, 1;
              @!%p1 bra INNER;
                add.u32 %r2, %r2, 10;
              INNER:
              add.u32 %r2, %r2, 100;
            END:
            st.global.u32 [%d3], %r2;
            """);
    for (int lane = 0; lane < 32; lane++) {
      assertThat(out[lane]).isEqualTo(lane < 10 ? 111 : lane < 20 ? 101 : 0);
    }
  }

  @Test
  void guardsLeaveOtherLanesAsTheyWere() {
    int[] out =
        PtxLab.run(
            """
            mov.u32 %r1, 7;
            mov.f32 %f1, 0f40000000;
            cvt.u64.u32 %d5, %r0;
            setp.lt.u32 %p0, %r0, 5;
            @%p0 add.u32 %r1, %r1, %r1;
            @!%p0 mul.rn.f32 %f1, %f1, %f1;
            @%p0 add.u64 %d5, %d5, 1000;
            @%p0 setp.eq.u32 %p1, %r0, 3;
            @!%p0 setp.eq.u32 %p1, %r0, 30;
            cvt.rzi.u32.f32 %r2, %f1;
            cvt.u32.u64 %r3, %d5;
            mad.lo.u32 %r1, %r1, 100, %r2;
            mad.lo.u32 %r1, %r1, 10000, %r3;
            @%p1 mov.u32 %r1, 1;
            st.global.u32 [%d3], %r1;
            """);
    for (int lane = 0; lane < 32; lane++) {
      int expected = lane < 5 ? 1402 * 10_000 + 1000 + lane : 704 * 10_000 + lane;
      assertThat(out[lane]).isEqualTo(lane == 3 || lane == 30 ? 1 : expected);
    }
  }

  @Test
  void lanesEndOneByOne() {
    int[] out =
        PtxLab.run(
            EmulatorOptions.defaults(),
            PtxLab.kernel(
                64,
                0,
                """
                mov.u32 %r1, 5;
                st.global.u32 [%d3], %r1;
                setp.ge.u32 %p0, %r0, 40;
                @%p0 exit;
                setp.lt.u32 %p1, %r0, 3;
                @%p1 bra ADD;
                ret;
                ADD:
                add.u32 %r1, %r1, 1;
                st.global.u32 [%d3], %r1;
                """),
            1,
            64);
    for (int thread = 0; thread < 64; thread++) {
      assertThat(out[thread]).isEqualTo(thread < 3 ? 6 : 5);
    }
  }

  @Test
  void branchesThatPartAWarpAreCounted() {
    try (EmulatedGpu gpu = EmulatedGpu.open()) {
      PtxLab.run(
          gpu,
          PtxLab.kernel(
              64,
              0,
              """
              st.global.u32 [%d3], %r0;
              setp.lt.u32 %p0, %r0, 40;
              @%p0 bra END;
              st.global.u32 [%d3], %r0;
              END:
              """),
          1,
          64);
      // Warp 0 jumps as a whole; warp 1 parts at thread 40.
      assertThat(gpu.lastReport().total().divergentBranches()).isOne();
      // 10 instructions before the branch, it, the store in warp 1, the end in both; of warp 1 8
      // lanes do not run the store.
      assertThat(gpu.lastReport().total().laneInstructions())
          .isEqualTo((2 * 11 + 1 + 2) * 32 - 8 - (64 - 40 + 8 - 8));
    }
  }
}
