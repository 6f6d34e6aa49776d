package dev.sifter.kernels.gpu.jcuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sifter.kernels.gpu.CudaProbe;
import dev.sifter.kernels.gpu.DeviceBuffer;
import dev.sifter.kernels.gpu.GpuException;
import dev.sifter.kernels.gpu.GpuLostException;
import dev.sifter.kernels.gpu.GpuUnavailableException;
import dev.sifter.kernels.gpu.KernelArguments;
import dev.sifter.kernels.gpu.KernelFaultException;
import dev.sifter.kernels.ptx.KernelParameter;
import dev.sifter.kernels.ptx.ParameterType;
import dev.sifter.kernels.ptx.PtxKernel;
import dev.sifter.kernels.ptx.PtxTarget;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What of the binding can be seen without a device. */
class JCudaGpuTest {

  @Test
  void aMachineWithoutADriverIsTold() {
    assumeTrue(CudaProbe.run().driver().isEmpty(), "this machine has NVIDIA's driver");

    assertThatExceptionOfType(GpuUnavailableException.class)
        .isThrownBy(() -> JCudaGpu.open(0))
        .withMessageContaining("there is no NVIDIA driver")
        .withMessageContaining("--device cpu");
  }

  @ParameterizedTest
  @CsvSource({
    "100, GpuUnavailableException, CUDA_ERROR_NO_DEVICE",
    "101, GpuUnavailableException, CUDA_ERROR_INVALID_DEVICE",
    "46, GpuUnavailableException, CUDA_ERROR_DEVICE_UNAVAILABLE",
    "2, GpuException, CUDA_ERROR_OUT_OF_MEMORY",
    "702, KernelFaultException, CUDA_ERROR_LAUNCH_TIMEOUT",
    "803, GpuUnavailableException, CUDA_ERROR_SYSTEM_DRIVER_MISMATCH",
    "222, GpuException, CUDA_ERROR_UNSUPPORTED_PTX_VERSION",
    "700, KernelFaultException, CUDA_ERROR_ILLEGAL_ADDRESS",
    "716, KernelFaultException, CUDA_ERROR_MISALIGNED_ADDRESS",
    "719, KernelFaultException, CUDA_ERROR_LAUNCH_FAILED",
    "214, GpuLostException, CUDA_ERROR_ECC_UNCORRECTABLE",
    "709, GpuLostException, CUDA_ERROR_CONTEXT_IS_DESTROYED",
    "1, GpuException, CUDA_ERROR_INVALID_VALUE",
  })
  void errorsOfTheDriverHaveKinds(int code, String type, String name) {
    assertThatExceptionOfType(GpuException.class)
        .isThrownBy(() -> DriverErrors.check("cuStreamSynchronize", code))
        .withMessageContaining("cuStreamSynchronize: %s (%d)".formatted(name, code))
        .satisfies(thrown -> assertThat(thrown.getClass().getSimpleName()).isEqualTo(type));
    assertThatCode(() -> DriverErrors.check("cuInit", 0)).doesNotThrowAnyException();
  }

  @Test
  void messagesSayWhatHelps() {
    assertThat(DriverErrors.exception("x", 700))
        .isInstanceOf(KernelFaultException.class)
        .hasMessageContaining("--device emulator");
    assertThat(DriverErrors.exception("x", 214))
        .isInstanceOf(GpuLostException.class)
        .hasMessageContaining("--resume");
    assertThat(DriverErrors.exception("cuDeviceGet", 101))
        .hasMessageContaining("the first is --device gpu:0");
    assertThat(DriverErrors.exception("cuDevicePrimaryCtxRetain", 46))
        .hasMessageContaining("compute mode")
        .message()
        .doesNotContain("--resume");
    assertThat(DriverErrors.exception("cuMemAllocHost", 2)).hasMessageContaining("nvidia-smi");
    assertThat(DriverErrors.exception("x", 702))
        .hasMessageContaining("without a display")
        .message()
        .doesNotContain("emulator");
  }

  @Test
  void argumentsAreFoundThroughATable() {
    PtxKernel kernel =
        new PtxKernel(
            "scale",
            "",
            List.of(
                new KernelParameter("n", ParameterType.U32),
                new KernelParameter("x", ParameterType.POINTER),
                new KernelParameter("factor", ParameterType.F32)),
            32,
            0,
            PtxTarget.SM_80);
    DeviceBuffer x = new DeviceBuffer(0x7f00_0000_1000L, 64, () -> {});
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment table =
          new LaunchParameters(arena).put(KernelArguments.of(kernel, 7, x.slice(16, 48), 2.5f));

      long first = table.getAtIndex(ValueLayout.JAVA_LONG, 0);
      assertThat(table.getAtIndex(ValueLayout.JAVA_LONG, 1)).isEqualTo(first + 8);
      assertThat(table.getAtIndex(ValueLayout.JAVA_LONG, 2)).isEqualTo(first + 16);
    }
  }

  @Test
  void addressesSurviveJCudasPointers() {
    assertThat(new Addresses.Device(0x7f00_1234_5678_9abcL).value())
        .isEqualTo(0x7f00_1234_5678_9abcL);
    assertThat(new Addresses.Host(0x7f00_1234_5678_9abcL).toString())
        .contains(Long.toHexString(0x7f00_1234_5678_9abcL));
  }
}
