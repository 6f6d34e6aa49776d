package dev.sifter.kernels.gpu.emulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sifter.kernels.gpu.DeviceBuffer;
import dev.sifter.kernels.gpu.Grid;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class MemoryTest {

  @Test
  void bytesAndHalvesAreExtended() {
    int[] in = new int[32];
    in[0] = 0x84838281;
    int[] out =
        PtxLab.run(
            """
            ld.global.u8 %r1, [%d0+1];
            ld.global.s8 %r2, [%d0+2];
            ld.global.u16 %r3, [%d0+2];
            ld.global.s16 %r4, [%d0];
            ld.global.b16 %h0, [%d0+2];
            cvt.u32.u16 %r5, %h0;
            xor.b32 %r6, %r1, %r2; xor.b32 %r6, %r6, %r3;
            xor.b32 %r6, %r6, %r4; xor.b32 %r6, %r6, %r5;
            st.global.u32 [%d3], %r6;
            """,
            in);
    assertThat(out).containsOnly(0x82 ^ 0xffffff83 ^ 0x8483 ^ 0xffff8281 ^ 0x8483);
  }

  @Test
  void vectorsMoveNeighbours() {
    int[] out =
        PtxLab.run(
            EmulatorOptions.defaults(),
            PtxLab.kernel(
                32,
                0,
                """
                mul.wide.u32 %d5, %r0, 16;
                add.u64 %d6, %d0, %d5;
                add.u64 %d7, %d1, %d5;
                ld.global.nc.v4.u32 {%r1, %r2, %r3, %r4}, [%d6];
                mov.b64 %d8, {%r4, %r3};
                mov.b32 %f1, %r2;
                st.global.v2.f32 [%d7+8], {%f1, %f1};
                st.global.b64 [%d7], %d8;
                """),
            1,
            128,
            PtxLab.counting(128));
    for (int lane = 0; lane < 32; lane++) {
      assertThat(java.util.Arrays.copyOfRange(out, 4 * lane, 4 * lane + 4))
          .containsExactly(4 * lane + 3, 4 * lane + 2, 4 * lane + 1, 4 * lane + 1);
    }
  }

  @Test
  void storesOfPartsLeaveTheRest() {
    int[] out =
        PtxLab.run(
            """
            st.global.u32 [%d3], -1;
            st.global.u8 [%d3+1], %r0;
            cvt.u16.u32 %h0, %r0;
            st.global.b16 [%d3+2], %h0;
            """);
    for (int lane = 0; lane < 32; lane++) {
      assertThat(out[lane]).isEqualTo(lane << 16 | lane << 8 | 0xff);
    }
  }

  @Test
  void pagesAreNoBorders() {
    int words = 3 * Page.BYTES / 4;
    int[] in = PtxLab.counting(words);
    int[] out =
        PtxLab.run(
            EmulatorOptions.defaults(),
            PtxLab.kernel(
                128,
                0,
                """
                ld.global.u32 %r1, [%d2];
                add.u32 %r1, %r1, 1;
                st.global.u32 [%d3], %r1;
                """),
            words / 128,
            words,
            in);
    for (int i = 0; i < words; i++) {
      assertThat(out[i]).isEqualTo(i + 1);
    }
  }

  /** Logits of 16 384 tokens over 151 936 words have more than 2³¹ elements. */
  @Test
  void allocationsMayBeLargerThanThisMachinesMemory() {
    long elements = 16_384L * 151_936;
    EmulatorOptions options = EmulatorOptions.defaults().withMemoryBytes(1L << 40);
    try (EmulatedGpu gpu = new EmulatedGpu(options);
        DeviceBuffer large = gpu.allocate(4 * elements);
        DeviceBuffer unused = gpu.allocate(16)) {
      int[] row = PtxLab.counting(32);
      long lastRow = 16_383L * 151_936 * 4;
      gpu.stream().copyToDevice(MemorySegment.ofArray(row), large.slice(lastRow, 128));
      gpu.stream()
          .launch(
              gpu.load(
                  PtxLab.kernel(
                      32,
                      0,
                      """
                      mov.u32 %r1, 16383;
                      mul.wide.u32 %d5, %r1, 607744;
                      add.u64 %d6, %d2, %d5;
                      ld.global.u32 %r2, [%d6];
                      add.u32 %r2, %r2, 1;
                      st.global.u32 [%d6+128], %r2;
                      """)),
              Grid.of(1),
              large,
              unused,
              unused);
      gpu.stream().copyToHost(large.slice(lastRow + 128, 128), MemorySegment.ofArray(row));
      assertThat(row[31]).isEqualTo(32);
    }
  }

  @Test
  void sectorsAreCounted() {
    try (EmulatedGpu gpu = EmulatedGpu.open()) {
      // 4 bytes a lane side by side: 4 sectors. 128 bytes apart: 32. All the same: 1. 16 bytes a
      // lane: 16. Shifted by 16 bytes: one more.
      assertThat(sectorsOf(gpu, "ld.global.u32 %r1, [%d2];")).isEqualTo(4);
      assertThat(
              sectorsOf(
                  gpu,
                  "mul.wide.u32 %d5, %r0, 128; add.u64 %d5, %d5, %d0; ld.global.u32 %r1, [%d5];"))
          .isEqualTo(32);
      assertThat(sectorsOf(gpu, "ld.global.u32 %r1, [%d0];")).isEqualTo(1);
      assertThat(
              sectorsOf(
                  gpu,
                  "mul.wide.u32 %d5, %r0, 16; add.u64 %d5, %d5, %d0;"
                      + "ld.global.v4.u32 {%r1, %r2, %r3, %r4}, [%d5];"))
          .isEqualTo(16);
      assertThat(
              sectorsOf(
                  gpu,
                  "mul.wide.u32 %d5, %r0, 16; add.u64 %d5, %d5, %d0;"
                      + "ld.global.v4.u32 {%r1, %r2, %r3, %r4}, [%d5+16];"))
          .isEqualTo(17);
      assertThat(
              sectorsOf(
                  gpu, "setp.lt.u32 %p0, %r0, 9; mov.u32 %r1, 0; @%p0 ld.global.u32 %r1, [%d2];"))
          .isEqualTo(2);
    }
  }

  private static double sectorsOf(EmulatedGpu gpu, String load) {
    PtxLab.run(
        gpu,
        PtxLab.kernel(32, 0, load + " st.global.u32 [%d3], %r1;"),
        1,
        32,
        PtxLab.counting(2048));
    assertThat(gpu.lastReport().total().stores()).isEqualTo(new Work.Traffic(1, 4, 128));
    assertThat(gpu.lastReport().total().loads().requests()).isOne();
    return gpu.lastReport().total().loads().sectorsPerRequest();
  }
}
