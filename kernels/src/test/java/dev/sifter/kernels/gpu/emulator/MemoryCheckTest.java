package dev.sifter.kernels.gpu.emulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.sifter.kernels.gpu.DeviceBuffer;
import dev.sifter.kernels.gpu.Grid;
import dev.sifter.kernels.ptx.PtxKernel;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

/** Every kind of wrong access, planted. */
class MemoryCheckTest {
  private static final int LINE = PtxLab.FIRST_LINE;

  /** Runs a piece of one warp on 32 words of input, and gives its fault. */
  static EmulatorFaultException fault(Check check, String piece) {
    return fault(check, 32, 1, piece);
  }

  static EmulatorFaultException fault(Check check, int threads, int blocks, String piece) {
    EmulatorFaultException[] thrown = new EmulatorFaultException[1];
    assertThatExceptionOfType(EmulatorFaultException.class)
        .isThrownBy(
            () ->
                PtxLab.run(
                    EmulatorOptions.defaults(),
                    PtxLab.kernel(threads, 1024, piece),
                    blocks,
                    threads * blocks,
                    PtxLab.counting(threads * blocks)))
        .satisfies(fault -> assertThat(fault.check()).as(fault.getMessage()).isEqualTo(check))
        .satisfies(fault -> thrown[0] = fault);
    return thrown[0];
  }

  /** Lets an instruction run in one lane only. */
  private static String in(int lane, String instruction) {
    return "setp.eq.u32 %p9, %r0, " + lane + ";\n@%p9 " + instruction + "\n";
  }

  @Test
  void readsBehindTheEnd() {
    assertThat(fault(Check.OUT_OF_BOUNDS, in(7, "ld.global.u32 %r1, [%d0+128];")))
        .hasMessageContaining(
            "access of 4 bytes at offset 128 of buffer #1 (128 bytes), 4 bytes beyond its end")
        .hasMessageContaining("(address 0x10000000080)")
        .hasMessageContaining("in kernel piece at ptx:%d: @%%p9 ld.global.u32".formatted(LINE + 1))
        .hasMessageContaining("block (0,0,0), warp 0, lane 7 (thread 7)");
  }

  /** The register that says where is not what it was when the fault is told. */
  @Test
  void readsAnAddressIntoTheRegisterThatItLiesAt() {
    assertThat(fault(Check.UNINITIALISED, in(7, "ld.global.u64 %d4, [%d4+16];")))
        .hasMessageContaining("reads bytes that nothing wrote: offset 16 of buffer")
        .hasMessageContaining("warp 0, lane 7 (thread 7)");
  }

  @Test
  void aLastVectorMayNotReachBeyond() {
    assertThat(
            fault(Check.OUT_OF_BOUNDS, in(3, "ld.global.v4.u32 {%r1, %r2, %r3, %r4}, [%d0+128];")))
        .hasMessageContaining("16 bytes beyond its end");
    // A whole warp whose last lanes reach beyond.
    assertThat(fault(Check.OUT_OF_BOUNDS, "ld.global.u32 %r1, [%d2+8];"))
        .hasMessageContaining("lane 30");
  }

  @Test
  void writesBeforeTheBeginning() {
    assertThat(fault(Check.OUT_OF_BOUNDS, in(31, "st.global.u32 [%d1+-4], %r0;")))
        .hasMessageContaining("4 bytes before the beginning of buffer #2 (128 bytes)")
        .hasMessageContaining("lane 31");
  }

  @Test
  void followsWildPointers() {
    assertThat(fault(Check.OUT_OF_BOUNDS, "mov.u64 %d9, 0; ld.global.u32 %r1, [%d9];"))
        .hasMessageContaining("address 0x0 belongs to no buffer");
    // What a 32-bit product of row and row length gives when it overflows.
    assertThat(
            fault(
                Check.OUT_OF_BOUNDS,
                "mov.u32 %r1, 0x80000000; cvt.s64.s32 %d9, %r1; add.u64 %d9, %d9, %d0;"
                    + " ld.global.u32 %r1, [%d9];"))
        .hasMessageContaining("2147483648 bytes before the beginning of buffer #1");
  }

  @Test
  void isNotAligned() {
    assertThat(fault(Check.MISALIGNED, in(2, "ld.global.v4.u32 {%r1, %r2, %r3, %r4}, [%d0+8];")))
        .hasMessageContaining("access of 16 bytes at address 0x10000000008")
        .hasMessageContaining("no multiple of 16")
        .hasMessageContaining("lane 2");
    assertThat(fault(Check.MISALIGNED, "st.global.u16 [%d3+1], %r0;"))
        .hasMessageContaining("no multiple of 2");
    assertThat(fault(Check.MISALIGNED, "mov.u32 %r5, smem; st.shared.v2.u32 [%r5+4], {%r0, %r0};"))
        .hasMessageContaining("access of 8 bytes at offset 4 of shared memory");
  }

  @Test
  void leavesSharedMemory() {
    assertThat(
            fault(
                Check.OUT_OF_BOUNDS,
                "mov.u32 %r5, smem; mad.lo.u32 %r5, %r0, 128, %r5; st.shared.u32 [%r5], %r0;"))
        .hasMessageContaining("access of 4 bytes at offset 1024 of 1024 bytes of shared memory")
        .hasMessageContaining("lane 8");
    assertThat(fault(Check.OUT_OF_BOUNDS, "mov.u32 %r5, 0; st.shared.u32 [%r5], %r0;"))
        .hasMessageContaining("offset -1024");
  }

  @Test
  void usesFreedMemory() {
    try (EmulatedGpu gpu = EmulatedGpu.open()) {
      DeviceBuffer hidden = gpu.allocate(256);
      DeviceBuffer pointers = gpu.allocate(8);
      gpu.stream()
          .copyToDevice(MemorySegment.ofArray(new long[] {hidden.address()}), pointers.all());
      hidden.close();
      assertThatExceptionOfType(EmulatorFaultException.class)
          .isThrownBy(
              () ->
                  gpu.stream()
                      .launch(
                          gpu.load(
                              PtxLab.kernel(
                                  32, 0, "ld.global.b64 %d9, [%d0]; ld.global.u32 %r1, [%d9+16];")),
                          Grid.of(1),
                          pointers,
                          pointers,
                          pointers))
          .withMessageContaining("offset 16 of buffer #1 (256 bytes, freed)")
          .satisfies(fault -> assertThat(fault.check()).isEqualTo(Check.USE_AFTER_FREE));
    }
  }

  @Test
  void readsWhatNobodyWrote() {
    assertThat(fault(Check.UNINITIALISED, in(9, "ld.global.u32 %r1, [%d4+36];")))
        .hasMessageContaining("reads bytes that nothing wrote: offset 36 of buffer #3")
        .hasMessageContaining("lane 9");
    assertThat(
            fault(
                Check.UNINITIALISED,
                """
                mad.wide.u32 %d5, %r0, 4, %d4;
                setp.ne.u32 %p0, %r0, 20;
                @%p0 st.global.u32 [%d5], %r0;
                ld.global.u32 %r1, [%d5];
                """))
        .as("one lane of a whole warp")
        .hasMessageContaining("offset 80 of buffer #3")
        .hasMessageContaining("lane 20");
    assertThat(fault(Check.UNINITIALISED, "st.global.u16 [%d3], %r0; ld.global.u32 %r1, [%d3];"))
        .as("half a word")
        .hasMessageContaining("offset 2 of buffer #2");
    assertThat(
            fault(
                Check.UNINITIALISED,
                "mov.u32 %r5, smem; st.shared.u8 [%r5+4], 1; ld.shared.u32 %r1, [%r5+4];"))
        .hasMessageContaining("reads shared memory that nothing wrote: offset 4");
    assertThat(fault(Check.UNINITIALISED, "red.global.add.u32 [%d4], 1;"))
        .hasMessageContaining("offset 0 of buffer #3");
  }

  @Test
  void leavesItsOutputUnfinished() {
    assertThat(
            fault(Check.UNINITIALISED, "setp.ne.u32 %p0, %r0, 30; @%p0 st.global.u32 [%d3], %r0;"))
        .hasMessageContaining("the host reads 128 bytes, but nothing wrote byte 120 of them")
        .hasMessageContaining("offset 120 of buffer #2 (128 bytes)")
        .hasMessageContaining("kernel piece ran last");
  }

  @Test
  void readsAPoolsOldContents() {
    try (EmulatedGpu gpu = EmulatedGpu.open()) {
      DeviceBuffer pool = gpu.allocate(512);
      gpu.stream().clear(pool.all());
      gpu.stream().discard(pool.slice(128, 128));
      assertThatExceptionOfType(EmulatorFaultException.class)
          .isThrownBy(
              () ->
                  gpu.stream()
                      .launch(
                          gpu.load(PtxLab.kernel(32, 0, "ld.global.u32 %r1, [%d2];")),
                          Grid.of(1),
                          pool.slice(128, 128),
                          pool,
                          pool))
          .withMessageContaining("offset 128 of buffer #1");
    }
  }

  @Test
  void readsThroughTheConstantPathWhatItWrites() {
    assertThat(fault(Check.READ_ONLY, "ld.global.nc.u32 %r1, [%d2];\nst.global.u32 [%d2], %r1;"))
        .hasMessageContaining("writes what this launch read through .nc at ptx:%d".formatted(LINE))
        .hasMessageContaining("at ptx:%d: st.global.u32".formatted(LINE + 1));
    assertThat(fault(Check.READ_ONLY, "st.global.u32 [%d3], %r0;\nld.global.nc.u32 %r1, [%d3];"))
        .hasMessageContaining("reads through .nc what this launch wrote at ptx:%d".formatted(LINE));
  }

  @Test
  void namesTheJavaLineThatWroteTheInstruction() {
    PtxKernel plain = PtxLab.kernel(32, 0, ".loc 1 42 0\nld.global.u32 %r1, [%d0+128];");
    PtxKernel kernel =
        new PtxKernel(
            plain.name(),
            ".file 1 \"dev/sifter/RmsNorm.java\"\n" + plain.text(),
            plain.parameters(),
            32,
            0,
            plain.target());
    assertThatExceptionOfType(EmulatorFaultException.class)
        .isThrownBy(
            () -> PtxLab.run(EmulatorOptions.defaults(), kernel, 1, 32, PtxLab.counting(32)))
        .withMessageContaining("in kernel piece at RmsNorm.java:42: ld.global.u32 %r1, [%d0+128]");
  }

  @Test
  void withoutChecksNothingIsSaid() {
    assertThatCode(
            () ->
                PtxLab.run(
                    EmulatorOptions.defaults().withChecks(false),
                    PtxLab.kernel(
                        32,
                        0,
                        """
                        ld.global.u32 %r1, [%d4];
                        ld.global.nc.u32 %r2, [%d2];
                        st.global.u32 [%d2], %r1;
                        """),
                    1,
                    32,
                    PtxLab.counting(32)))
        .doesNotThrowAnyException();
    // Bounds hold all the same.
    assertThatExceptionOfType(EmulatorFaultException.class)
        .isThrownBy(
            () ->
                PtxLab.run(
                    EmulatorOptions.defaults().withChecks(false),
                    PtxLab.kernel(32, 0, "ld.global.u32 %r1, [%d0+128];"),
                    1,
                    32,
                    PtxLab.counting(32)));
  }
}
