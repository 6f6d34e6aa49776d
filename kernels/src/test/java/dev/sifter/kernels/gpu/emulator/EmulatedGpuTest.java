package dev.sifter.kernels.gpu.emulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.sifter.kernels.gpu.DeviceBuffer;
import dev.sifter.kernels.gpu.Gpu;
import dev.sifter.kernels.gpu.GpuContract;
import dev.sifter.kernels.gpu.GpuEvent;
import dev.sifter.kernels.gpu.GpuGraph;
import dev.sifter.kernels.gpu.Grid;
import dev.sifter.kernels.gpu.OutOfDeviceMemoryException;
import dev.sifter.kernels.ptx.PtxKernel;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class EmulatedGpuTest extends GpuContract {
  @Override
  protected Gpu open() {
    return EmulatedGpu.open();
  }

  @Test
  void memoryIsAsLargeAsTheOptionsSay() {
    EmulatorOptions options = EmulatorOptions.defaults().withMemoryBytes(1000);
    try (EmulatedGpu gpu = new EmulatedGpu(options);
        DeviceBuffer most = gpu.allocate(900)) {
      assertThat(most.byteSize()).isEqualTo(900);
      assertThatExceptionOfType(OutOfDeviceMemoryException.class)
          .isThrownBy(() -> gpu.allocate(101))
          .withMessageContaining("101 bytes needed, 100 bytes of 1000 bytes free");
    }
  }

  @Test
  void copiesTakeAlongWhatWasNeverWritten() {
    try (EmulatedGpu gpu = EmulatedGpu.open();
        DeviceBuffer x = gpu.allocate(64);
        DeviceBuffer y = gpu.allocate(64)) {
      gpu.stream().clear(x.slice(0, 61));
      gpu.stream().clear(y.all());
      gpu.stream().copy(x.all(), y.all());
      gpu.stream().copyToHost(y.slice(0, 61), MemorySegment.ofArray(new byte[61]));
      assertThatExceptionOfType(EmulatorFaultException.class)
          .isThrownBy(() -> gpu.stream().copyToHost(y.all(), MemorySegment.ofArray(new byte[64])))
          .withMessageContaining("nothing wrote byte 61 of them: offset 61 of buffer #2");
    }
  }

  @Test
  void propertiesFollowTheTensorCores() {
    EmulatorOptions ampere =
        EmulatorOptions.defaults().withTensorArithmetic(TensorArithmetic.EXACT_SM80);
    try (EmulatedGpu gpu = new EmulatedGpu(ampere);
        EmulatedGpu hopper = EmulatedGpu.open()) {
      assertThat(gpu.properties().computeMajor()).isEqualTo(8);
      assertThat(gpu.properties().sharedBytesPerBlock()).isEqualTo(163 << 10);
      assertThat(hopper.properties().computeMajor()).isEqualTo(9);
      assertThat(hopper.properties().sharedBytesPerBlock()).isEqualTo(227 << 10);
    }
  }

  @Test
  void aReportNeedsALaunch() {
    try (EmulatedGpu gpu = EmulatedGpu.open();
        GpuEvent event = gpu.createEvent()) {
      assertThatIllegalStateException().isThrownBy(gpu::lastReport);
      assertThatIllegalStateException().isThrownBy(event::synchronize);
      assertThatIllegalStateException()
          .isThrownBy(() -> gpu.stream().capture(() -> gpu.stream().capture(() -> {})));
    }
  }

  @Test
  void capturedWorkNeedsItsMemory() {
    try (EmulatedGpu gpu = EmulatedGpu.open()) {
      DeviceBuffer x = gpu.allocate(8);
      GpuGraph graph = gpu.stream().capture(() -> gpu.stream().clear(x.all()));
      x.close();
      assertThatIllegalStateException()
          .isThrownBy(() -> gpu.stream().replay(graph))
          .withMessage("captured work uses buffer #1 (8 bytes, freed)");
    }
  }

  @Test
  void kernelsBelongToTheirDevice() {
    try (EmulatedGpu gpu = EmulatedGpu.open();
        DeviceBuffer x = gpu.allocate(4)) {
      assertThatIllegalArgumentException()
          .isThrownBy(
              () -> gpu.stream().launch(() -> PtxLab.kernel(32, 0, ""), Grid.of(1), x, x, x))
          .withMessageContaining("was loaded by another device");
    }
  }

  @Test
  void namesWhatWasNotFreed() {
    try (EmulatedGpu gpu = EmulatedGpu.open()) {
      DeviceBuffer freed = gpu.allocate(8);
      DeviceBuffer kept = gpu.allocate(16);
      freed.close();
      assertThat(gpu.openBuffers()).containsExactly("buffer #2 (16 bytes)");
      kept.close();
      assertThat(gpu.openBuffers()).isEmpty();
    }
  }

  @Test
  void everyLaunchCanBeReported() {
    List<String> launched = new ArrayList<>();
    try (EmulatedGpu gpu = EmulatedGpu.open()) {
      gpu.reportTo(report -> launched.add(report.kernel() + report.total().stores().bytes()));
      PtxLab.run(gpu, PtxLab.kernel(32, 0, "st.global.u32 [%d3], %r0;"), 1, 32);
      PtxLab.run(gpu, PtxLab.kernel(64, 0, "st.global.u32 [%d3], %r0;"), 1, 64);
    }
    assertThat(launched).containsExactly("piece128", "piece256");
  }

  @Test
  void reportsDoNotDependOnTheCores() {
    EmulatorReport first = null;
    for (int cores : new int[] {1, 2, 2, 3}) {
      try (EmulatedGpu gpu = new EmulatedGpu(EmulatorOptions.defaults().withCores(cores))) {
        PtxLab.run(
            gpu,
            PtxLab.kernel(128, 16, PtxLab.BUSY + SharedMemoryTest.BLOCK_SUM),
            20,
            20 * 128,
            PtxLab.counting(20 * 128));
        first = first == null ? gpu.lastReport() : first;
        assertThat(gpu.lastReport()).isEqualTo(first);
      }
    }
  }

  @Test
  void severalCoresShareALargeLaunch() {
    Set<String> threads = ConcurrentHashMap.newKeySet();
    try (EmulatedGpu gpu = new EmulatedGpu(EmulatorOptions.defaults().withCores(2))) {
      gpu.trace(1, 0, step -> threads.add(Thread.currentThread().getName()));
      PtxLab.run(gpu, PtxLab.kernel(32, 0, "st.global.u32 [%d3], %r0;"), 4, 128);
      assertThat(threads).as("too small").containsExactly(Thread.currentThread().getName());
      threads.clear();
      PtxLab.run(gpu, PtxLab.kernel(32, 0, PtxLab.BUSY + "st.global.u32 [%d3], %r0;"), 4, 128);
      assertThat(threads).singleElement().asString().startsWith("gpu-emulator-");
    }
  }

  @Test
  void interruptsDoNotEndALaunch() {
    PtxKernel kernel = PtxLab.kernel(32, 0, PtxLab.BUSY + "st.global.u32 [%d3], %r0;");
    try (EmulatedGpu gpu = new EmulatedGpu(EmulatorOptions.defaults().withCores(3))) {
      int[] undisturbed = PtxLab.run(gpu, kernel, 12, 12 * 32);
      Thread.currentThread().interrupt();
      int[] interrupted = PtxLab.run(gpu, kernel, 12, 12 * 32);
      assertThat(Thread.interrupted()).isTrue();
      assertThat(interrupted).isEqualTo(undisturbed);
    }
  }

  @Test
  void aLaunchThatBreaksLeavesNothingBehind() {
    PtxKernel kernel = PtxLab.kernel(32, 0, PtxLab.BUSY + "st.global.u32 [%d3], %r0;");
    AtomicBoolean breaks = new AtomicBoolean();
    try (EmulatedGpu gpu = new EmulatedGpu(EmulatorOptions.defaults().withCores(3))) {
      gpu.trace(
          5,
          0,
          step -> {
            if (breaks.get()) {
              throw new UnsupportedOperationException("a broken listener");
            }
          });
      int[] sound = PtxLab.run(gpu, kernel, 12, 12 * 32);
      EmulatorReport report = gpu.lastReport();
      for (int i = 0; i < 5; i++) {
        breaks.set(true);
        assertThatIllegalStateException()
            .isThrownBy(() -> PtxLab.run(gpu, kernel, 12, 12 * 32))
            .withMessage("the emulator itself failed")
            .havingCause()
            .withMessage("a broken listener");
        breaks.set(false);
        assertThat(PtxLab.run(gpu, kernel, 12, 12 * 32)).isEqualTo(sound);
        assertThat(gpu.lastReport()).isEqualTo(report);
      }
    }
  }

  @Test
  void optionsMakeSense() {
    assertThatIllegalArgumentException().isThrownBy(() -> EmulatorOptions.defaults().withCores(0));
  }

  @Test
  void theReportIsATable() {
    try (EmulatedGpu gpu = EmulatedGpu.open()) {
      PtxLab.run(
          gpu,
          PtxLab.kernel(
              64,
              1024,
              """
              ld.global.u32 %r1, [%d2];
              mov.u32 %r5, smem; mad.lo.u32 %r6, %r0, 8, %r5;
              st.shared.u32 [%r6], %r1;
              cvt.rn.f32.u32 %f1, %r1;
              fma.rn.f32 %f1, %f1, %f1, %f1;
              st.global.f32 [%d3], %f1;
              """),
          2,
          128,
          PtxLab.counting(128));
      String report = gpu.lastReport().toString();

      assertThat(report)
          .contains("piece: grid 2×1×1, 64 threads a block")
          .contains("flops              256")
          .contains(
              "global loads       512 bytes in 4 requests, 4.0 sectors each, 100 % of them used")
          .contains("shared memory      512 bytes, 8 turns, 4 of them for bank conflicts")
          .containsPattern("ptx:23 +4 +0 +0 +0 +4 +0\\n")
          .containsPattern("ptx:26 +4 +0 +0 +512 +4.0 +0 +0\\n");
    }
  }
}
