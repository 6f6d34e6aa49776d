package dev.sifter.kernels.gpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.sifter.kernels.ptx.KernelParameter;
import dev.sifter.kernels.ptx.ParameterType;
import dev.sifter.kernels.ptx.PtxKernel;
import dev.sifter.kernels.ptx.PtxTarget;
import java.util.List;
import org.junit.jupiter.api.Test;

class KernelArgumentsTest {
  private static final PtxKernel KERNEL =
      new PtxKernel(
          "scale",
          "",
          List.of(
              new KernelParameter("rows", ParameterType.U32),
              new KernelParameter("x", ParameterType.POINTER),
              new KernelParameter("eps", ParameterType.F32),
              new KernelParameter("seed", ParameterType.U64)),
          32,
          0,
          PtxTarget.SM_80);

  private final DeviceBuffer buffer = new DeviceBuffer(0x1122334455667700L, 64, () -> {});

  @Test
  void packsEachArgumentAtAMultipleOfItsSize() {
    KernelArguments arguments =
        KernelArguments.of(KERNEL, 7, buffer.slice(16, 8), 1f, 0x0102030405060708L);

    assertThat(arguments.packed())
        .containsExactly(
            new int[] {
              7, 0, 0, 0, 0, 0, 0, 0, // rows, then padding up to the pointer
              0x10, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11, // x, 16 bytes into the buffer
              0, 0, 0x80, 0x3f, 0, 0, 0, 0, // eps, then padding
              8, 7, 6, 5, 4, 3, 2, 1
            });
    assertThat(arguments.offsets()).containsExactly(0, 8, 16, 24);
  }

  @Test
  void aWholeBufferIsASliceOfIt() {
    assertThat(KernelArguments.of(KERNEL, 7, buffer, 1f, 0L).values())
        .containsExactly(7, buffer.all(), 1f, 0L);
  }

  @Test
  void refusesAWrongCount() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> KernelArguments.of(KERNEL, 7, buffer))
        .withMessage("kernel scale has 4 parameters [rows, x, eps, seed]; got 2 arguments");
  }

  @Test
  void refusesAWrongTypeByTheParametersName() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> KernelArguments.of(KERNEL, 7L, buffer, 1f, 0L))
        .withMessage("kernel scale, parameter 0 'rows' is a U32; got Long 7");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> KernelArguments.of(KERNEL, 7, 0x1000L, 1f, 0L))
        .withMessageContaining("'x' is a POINTER; got Long 4096");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> KernelArguments.of(KERNEL, 7, buffer, 1.0, 0L))
        .withMessageContaining("'eps' is a F32; got Double 1.0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> KernelArguments.of(KERNEL, 7, null, 1f, 0L))
        .withMessageContaining("'x' is a POINTER; got null");
  }

  @Test
  void refusesFreedMemory() {
    buffer.close();

    assertThatIllegalStateException()
        .isThrownBy(() -> KernelArguments.of(KERNEL, 7, buffer, 1f, 0L))
        .withMessageContaining("was freed");
  }
}
