package dev.sifter.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.tensor.DType;
import dev.sifter.kernels.gpu.CudaProbe;
import dev.sifter.kernels.gpu.GpuUnavailableException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class BackendsTest {
  @Test
  void aDeviceThatWasAskedForIsNamedWithItsReason() {
    Backends.Choice choice = Backends.choose("emulator", 1, DType.BF16);
    try (Backend backend = choice.backend()) {
      assertThat(backend.name()).isEqualTo("emulator");
      assertThat(choice.why())
          .startsWith("emulator: the GPU's kernels in Java on ")
          .endsWith(
              "activations in BF16; products by own kernels: cuBLAS needs a real GPU (as device"
                  + " says)");
    }
  }

  @Test
  void anUnknownNameIsRefusedWithThoseThereAre() {
    for (String name : new String[] {"cuda", "", "GPU", "gpu:", "gpu:x"}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Backends.open(name, 1))
          .withMessageContaining("'" + name + "'")
          .withMessageContaining("auto, cpu, gpu, gpu:N, emulator and reference");
    }
  }

  @Nested
  class WithoutADriver {
    @BeforeEach
    void look() {
      assumeTrue(CudaProbe.run().driver().isEmpty(), "skipped: this machine has NVIDIA's driver");
    }

    @Test
    void autoSaysWhatItTookAndWhyNotAGpu() {
      Backends.Choice choice = Backends.choose("auto", 1, DType.BF16);
      try (Backend backend = choice.backend()) {
        assertThat(backend.name()).isEqualTo(Backends.available().getFirst());
        assertThat(choice.why())
            .startsWith(backend.description())
            .contains("(auto: this machine has no NVIDIA driver");
      }
    }

    @Test
    void gpuIsRefusedWithWhatIsMissing() {
      for (String name : new String[] {"gpu", "gpu:1"}) {
        assertThatExceptionOfType(GpuUnavailableException.class)
            .isThrownBy(() -> Backends.open(name, 1))
            .withMessageContaining("driver")
            .withMessageContaining("--device cpu");
      }
    }
  }
}
