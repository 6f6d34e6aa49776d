package dev.sifter.kernels.gpu.emulator;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SharedMemoryTest {

  /** A sum over a block as kernels write it: by warps, then over the warps' sums. */
  static final String BLOCK_SUM =
      """
      ld.global.u32 %r1, [%d2];
      redux.sync.add.u32 %r1, %r1, 0xffffffff;
      mov.u32 %r2, smem;
      shr.u32 %r3, %r0, 5;
      and.b32 %r4, %r0, 31;
      mad.lo.u32 %r5, %r3, 4, %r2;
      setp.eq.u32 %p0, %r4, 0;
      @%p0 st.shared.u32 [%r5], %r1;
      bar.sync 0;
      ld.shared.v4.u32 {%r6, %r7, %r8, %r9}, [%r2];
      add.u32 %r6, %r6, %r7; add.u32 %r8, %r8, %r9; add.u32 %r6, %r6, %r8;
      st.global.u32 [%d3], %r6;
      """;

  @ParameterizedTest
  @CsvSource({"0, 1", "0, 2", "1, 1", "2, 2", "3, 1", "4, 2"})
  void aBlockAddsUpUnderEverySchedule(long seed, int cores) {
    EmulatorOptions options = EmulatorOptions.defaults().withSeed(seed).withCores(cores);
    int[] out =
        PtxLab.run(
            options, PtxLab.kernel(128, 16, PtxLab.BUSY + BLOCK_SUM), 5, 640, PtxLab.counting(640));
    for (int block = 0; block < 5; block++) {
      int first = 128 * block;
      assertThat(out[first]).isEqualTo(128 * first + 127 * 128 / 2);
      assertThat(out[first + 127]).isEqualTo(out[first]);
    }
  }

  @ParameterizedTest
  @CsvSource({
    // bytes between lanes, vector, turns, turns at the least
    "4, '', 1, 1",
    "0, '', 1, 1",
    "8, '', 2, 1",
    "16, '', 4, 1",
    "128, '', 32, 1",
    "132, '', 1, 1",
    "8, .v2, 2, 2",
    "16, .v4, 4, 4",
    "32, .v4, 8, 4",
    "128, .v4, 32, 4",
    "144, .v4, 4, 4",
  })
  void bankConflictsAreCounted(int stride, String vector, int turns, int least) {
    String registers =
        vector.isEmpty() ? "%r1" : vector.equals(".v2") ? "{%r1, %r2}" : "{%r1, %r2, %r3, %r4}";
    String fill =
        """
        mov.u32 %r5, smem;
        mad.lo.u32 %r6, %r0, 4, %r5;
        mov.u32 %r7, 0;
        FILL:
        st.shared.u32 [%r6], %r0;
        add.u32 %r6, %r6, 128;
        add.u32 %r7, %r7, 1;
        setp.lt.u32 %p0, %r7, 37;
        @%p0 bra FILL;
        bar.sync 0;
        """;
    String load =
        "mad.lo.u32 %%r8, %%r0, %d, %%r5;%nld.shared%s.u32 %s, [%%r8];%nst.global.u32 [%%d3], %%r1;"
            .formatted(stride, vector, registers);
    try (EmulatedGpu gpu = EmulatedGpu.open()) {
      PtxLab.run(gpu, PtxLab.kernel(32, 37 * 128, fill + load), 1, 32);
      Work work = gpu.lastReport().line(new SourceLocation("ptx", PtxLab.FIRST_LINE + 11));
      assertThat(work.sharedTurns()).isEqualTo(turns);
      assertThat(work.bankConflicts()).isEqualTo(turns - least);
    }
  }

  @Test
  void staticAndDynamicPartsDoNotOverlap() {
    int[] out =
        PtxLab.run(
            EmulatorOptions.defaults(),
            PtxLab.kernel(
                32,
                128,
                """
                .shared .align 4 .b8 own[128];
                mov.u32 %r1, own;
                mov.u32 %r2, smem;
                mad.lo.u32 %r3, %r0, 4, %r1;
                mad.lo.u32 %r4, %r0, 4, %r2;
                st.shared.u32 [%r3], 1;
                st.shared.u32 [%r4], 2;
                ld.shared.u32 %r5, [%r3];
                st.global.u32 [%d3], %r5;
                """),
            1,
            32);
    assertThat(out).containsOnly(1);
  }

  @Test
  void namedBarriersOrderTheirWarps() {
    // Warps 0 and 1 produce, warps 2 and 3 consume; only these four meet, in two pairs.
    int[] out =
        PtxLab.run(
            EmulatorOptions.defaults(),
            PtxLab.kernel(
                128,
                256,
                """
                shr.u32 %r1, %r0, 5;
                and.b32 %r2, %r1, 1;
                add.u32 %r2, %r2, 1;
                and.b32 %r3, %r0, 63;
                mov.u32 %r4, smem;
                mad.lo.u32 %r4, %r3, 4, %r4;
                mov.u32 %r5, 0;
                setp.ge.u32 %p0, %r1, 2;
                @%p0 bra CONSUME;
                st.shared.u32 [%r4], %r0;
                bar.arrive %r2, 64;
                bra END;
                CONSUME:
                bar.sync %r2, 64;
                ld.shared.u32 %r5, [%r4];
                END:
                st.global.u32 [%d3], %r5;
                """),
            1,
            128);
    assertThat(out[63]).isZero();
    assertThat(out[64]).isZero();
    assertThat(out[127]).isEqualTo(63);
  }
}
