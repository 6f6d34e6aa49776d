package dev.sifter.kernels.gpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sifter.kernels.gpu.blas.Blas;
import dev.sifter.kernels.gpu.blas.Product;
import dev.sifter.kernels.gpu.emulator.EmulatedGpu;
import dev.sifter.kernels.gpu.emulator.EmulatorOptions;
import org.junit.jupiter.api.Test;

class GpuDevicesTest {
  private static final Blas OWN =
      new Blas() {
        @Override
        public void multiply(Product product) {}

        @Override
        public String description() {
          return "own";
        }

        @Override
        public void close() {}
      };

  @Test
  void theEmulatorIsAlwaysThere() {
    GpuDevices.Choice<Gpu> choice =
        GpuDevices.open("emulator", EmulatorOptions.defaults().withCores(2).withChecks(false));
    try (Gpu gpu = choice.what()) {
      assertThat(gpu).isInstanceOf(EmulatedGpu.class);
      assertThat(choice.why())
          .isEqualTo(
              "emulator: the GPU's kernels in Java on 2 cores, checks off, tensor cores"
                  + " EXACT_SM90");
      GpuDevices.Choice<Blas> blas = GpuDevices.blas(gpu, gpu.stream(), (device, stream) -> OWN);
      assertThat(blas.what()).isSameAs(OWN);
      assertThat(blas.why()).isEqualTo("own kernels: cuBLAS needs a real GPU");
    }
  }

  @Test
  void aGpuThatIsNotThereIsRefusedWithAReason() {
    assumeTrue(CudaProbe.run().driver().isEmpty(), "this machine has NVIDIA's driver");
    for (String name : new String[] {"gpu", "gpu:0", "gpu:7"}) {
      assertThatExceptionOfType(GpuUnavailableException.class)
          .isThrownBy(() -> GpuDevices.open(name))
          .withMessageContaining("install version 525");
    }
  }

  @Test
  void otherNamesAreRefused() {
    for (String name : new String[] {"", "cuda", "gpu:", "gpu:-1", "gpu:1000", "GPU"}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> GpuDevices.open(name))
          .withMessage("no device '%s'; there are gpu, gpu:N and emulator".formatted(name));
    }
  }
}
