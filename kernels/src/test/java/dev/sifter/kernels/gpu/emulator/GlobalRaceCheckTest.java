package dev.sifter.kernels.gpu.emulator;

import static dev.sifter.kernels.gpu.emulator.MemoryCheckTest.fault;
import static dev.sifter.kernels.gpu.emulator.RaceCheckTest.isClean;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Races in global memory: of warps, of blocks, and around atomics and fences. */
class GlobalRaceCheckTest {
  private static final int LINE = PtxLab.FIRST_LINE;

  @Test
  void warpsOfABlockRaceInGlobalMemoryToo() {
    assertThat(
            fault(
                Check.GLOBAL_RACE,
                64,
                1,
                """
                setp.lt.u32 %p0, %r0, 32;
                @%p0 st.global.u32 [%d3], %r0;
                xor.b32 %r1, %r0, 32; mad.wide.u32 %d5, %r1, 4, %d1;
                @!%p0 ld.global.u32 %r2, [%d5];
                """))
        .hasMessageContaining("reads what warp 0, lane 0 wrote at ptx:%d".formatted(LINE + 1))
        .hasMessageContaining("warp 1, lane 0");
    assertThat(
            fault(
                Check.GLOBAL_RACE,
                64,
                1,
                """
                shr.u32 %r1, %r0, 5; and.b32 %r2, %r0, 31; mad.wide.u32 %d5, %r2, 4, %d4;
                st.global.u32 [%d5], %r1;
                """))
        .hasMessageContaining("writes what warp 0, lane 0 wrote");
    isClean(
        64,
        1,
        """
        st.global.u32 [%d3], %r0;
        bar.sync 0;
        xor.b32 %r1, %r0, 32; mad.wide.u32 %d5, %r1, 4, %d1;
        ld.global.u32 %r2, [%d5];
        """);
  }

  /** Threads 0, 32 and 64, of three warps, and the first two words of a sector. */
  private static final String THREE_WARPS =
      """
      st.global.u32 [%d3], %r0;
      setp.eq.u32 %p0, %r0, 0; setp.eq.u32 %p1, %r0, 32; setp.eq.u32 %p2, %r0, 64;
      """;

  @Test
  void wordsOfASectorAreToldApart() {
    String raceOnTheFirst =
        THREE_WARPS
            + """
            @%p0 st.global.u32 [%d4], %r0;
            @%p1 st.global.u32 [%d4+4], %r0;
            @%p2 ld.global.u32 %r1, [%d4];
            """;
    assertThat(fault(Check.GLOBAL_RACE, 96, 1, raceOnTheFirst))
        .hasMessageContaining("reads what warp 0, lane 0 wrote at ptx:%d".formatted(LINE + 2))
        .hasMessageContaining("warp 2, lane 0");
    String overwritten =
        THREE_WARPS
            + """
            @%p0 st.global.v2.u32 [%d4], {%r0, %r0};
            bar.sync 0;
            @%p0 ld.global.u32 %r1, [%d4];
            @%p2 ld.global.u32 %r1, [%d4+4];
            @%p1 st.global.u32 [%d4+4], %r0;
            """;
    assertThatExceptionOfType(EmulatorFaultException.class)
        .isThrownBy(
            () ->
                PtxLab.run(
                    EmulatorOptions.defaults().withSeed(2),
                    PtxLab.kernel(96, 1024, overwritten),
                    1,
                    96,
                    PtxLab.counting(96)))
        .withMessageContaining("without a barrier in between");
  }

  @Test
  void neighboursInASectorThatOthersMayReadAreNoRace() {
    // Warp 2 reads a word from before the barrier while warp 1 overwrites the next one.
    isClean(
        96,
        1,
        THREE_WARPS
            + """
            @%p0 st.global.v2.u32 [%d4], {%r0, %r0};
            bar.sync 0;
            @%p1 st.global.u32 [%d4+4], %r0;
            @%p2 ld.global.u32 %r1, [%d4];
            bar.sync 0;
            @%p0 ld.global.u32 %r1, [%d4+4];
            """);
    // Halves of a word by three warps, in two phases.
    isClean(
        96,
        1,
        THREE_WARPS
            + """
            @%p0 st.global.u32 [%d4], %r0;
            bar.sync 0;
            @%p1 st.global.u16 [%d4+2], %r0;
            @%p2 ld.global.u16 %r1, [%d4];
            """);
  }

  @ParameterizedTest
  @CsvSource({"1, 0", "2, 0", "2, 5"})
  void blocksHaveNoOrder(int cores, long seed) {
    String piece =
        """
        ld.global.u32 %r1, [%d0];
        setp.eq.u32 %p0, %r99, 2;
        @%p0 st.global.u32 [%d2+-256], %r0;
        """;
    assertThatExceptionOfType(EmulatorFaultException.class)
        .isThrownBy(
            () ->
                PtxLab.run(
                    EmulatorOptions.defaults().withCores(cores).withSeed(seed),
                    PtxLab.kernel(32, 0, piece + PtxLab.BUSY),
                    3,
                    96,
                    PtxLab.counting(96)))
        .withMessageContaining("what block (")
        .withMessageContaining("offset 0 of buffer #1")
        .satisfies(fault -> assertThat(fault.check()).isEqualTo(Check.GLOBAL_RACE));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void blocksThatWriteTheSameAreFound(int cores) {
    String piece =
        """
        mad.wide.u32 %d5, %r0, 4, %d4;
        st.global.u32 [%d5], %r99;
        st.global.u32 [%d3], %r0;
        """;
    assertThatExceptionOfType(EmulatorFaultException.class)
        .isThrownBy(
            () ->
                PtxLab.run(
                    EmulatorOptions.defaults().withCores(cores),
                    PtxLab.kernel(32, 0, piece + PtxLab.BUSY),
                    4,
                    128,
                    PtxLab.counting(128)))
        .withMessageContaining(
            "writes what block (0,0,0) writes at ptx:%d: offset 0 of buffer #3".formatted(LINE + 1))
        .withMessageContaining("in kernel piece at ptx:%d".formatted(LINE + 1))
        .withMessageContaining("block (1,0,0), warp 0, from lane 0 on");
  }

  @Test
  void blocksMayShareASector() {
    isClean(
        32,
        3,
        """
        setp.lt.u32 %p0, %r0, 3;
        mad.lo.u32 %r1, %r99, 3, %r0;
        mad.wide.u32 %d5, %r1, 2, %d4;
        @%p0 st.global.u16 [%d5], %r1;
        st.global.u32 [%d3], %r0;
        """);
  }

  /** Each block leaves a sum; whoever comes last, by a ticket, adds them up. */
  private static final String LAST_BLOCK =
      """
      st.global.u32 [%%d3], %%r0;
      setp.eq.u32 %%p0, %%r0, 0;
      mov.u32 %%r1, 0;
      %s
      bar.sync 0;
      mov.u32 %%r6, smem;
      @%%p0 atom.global.inc.u32 %%r1, [%%d0], 2;
      @%%p0 st.shared.u32 [%%r6], %%r1;
      bar.sync 0;
      ld.shared.u32 %%r2, [%%r6];
      setp.ne.u32 %%p1, %%r2, 2;
      @%%p1 exit;
      ld.global.u32 %%r3, [%%d1];
      ld.global.u32 %%r4, [%%d1+128];
      ld.global.u32 %%r5, [%%d1+256];
      st.global.u32 [%%d3], %%r0;
      """;

  @Test
  void theLastBlockMayReadWhatOthersLeft() {
    for (long seed = 0; seed < 4; seed++) {
      EmulatorOptions options = EmulatorOptions.defaults().withSeed(seed);
      int[] out =
          PtxLab.run(
              options,
              PtxLab.kernel(32, 16, LAST_BLOCK.formatted("membar.gl;")),
              3,
              96,
              new int[1]);
      assertThat(out[95]).isEqualTo(31);
    }
  }

  @Test
  void theLastBlockNeedsTheOthersFence() {
    assertThatExceptionOfType(EmulatorFaultException.class)
        .isThrownBy(
            () ->
                PtxLab.run(
                    EmulatorOptions.defaults(),
                    PtxLab.kernel(32, 16, LAST_BLOCK.formatted("")),
                    3,
                    96,
                    new int[1]))
        .withMessageContaining("reads what block (0,0,0) writes")
        .satisfies(fault -> assertThat(fault.check()).isEqualTo(Check.GLOBAL_RACE));
  }

  @Test
  void plainAndAtomicAccessesRace() {
    assertThatExceptionOfType(EmulatorFaultException.class)
        .isThrownBy(
            () ->
                PtxLab.run(
                    EmulatorOptions.defaults(),
                    PtxLab.kernel(
                        32,
                        0,
                        """
                        setp.eq.u32 %p0, %r99, 0;
                        st.global.u32 [%d3], %r0;
                        @%p0 red.global.add.u32 [%d0], 1;
                        @!%p0 ld.global.u32 %r1, [%d0];
                        """),
                    2,
                    64,
                    new int[1]))
        .satisfies(fault -> assertThat(fault.check()).isEqualTo(Check.GLOBAL_RACE));
  }
}
