package dev.sifter.kernels.gpu.emulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.sifter.kernels.gpu.DeviceBuffer;
import dev.sifter.kernels.gpu.Grid;
import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.ElementType;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.PtxAssembler;
import dev.sifter.kernels.ptx.PtxKernel;
import dev.sifter.kernels.ptx.PtxTarget;
import dev.sifter.kernels.ptx.SwizzledTile;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code wgmma} against what an H200 computed, and its checks against kernels that are wrong. */
class WarpgroupProductTest {
  private static final int SIZE = 64;
  private static final int FACTOR_BYTES = 2 * SIZE * SIZE;
  private static final int SUM_BYTES = 4 * SIZE * SIZE;

  /** D = A·B + C of 64 × 64 elements. */
  private static PtxKernel product(boolean termsAreRows) {
    return PtxAssembler.assemble(
        "product",
        128,
        PtxTarget.SM_90A,
        k -> {
          ElementPointer a = k.input("a", ElementType.BF16, 8);
          ElementPointer b = k.input("b", ElementType.BF16, 8);
          ElementPointer c = k.input("c", ElementType.F32, 2);
          ElementPointer d = k.output("d", ElementType.F32, 2);
          SwizzledTile tileA = k.swizzledTiles(SIZE, SIZE, 1);
          SwizzledTile tileB = k.swizzledTiles(SIZE, SIZE, 1);
          B32 size = k.constant(SIZE);
          k.copier(tileA, a, size).beginRows(k.constant(0), size);
          k.copier(tileB, b, size).beginRows(k.constant(0), size);
          k.commitCopies();
          k.waitForCopies(0);
          k.fenceSharedForProducts();
          k.barrier();
          B32 row = k.add(k.mul(k.warpIndex(), 16), k.fragmentRow());
          List<List<F32>> sums = k.fragments(SIZE / 8);
          for (int n = 0; n < sums.size(); n++) {
            for (int half = 0; half < 2; half++) {
              List<F32> pair = k.load(place(k, c, row, half, n), 2);
              k.assign(sums.get(n).get(2 * half), pair.get(0));
              k.assign(sums.get(n).get(2 * half + 1), pair.get(1));
            }
          }
          List<List<B32>> left =
              List.of(0, 1, 2, 3).stream().map(s -> leftOperand(k, a, row, 16 * s)).toList();
          k.fenceProducts();
          for (int term = 0; term < SIZE; term += 16) {
            if (termsAreRows) {
              k.multiply(left.get(term / 16), k.terms(tileB), term, sums, true);
            } else {
              k.multiply(k.rows(tileA), k.rows(tileB), term, sums, true);
            }
          }
          k.commitProducts();
          k.waitForProducts(0);
          for (int n = 0; n < sums.size(); n++) {
            for (int half = 0; half < 2; half++) {
              k.store(place(k, d, row, half, n), sums.get(n).subList(2 * half, 2 * half + 2));
            }
          }
        });
  }

  private static ElementPointer place(
      PtxAssembler k, ElementPointer matrix, B32 row, int half, int n) {
    ElementPointer ofRow = k.at(matrix, k.add(row, 8 * half), SIZE);
    return k.at(ofRow, k.add(k.fragmentPair(), 4 * n), 2);
  }

  private static List<B32> leftOperand(PtxAssembler k, ElementPointer a, B32 row, int term) {
    return List.of(0, 1, 2, 3).stream()
        .map(
            i -> {
              ElementPointer ofRow = k.at(a, k.add(row, i % 2 * 8), SIZE);
              B32 pair = k.add(k.fragmentPair(), (term + i / 2 * 8) / 2);
              return k.load(k.at(ofRow, pair, 2).pointer());
            })
        .toList();
  }

  /**
   * The files hold A, B, C and the D that an H200 made of them, B by rows or by terms; the factors
   * of the first have exponents all over 2^±12, those of the second all that products stay finite
   * with, subnormal ones too.
   */
  @ParameterizedTest
  @CsvSource({"rows, false", "terms, true"})
  void givesTheBitsOfADevice(String file, boolean termsAreRows) throws IOException {
    byte[] bytes;
    try (InputStream in =
        WarpgroupProductTest.class.getResourceAsStream("/wgmma/" + file + ".bin")) {
      bytes = in.readAllBytes();
    }
    try (EmulatedGpu gpu = EmulatedGpu.open();
        DeviceBuffer all = gpu.allocate(bytes.length)) {
      gpu.stream().copyToDevice(MemorySegment.ofArray(bytes), all.all());
      int d = 2 * FACTOR_BYTES + SUM_BYTES;
      try (DeviceBuffer out = gpu.allocate(SUM_BYTES)) {
        gpu.stream()
            .launch(
                gpu.load(product(termsAreRows)),
                Grid.of(1),
                all.slice(0, FACTOR_BYTES),
                all.slice(FACTOR_BYTES, FACTOR_BYTES),
                all.slice(2 * FACTOR_BYTES, SUM_BYTES),
                out);
        byte[] actual = new byte[SUM_BYTES];
        gpu.stream().copyToHost(out.all(), MemorySegment.ofArray(actual));
        assertThat(actual).isEqualTo(Arrays.copyOfRange(bytes, d, d + SUM_BYTES));
        assertThat(gpu.lastReport().total().flops()).isEqualTo(2L * SIZE * SIZE * SIZE);
      }
    }
  }

  /** Eight columns' product of registers and shared memory, in steps that can be left out. */
  private static final List<String> PIECE =
      List.of(
          "mov.u32 %r5, smem; mad.lo.u32 %r6, %r0, 8, %r5; st.shared.v2.u32 [%r6], {%r0, %r0};",
          "fence.proxy.async.shared::cta;",
          "bar.sync 0;",
          "shr.u32 %r7, %r5, 4; mov.u32 %r8, 0x40000040; mov.b64 %d5, {%r7, %r8};"
              + " mov.u32 %r1, 0; mov.f32 %f0, 0f00000000; mov.f32 %f1, %f0; mov.f32 %f2, %f0;"
              + " mov.f32 %f3, %f0; setp.eq.u32 %p0, 0, 0;",
          "wgmma.fence.sync.aligned;",
          "wgmma.mma_async.sync.aligned.m64n8k16.f32.bf16.bf16 {%f0, %f1, %f2, %f3},"
              + " {%r1, %r1, %r1, %r1}, %d5, %p0, 1, 1, 0;",
          "wgmma.commit_group.sync.aligned;",
          "wgmma.wait_group.sync.aligned 0;",
          "st.global.f32 [%d3], %f3;");

  private static EmulatorFaultException fault(int index, String instead) {
    List<String> lines = new java.util.ArrayList<>(PIECE);
    lines.set(index, instead);
    return catchThrowableOfType(
        EmulatorFaultException.class,
        () ->
            PtxLab.run(
                EmulatorOptions.defaults(),
                PtxLab.kernel(PtxTarget.SM_90A, 128, 1024, String.join("\n", lines)),
                1,
                128,
                PtxLab.counting(128)));
  }

  @Test
  void thePieceItselfIsRight() {
    assertThat(fault(0, PIECE.getFirst())).isNull();
  }

  /** Each is a step, what stands there instead, and a part of what the emulator says of it. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1 | | without a fence.proxy.async",
        "2 | | without a barrier",
        "4 | | no wgmma.fence",
        "4 | wgmma.fence.sync.aligned; mov.u32 %r1, 1; | changed since the last wgmma.fence",
        "4 | wgmma.fence.sync.aligned; mov.f32 %f3, 0f3f800000; | changed since the last",
        "6 | wgmma.commit_group.sync.aligned; mov.u32 %r1, 1; | its left operand changed",
        "6 | wgmma.commit_group.sync.aligned; mov.f32 %f2, 0f3f800000; | its sums was written",
        "6 | wgmma.commit_group.sync.aligned; st.shared.u32 [%r6], 7; | read at",
        "7 | | ends without waiting",
        "7 | wgmma.wait_group.sync.aligned 1; | ends without waiting"
      })
  void wrongOrdersAreFound(int index, String instead, String message) {
    EmulatorFaultException fault = fault(index, instead == null ? "" : instead);
    assertThat(fault).isNotNull().hasMessageContaining(message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0x80000040", "0x00000040"})
  void otherSwizzlesAreRefused(String upperHalf) {
    String descriptor = PIECE.get(3).replace("0x40000040", upperHalf);
    assertThat(fault(3, descriptor)).hasMessageContaining("only the swizzle of 128 bytes");
  }

  @Test
  void fourWarpsMustAgree() {
    String withWarp = PIECE.get(3) + " shr.u32 %r9, %r0, 5; setp.eq.u32 %p0, %r9, 0;";
    assertThat(fault(3, withWarp)).hasMessageContaining("the four warps disagree");
  }

  @Test
  void hopperAloneHasIt() {
    assertThat(
            catchThrowableOfType(
                PtxSyntaxException.class,
                () -> Decoder.decode(PtxLab.kernel(128, 1024, String.join("\n", PIECE)))))
        .hasMessageContaining("the text is for sm_80");
  }
}
