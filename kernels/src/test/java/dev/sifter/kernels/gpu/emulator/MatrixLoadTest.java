package dev.sifter.kernels.gpu.emulator;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MatrixLoadTest {

  /** Four 8×8 matrices below each other; element (matrix, row, column) holds those numbers. */
  private static int[] matrices() {
    int[] words = new int[128];
    for (int i = 0; i < 128; i++) {
      int low = element(i / 32, i / 4 % 8, i % 4 * 2);
      words[i] = low | (low + 1) << 16;
    }
    return words;
  }

  private static int element(int matrix, int row, int column) {
    return matrix << 8 | row << 4 | column;
  }

  @ParameterizedTest
  @CsvSource({"1, false", "2, false", "4, false", "1, true", "2, true", "4, true"})
  void everyLaneGetsItsPair(int count, boolean transposed) {
    StringBuilder registers = new StringBuilder("{%r11");
    for (int i = 1; i < count; i++) {
      registers.append(", %r").append(11 + i);
    }
    String piece =
        """
        mul.wide.u32 %%d5, %%r0, 16; add.u64 %%d5, %%d5, %%d0;
        ld.global.v4.u32 {%%r1, %%r2, %%r3, %%r4}, [%%d5];
        mov.u32 %%r5, smem;
        mad.lo.u32 %%r5, %%r0, 16, %%r5;
        st.shared.v4.u32 [%%r5], {%%r1, %%r2, %%r3, %%r4};
        bar.warp.sync 0xffffffff;
        mov.u32 %%r12, -1; mov.u32 %%r13, -1; mov.u32 %%r14, -1;
        ldmatrix.sync.aligned.m8n8.x%d%s.shared.b16 %s}, [%%r5];
        mul.wide.u32 %%d6, %%r0, 16; add.u64 %%d6, %%d6, %%d1;
        st.global.v4.u32 [%%d6], {%%r11, %%r12, %%r13, %%r14};
        """
            .formatted(count, transposed ? ".trans" : "", registers);
    int[] out =
        PtxLab.run(EmulatorOptions.defaults(), PtxLab.kernel(32, 512, piece), 1, 128, matrices());
    for (int lane = 0; lane < 32; lane++) {
      for (int matrix = 0; matrix < 4; matrix++) {
        int major = lane / 4;
        int minor = 2 * (lane % 4);
        int first = transposed ? element(matrix, minor, major) : element(matrix, major, minor);
        int second =
            transposed ? element(matrix, minor + 1, major) : element(matrix, major, minor + 1);
        assertThat(out[4 * lane + matrix])
            .as("lane %d, matrix %d", lane, matrix)
            .isEqualTo(matrix < count ? second << 16 | first : -1);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    // Rows that follow each other fill all banks; rows 128 bytes apart share four of them.
    "16, 4",
    "128, 32",
    "144, 4",
  })
  void bankConflictsAreCounted(int rowStride, int turns) {
    String piece =
        """
        mov.u32 %%r5, smem;
        mad.lo.u32 %%r5, %%r0, %d, %%r5;
        st.shared.v4.u32 [%%r5], {%%r0, %%r0, %%r0, %%r0};
        bar.warp.sync 0xffffffff;
        ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%%r1, %%r2, %%r3, %%r4}, [%%r5];
        st.global.u32 [%%d3], %%r1;
        """
            .formatted(rowStride);
    try (EmulatedGpu gpu = EmulatedGpu.open()) {
      PtxLab.run(gpu, PtxLab.kernel(32, 32 * rowStride, piece), 1, 32);
      Work load = gpu.lastReport().line(new SourceLocation("ptx", PtxLab.FIRST_LINE + 4));
      assertThat(load.sharedTurns()).isEqualTo(turns);
      assertThat(load.bankConflicts()).isEqualTo(turns - 4);
    }
  }
}
