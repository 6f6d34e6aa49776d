package dev.sifter.kernels.gpu.emulator;

import static dev.sifter.kernels.gpu.emulator.MemoryCheckTest.fault;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.api.Test;

/** Wrong barriers and wrong collectives, planted. */
class CollectiveCheckTest {
  private static final int LINE = PtxLab.FIRST_LINE;

  @Test
  void aBarrierUnderDivergence() {
    assertThat(fault(Check.BARRIER, "setp.lt.u32 %p0, %r0, 7;\n@%p0 bra END;\nbar.sync 0;\nEND:\n"))
        .hasMessageContaining("the barrier is for whole warps; only lanes 7-31 came to it")
        .hasMessageContaining("kernel piece at ptx:%d: bar.sync".formatted(LINE + 2))
        .hasMessageContaining("block (0,0,0), warp 0");
    assertThat(fault(Check.BARRIER, "setp.lt.u32 %p0, %r0, 7; @%p0 exit; bar.sync 0;"))
        .hasMessageContaining("only lanes 7-31");
  }

  @Test
  void aBarrierThatSomeWarpsDoNotReach() {
    assertThat(
            fault(
                Check.BARRIER,
                96,
                1,
                """
                setp.lt.u32 %p0, %r0, 64;
                @%p0 bra OTHER;
                bar.sync 1, 96;
                OTHER:
                @%p0 bar.sync 2, 96;
                """))
        .hasMessageContaining("no warp can go on: warp 0 waits at barrier 2, ptx:")
        .hasMessageContaining("warp 2 waits at barrier 1, ptx:%d".formatted(LINE + 2));
  }

  @Test
  void aBarrierWithTwoCounts() {
    assertThat(
            fault(
                Check.BARRIER,
                96,
                1,
                """
                setp.lt.u32 %p0, %r0, 32;
                @%p0 bar.sync 1, 64;
                @!%p0 bar.sync 1, 96;
                """))
        .hasMessageContaining("barrier 1 is for 96 threads here, for 64 where other warps wait");
  }

  @Test
  void barriersThatDoNotExist() {
    assertThat(fault(Check.BARRIER, "bar.sync 16;")).hasMessageContaining("there are 0 to 15");
    assertThat(fault(Check.BARRIER, 64, 1, "bar.sync 1, 33;"))
        .hasMessageContaining("must be a multiple of 32 up to the block's 64");
    assertThat(fault(Check.BARRIER, 64, 1, "bar.sync 1, 96;"))
        .hasMessageContaining("a barrier for 96 threads");
    assertThat(fault(Check.COLLECTIVE, "bar.sync %r0;")).hasMessageContaining("the lanes disagree");
  }

  @Test
  void warpsThatHaveEndedAreNotWaitedFor() {
    int[] out =
        PtxLab.run(
            EmulatorOptions.defaults(),
            PtxLab.kernel(
                96,
                0,
                """
                st.global.u32 [%d3], %r0;
                setp.ge.u32 %p0, %r0, 64;
                @%p0 exit;
                bar.sync 0;
                """),
            1,
            96);
    assertThat(out[95]).isEqualTo(95);
  }

  @Test
  void shufflesWithLanesThatAreElsewhere() {
    assertThat(
            fault(
                Check.COLLECTIVE,
                """
                setp.lt.u32 %p0, %r0, 30;
                @%p0 shfl.sync.bfly.b32 %r1, %r0, 1, 31, 0xffffffff;
                """))
        .hasMessageContaining("it is for lanes 0-31, but lanes 0-29 run it");
    assertThat(
            fault(
                Check.COLLECTIVE,
                """
                setp.lt.u32 %p0, %r0, 30;
                @%p0 shfl.sync.down.b32 %r1, %r0, 1, 31, 0x3fffffff;
                """))
        .hasMessageContaining("reads lane 30, which does not take part")
        .hasMessageContaining("lane 29");
  }

  @Test
  void matrixInstructionsNeedAllLanes() {
    String some = "setp.lt.u32 %p0, %r0, 16;\n@%p0 exit;\nmov.u32 %r1, 0; mov.f32 %f1, 0f00000000;";
    assertThat(
            fault(
                Check.COLLECTIVE,
                some
                    + """
                    mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%f1, %f2, %f3, %f4},
                      {%r1, %r1, %r1, %r1}, {%r1, %r1}, {%f1, %f1, %f1, %f1};
                    """))
        .hasMessageContaining("all 32 lanes must run this; only 16-31 do, lanes 0-15 have ended");
    assertThat(
            fault(
                Check.COLLECTIVE,
                "setp.lt.u32 %p0, %r0, 16; mov.u32 %r5, smem;"
                    + "@%p0 ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%r1}, [%r5];"))
        .hasMessageContaining("only 0-15 do");
    assertThat(
            fault(
                Check.COLLECTIVE,
                "setp.lt.u32 %p0, %r0, 16; @%p0 redux.sync.add.u32 %r1, %r0, 0xffffffff;"))
        .hasMessageContaining("but lanes 0-15 run it");
    assertThat(fault(Check.COLLECTIVE, "setp.lt.u32 %p0, %r0, 16; @%p0 bra.uni END; END:"))
        .hasMessageContaining("bra.uni, but only lanes 0-15 jump");
    assertThat(fault(Check.COLLECTIVE, some + "bar.warp.sync 0xffffffff;"))
        .hasMessageContaining("lanes 0-15 have ended");
  }

  @Test
  void loopsThatDoNotEnd() {
    EmulatorOptions options = EmulatorOptions.defaults().withMaxInstructions(10_000);
    assertThatExceptionOfType(EmulatorFaultException.class)
        .isThrownBy(
            () ->
                PtxLab.run(
                    options, PtxLab.kernel(64, 0, "LOOP:\nadd.u32 %r1, %r0, 1;\nbra LOOP;"), 1, 64))
        .withMessageContaining("the block has run 10000 instructions and has not ended")
        .satisfies(fault -> assertThat(fault.check()).isEqualTo(Check.ENDLESS));
  }

  @Test
  void copiesInTheBackgroundThatNobodyWaitedFor() {
    String begin =
        """
        mul.wide.u32 %d5, %r0, 4; add.u64 %d5, %d5, %d0;
        mov.u32 %r6, smem; mad.lo.u32 %r5, %r0, 4, %r6;
        cp.async.ca.shared.global [%r5], [%d5], 4;
        cp.async.commit_group;
        """;
    assertThat(fault(Check.ASYNC_COPY, begin + "ld.shared.u32 %r1, [%r5];"))
        .hasMessageContaining(
            "reads what a copy in the background, begun at ptx:%d, has not brought yet"
                .formatted(LINE + 2))
        .hasMessageContaining("lane 0");
    assertThat(fault(Check.ASYNC_COPY, begin + "cp.async.wait_group 1; ld.shared.u32 %r1, [%r5];"))
        .hasMessageContaining("has not brought yet");
    assertThat(fault(Check.ASYNC_COPY, begin + "bar.sync 0; st.shared.u32 [%r5], 1;"))
        .hasMessageContaining("writes where a copy in the background");
    assertThat(
            fault(
                Check.ASYNC_COPY,
                begin + "add.u32 %r1, %r0, 1; st.global.u32 [%d5], %r1; cp.async.wait_group 0;"))
        .hasMessageContaining("the source of a copy in the background changed");
    // Waiting helps the thread itself; others need a barrier as well.
    assertThat(
            fault(
                Check.SHARED_RACE,
                begin
                    + """
                    cp.async.wait_group 0;
                    xor.b32 %r7, %r0, 1; mad.lo.u32 %r7, %r7, 4, %r6;
                    ld.shared.u32 %r1, [%r7];
                    """))
        .hasMessageContaining("reads what warp 0, lane 1 wrote");
  }

  @Test
  void copiesInTheBackgroundOverWhatOthersStillRead() {
    assertThat(
            fault(
                Check.SHARED_RACE,
                64,
                1,
                """
                mov.u32 %r6, smem; mad.lo.u32 %r5, %r0, 4, %r6;
                st.shared.u32 [%r5], %r0;
                bar.sync 0;
                xor.b32 %r7, %r0, 32; mad.lo.u32 %r7, %r7, 4, %r6;
                setp.lt.u32 %p0, %r0, 32;
                @!%p0 ld.shared.u32 %r1, [%r7];
                @%p0 cp.async.ca.shared.global [%r5], [%d2], 4;
                """))
        .hasMessageContaining("writes what warp 1 read");
  }
}
