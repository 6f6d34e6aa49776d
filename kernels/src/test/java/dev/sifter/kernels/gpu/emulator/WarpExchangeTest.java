package dev.sifter.kernels.gpu.emulator;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WarpExchangeTest {

  /** What lane reads, by CUDA's description of the shuffles: width is a power of two. */
  private static int expected(String mode, int lane, int b, int width) {
    int first = lane / width * width;
    int from =
        switch (mode) {
          case "up" -> lane - b;
          case "down" -> lane + b;
          case "bfly" -> lane ^ b;
          default -> first + b % width;
        };
    return from >= first && from < first + width ? from : lane;
  }

  @ParameterizedTest
  @CsvSource({
    "up, 1, 32",
    "up, 3, 8",
    "up, 0, 32",
    "up, 31, 32",
    "down, 1, 32",
    "down, 5, 16",
    "down, 16, 4",
    "bfly, 16, 32",
    "bfly, 1, 2",
    "bfly, 7, 8",
    "idx, 0, 32",
    "idx, 5, 8",
    "idx, 31, 32",
    "idx, 9, 8",
  })
  void shufflesReadTheLaneThatCudaSays(String mode, int b, int width) {
    int clamp = mode.equals("up") ? 0 : 31;
    int bounds = (32 - width) << 8 | clamp;
    int[] out =
        PtxLab.run(
            """
            add.u32 %%r1, %%r0, 100;
            shfl.sync.%s.b32 %%r2|%%p0, %%r1, %d, %d, 0xffffffff;
            selp.b32 %%r3, 1000, 0, %%p0;
            add.u32 %%r2, %%r2, %%r3;
            st.global.u32 [%%d3], %%r2;
            """
                .formatted(mode, b, bounds));
    for (int lane = 0; lane < 32; lane++) {
      int from = expected(mode, lane, b, width);
      boolean inside = from != lane || b == 0 || mode.equals("idx");
      assertThat(out[lane]).as("lane %d", lane).isEqualTo(100 + from + (inside ? 1000 : 0));
    }
  }

  @Test
  void aButterflyAddsUpAllLanes() {
    int[] out =
        PtxLab.run(
            """
            cvt.rn.f32.u32 %f1, %r0;
            shfl.sync.bfly.b32 %f2, %f1, 16, 31, 0xffffffff; add.rn.f32 %f1, %f1, %f2;
            shfl.sync.bfly.b32 %f2, %f1, 8, 31, 0xffffffff; add.rn.f32 %f1, %f1, %f2;
            shfl.sync.bfly.b32 %f2, %f1, 4, 31, 0xffffffff; add.rn.f32 %f1, %f1, %f2;
            shfl.sync.bfly.b32 %f2, %f1, 2, 31, 0xffffffff; add.rn.f32 %f1, %f1, %f2;
            shfl.sync.bfly.b32 %f2, %f1, 1, 31, 0xffffffff; add.rn.f32 %f1, %f1, %f2;
            st.global.f32 [%d3], %f1;
            """);
    assertThat(out).containsOnly(Float.floatToRawIntBits(31 * 32 / 2f));
  }

  @Test
  void votesAndBallots() {
    int[] out =
        PtxLab.run(
            """
            setp.lt.u32 %p0, %r0, 4;
            vote.sync.ballot.b32 %r1, %p0, 0xffffffff;
            vote.sync.ballot.b32 %r2, !%p0, 0xffffffff;
            vote.sync.any.pred %p1, %p0, 0xffffffff;
            vote.sync.all.pred %p2, %p0, 0xffffffff;
            vote.sync.uni.pred %p3, %p0, 0xffffffff;
            xor.b32 %r1, %r1, %r2;
            selp.b32 %r3, 0, 1, %p1;
            @%p2 add.u32 %r3, %r3, 1;
            @%p3 add.u32 %r3, %r3, 1;
            sub.u32 %r1, %r1, %r3;
            st.global.u32 [%d3], %r1;
            """);
    assertThat(out).containsOnly(-1);
  }

  @Test
  void partOfAWarpMayTalkAmongItself() {
    int[] out =
        PtxLab.run(
            """
            mov.u32 %r1, 0;
            setp.ge.u32 %p0, %r0, 8;
            @%p0 bra END;
            redux.sync.add.u32 %r1, %r0, 0xff;
            vote.sync.ballot.b32 %r2, %p0, 0xff;
            add.u32 %r1, %r1, %r2;
            END:
            st.global.u32 [%d3], %r1;
            """);
    for (int lane = 0; lane < 32; lane++) {
      assertThat(out[lane]).isEqualTo(lane < 8 ? 28 : 0);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "add.u32, 496",
    "min.s32, -16",
    "max.s32, 15",
    "min.u32, 0",
    "max.u32, -1",
    "and.b32, 0",
    "or.b32, -1",
    "xor.b32, 0",
  })
  void reductions(String operation, int expected) {
    // Lane numbers for the sum, −16 to 15 for the others.
    int shift = operation.startsWith("add") ? 0 : 16;
    int[] out =
        PtxLab.run(
            """
            sub.u32 %%r1, %%r0, %d;
            redux.sync.%s %%r2, %%r1, 0xffffffff;
            st.global.u32 [%%d3], %%r2;
            """
                .formatted(shift, operation));
    assertThat(out).containsOnly(expected);
  }
}
