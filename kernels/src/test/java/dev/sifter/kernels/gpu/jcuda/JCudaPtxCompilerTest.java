package dev.sifter.kernels.gpu.jcuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.sifter.kernels.gpu.GpuException;
import dev.sifter.kernels.gpu.GpuUnavailableException;
import dev.sifter.kernels.gpu.PtxCompiler;
import dev.sifter.kernels.ptx.PtxKernel;
import dev.sifter.kernels.ptx.PtxTarget;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class JCudaPtxCompilerTest {

  private static PtxCompiler compiler() {
    try {
      return JCudaPtxCompiler.open();
    } catch (GpuUnavailableException unavailable) {
      return abort(unavailable.getMessage());
    }
  }

  private static PtxKernel kernel(String body) {
    return new PtxKernel(
        "piece",
        """
        .version 8.0
        .target sm_80
        .address_size 64
        .visible .entry piece(.param .u64 x)
        .reqntid 32
        {
          .reg .b32 %r<4>;
          .reg .f32 %f<200>;
          .reg .b64 %d<4>;
          .shared .align 4 .b8 tile[256];
          ld.param.u64 %d0, [x];
          mov.u32 %r0, tile;
        """
            + body
            + "ret;\n}\n",
        List.of(),
        32,
        0,
        PtxTarget.SM_80);
  }

  @ParameterizedTest
  @EnumSource(PtxTarget.class)
  void saysWhatAKernelTakes(PtxTarget target) {
    PtxCompiler compiler = compiler();

    PtxCompiler.Assembled assembled =
        compiler.assemble(
            kernel(
                """
                ld.global.u32 %r1, [%d0];
                st.shared.u32 [%r0], %r1;
                ld.shared.u32 %r2, [%r0+128];
                st.global.u32 [%d0], %r2;
                """),
            target);

    assertThat(assembled.registers()).isBetween(2, 32);
    assertThat(assembled.spillStoreBytes()).isZero();
    assertThat(assembled.stackBytes()).isZero();
    assertThat(assembled.sharedBytes()).isEqualTo(256);
    // An ELF file.
    assertThat(assembled.cubin()).startsWith(0x7f, 'E', 'L', 'F');
    assertThat(compiler.version()).startsWith("12.");
  }

  @Test
  void countsRegistersThatLiveAtOnce() {
    StringBuilder body = new StringBuilder();
    for (int i = 0; i < 120; i++) {
      body.append("ld.volatile.global.f32 %%f%d, [%%d0+%d];%n".formatted(i, 4 * i));
    }
    for (int i = 0; i < 120; i++) {
      body.append("st.volatile.global.f32 [%%d0+%d], %%f%d;%n".formatted(4 * i, 119 - i));
    }

    // 120 values and an address are alive between the last load and the first store.
    assertThat(compiler().assemble(kernel(body.toString()), PtxTarget.SM_80).registers())
        .isBetween(120, 136);
  }

  @Test
  void refusesAWrongTextWithTheCompilersWords() {
    PtxCompiler compiler = compiler();

    assertThatExceptionOfType(GpuException.class)
        .isThrownBy(() -> compiler.assemble(kernel("add.u32 %r1, %d0, 1;\n"), PtxTarget.SM_80))
        .withMessageContaining("kernel piece does not assemble for sm_80")
        .withMessageContaining("line 13");
  }

  @Test
  void readsTheVerboseLog() {
    PtxCompiler.Assembled assembled =
        CompilerLog.parse(
            new byte[0],
            """
            ptxas info    : 0 bytes gmem
            ptxas info    : Compiling entry function 'flash' for 'sm_80'
            ptxas info    : Function properties for flash
                48 bytes stack frame, 60 bytes spill stores, 44 bytes spill loads
            ptxas info    : Used 255 registers, 1024 bytes smem, 412 bytes cmem[0]
            """);

    assertThat(assembled.registers()).isEqualTo(255);
    assertThat(assembled.stackBytes()).isEqualTo(48);
    assertThat(assembled.spillStoreBytes()).isEqualTo(60);
    assertThat(assembled.spillLoadBytes()).isEqualTo(44);
    assertThat(assembled.sharedBytes()).isEqualTo(1024);
  }

  @Test
  void refusesALogThatItCannotRead() {
    assertThatExceptionOfType(GpuException.class)
        .isThrownBy(() -> CompilerLog.parse(new byte[0], "ptxas info : nothing"));
  }
}
