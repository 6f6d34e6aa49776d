package dev.sifter.kernels.gpu.emulator;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AsyncCopyTest {

  /** Addresses of the thread's 16 bytes of input, %d5, and of shared memory, %r5. */
  private static final String ADDRESSES =
      """
      mul.wide.u32 %d5, %r0, 16; add.u64 %d5, %d5, %d0;
      mov.u32 %r5, smem; mad.lo.u32 %r5, %r0, 16, %r5;
      """;

  private static int[] run(String piece) {
    return PtxLab.run(
        EmulatorOptions.defaults(),
        PtxLab.kernel(32, 1024, ADDRESSES + piece),
        1,
        32,
        PtxLab.counting(256));
  }

  @Test
  void bringsBytesAndZeros() {
    int[] out =
        run(
            """
            mov.u32 %r9, 8;
            cp.async.cg.shared.global [%r5], [%d5], 16;
            cp.async.ca.shared.global.L2::128B [%r5+512], [%d5], 16, %r9;
            cp.async.commit_group;
            cp.async.wait_group 0;
            ld.shared.u32 %r1, [%r5+12];
            ld.shared.u32 %r2, [%r5+516];
            ld.shared.u32 %r3, [%r5+520];
            mad.lo.u32 %r1, %r1, 1000, %r2;
            mad.lo.u32 %r1, %r3, 1000000, %r1;
            st.global.u32 [%d3], %r1;
            """);
    for (int lane = 0; lane < 32; lane++) {
      assertThat(out[lane]).isEqualTo((4 * lane + 3) * 1000 + 4 * lane + 1);
    }
  }

  @Test
  void groupsArriveInOrder() {
    int[] out =
        run(
            """
            cp.async.ca.shared.global [%r5], [%d5], 4;
            cp.async.commit_group;
            cp.async.ca.shared.global [%r5+4], [%d5+4], 4;
            cp.async.commit_group;
            // An empty group counts as well: two may be left, so the first has arrived.
            cp.async.commit_group;
            cp.async.wait_group 2;
            ld.shared.u32 %r1, [%r5];
            cp.async.wait_group 1;
            ld.shared.u32 %r2, [%r5+4];
            add.u32 %r1, %r1, %r2;
            st.global.u32 [%d3], %r1;
            """);
    for (int lane = 0; lane < 32; lane++) {
      assertThat(out[lane]).isEqualTo(8 * lane + 1);
    }
  }

  @Test
  void everyLaneCountsItsOwnGroups() {
    int[] out =
        run(
            """
            setp.lt.u32 %p0, %r0, 16;
            cp.async.ca.shared.global [%r5], [%d5], 4;
            cp.async.commit_group;
            @%p0 cp.async.ca.shared.global [%r5+4], [%d5+4], 4;
            @%p0 cp.async.commit_group;
            // For the upper half one group may be left, and that is all that it has.
            @!%p0 cp.async.wait_group 0;
            @%p0 cp.async.wait_group 1;
            ld.shared.u32 %r1, [%r5];
            st.global.u32 [%d3], %r1;
            """);
    for (int lane = 0; lane < 32; lane++) {
      assertThat(out[lane]).isEqualTo(4 * lane);
    }
  }

  @Test
  void waitAllWaitsForOpenGroupsToo() {
    int[] out =
        run(
            """
            cp.async.ca.shared.global [%r5], [%d5], 8;
            cp.async.wait_all;
            bar.sync 0;
            xor.b32 %r6, %r0, 31;
            mov.u32 %r7, smem; mad.lo.u32 %r7, %r6, 16, %r7;
            ld.shared.u32 %r1, [%r7+4];
            st.global.u32 [%d3], %r1;
            """);
    for (int lane = 0; lane < 32; lane++) {
      assertThat(out[lane]).isEqualTo(4 * (31 - lane) + 1);
    }
  }

  @Test
  void trafficIsCounted() {
    try (EmulatedGpu gpu = EmulatedGpu.open()) {
      PtxLab.run(
          gpu,
          PtxLab.kernel(
              32,
              1024,
              ADDRESSES
                  + """
                  cp.async.cg.shared.global [%r5], [%d5], 16;
                  cp.async.wait_all;
                  st.global.u32 [%d3], %r0;
                  """),
          1,
          32,
          PtxLab.counting(128));
      assertThat(gpu.lastReport().total().loads()).isEqualTo(new Work.Traffic(1, 16, 512));
    }
  }
}
