package dev.sifter.kernels.gpu.emulator;

import static dev.sifter.kernels.gpu.emulator.MemoryCheckTest.fault;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import org.junit.jupiter.api.Test;

/** Every kind of race in shared memory, planted; and what looks like one and is none. */
class RaceCheckTest {
  private static final int LINE = PtxLab.FIRST_LINE;

  /** %r5 is the thread's word of shared memory, %r6 that of thread 0, %r7 that of thread ^ 32. */
  private static final String WORDS =
      "mov.u32 %r6, smem; mad.lo.u32 %r5, %r0, 4, %r6; xor.b32 %r7, %r0, 32;"
          + " mad.lo.u32 %r7, %r7, 4, %r6; mov.u32 %r1, 0;\n";

  /** Nothing is found under any of four schedules. */
  static void isClean(int threads, int blocks, String piece) {
    for (long seed = 0; seed < 4; seed++) {
      EmulatorOptions options = EmulatorOptions.defaults().withSeed(seed);
      assertThatCode(
              () ->
                  PtxLab.run(
                      options,
                      PtxLab.kernel(threads, 1024, piece),
                      blocks,
                      threads * blocks,
                      PtxLab.counting(threads * blocks)))
          .doesNotThrowAnyException();
    }
  }

  @Test
  void readsWhatAnotherWarpWrites() {
    assertThat(
            fault(
                Check.SHARED_RACE,
                64,
                1,
                WORDS
                    + """
                    setp.lt.u32 %p0, %r0, 32;
                    @%p0 st.shared.u32 [%r5], %r0;
                    @!%p0 ld.shared.u32 %r1, [%r7];
                    """))
        .hasMessageContaining("reads what warp 0, lane 0 wrote at ptx:%d".formatted(LINE + 2))
        .hasMessageContaining("without a barrier in between: offset 0 of shared memory")
        .hasMessageContaining(
            "kernel piece at ptx:%d: @!%%p0 ld.shared.u32 %%r1, [%%r7]".formatted(LINE + 3))
        .hasMessageContaining("warp 1, lane 0 (thread 32)");
  }

  @Test
  void writesWhatAnotherWarpReads() {
    String readThenWrite =
        WORDS
            + """
            setp.lt.u32 %p0, %r0, 32;
            st.shared.u32 [%r5], %r0;
            bar.sync 0;
            @!%p0 ld.shared.u32 %r1, [%r7];
            @%p0 st.shared.u32 [%r5], %r1;
            """;
    assertThat(fault(Check.SHARED_RACE, 64, 1, readThenWrite))
        .hasMessageContaining(
            "writes what warp 1 read at ptx:%d without a barrier".formatted(LINE + 4));
  }

  @Test
  void writesWhatAnotherWarpWrites() {
    assertThat(
            fault(
                Check.SHARED_RACE,
                64,
                1,
                WORDS + "shr.u32 %r2, %r0, 5;\nst.shared.u32 [%r6], %r2;"))
        .hasMessageContaining("writes what warp 0, lane 31 wrote");
  }

  @Test
  void lanesNeedABarrierOfTheWarp() {
    String exchange =
        """
        st.shared.u32 [%%r5], %%r0;
        %s
        xor.b32 %%r2, %%r0, 1; mad.lo.u32 %%r2, %%r2, 4, %%r6;
        ld.shared.u32 %%r1, [%%r2];
        st.global.u32 [%%d3], %%r1;
        """;
    assertThat(fault(Check.SHARED_RACE, WORDS + exchange.formatted("")))
        .hasMessageContaining("reads what warp 0, lane 1 wrote");
    isClean(32, 1, WORDS + exchange.formatted("bar.warp.sync 0xffffffff;"));
    isClean(32, 1, WORDS + exchange.formatted("bar.sync 0;"));
  }

  @Test
  void lanesOfOneInstructionMayOnlyAgree() {
    assertThat(fault(Check.SHARED_RACE, WORDS + "st.shared.u32 [%r6], %r0;"))
        .hasMessageContaining("another lane of this warp writes a different value to offset 0");
    assertThat(fault(Check.GLOBAL_RACE, "st.global.u32 [%d1], %r0;"))
        .hasMessageContaining("another lane of this warp writes a different value");
    isClean(32, 1, WORDS + "st.shared.u32 [%r6], 5; st.global.u32 [%d3], %r0;");
  }

  @Test
  void aBarrierOfOthersDoesNotHelp() {
    // Warps 0 and 1 meet at barrier 1; warp 2 reads what warp 0 wrote.
    String piece =
        WORDS
            + """
            st.shared.u32 [%r5], %r0;
            setp.ge.u32 %p0, %r0, 64;
            @%p0 bra THIRD;
            bar.sync 1, 64;
            bra END;
            THIRD:
            ld.shared.u32 %r1, [%r6];
            END:
            st.global.u32 [%d3], %r1;
            """;
    assertThat(fault(Check.SHARED_RACE, 96, 1, piece))
        .hasMessageContaining("reads what warp 0, lane 0 wrote");
  }

  @Test
  void manyReadersAreNoRace() {
    isClean(
        96,
        1,
        WORDS
            + """
            setp.lt.u32 %p0, %r0, 32;
            @%p0 st.shared.u32 [%r5], %r0;
            bar.sync 0;
            ld.shared.u32 %r1, [%r6];
            ld.shared.v4.u32 {%r10, %r11, %r12, %r13}, [%r6];
            bar.sync 0;
            st.shared.u32 [%r5], %r0;
            bar.sync 0;
            ld.shared.u32 %r2, [%r6];
            st.global.u32 [%d3], %r1;
            """);
  }

  @Test
  void neighbouringHalvesOfAWordAreNoRace() {
    isClean(
        64,
        1,
        """
        mov.u32 %r6, smem; mad.lo.u32 %r5, %r0, 2, %r6;
        st.shared.u16 [%r5], %r0;
        mad.wide.u32 %d5, %r0, 2, %d4;
        st.global.u16 [%d5], %r0;
        bar.sync 0;
        ld.shared.u16 %r1, [%r5];
        st.global.u32 [%d3], %r1;
        """);
  }
}
