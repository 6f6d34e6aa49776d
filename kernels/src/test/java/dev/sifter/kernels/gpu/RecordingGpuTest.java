package dev.sifter.kernels.gpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.sifter.kernels.gpu.RecordingGpu.Event;
import dev.sifter.kernels.gpu.emulator.EmulatedGpu;
import dev.sifter.kernels.ptx.KernelParameter;
import dev.sifter.kernels.ptx.ParameterType;
import dev.sifter.kernels.ptx.PtxKernel;
import dev.sifter.kernels.ptx.PtxTarget;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RecordingGpuTest {
  private static final PtxKernel KERNEL =
      new PtxKernel(
          "negate",
          """
          .version 8.0
          .target sm_80
          .address_size 64
          .entry negate(.param .u64 x, .param .u32 n) .reqntid 64 { ret; }
          """,
          List.of(
              new KernelParameter("x", ParameterType.POINTER),
              new KernelParameter("n", ParameterType.U32)),
          64,
          0,
          PtxTarget.SM_80);

  private final RecordingGpu gpu = new RecordingGpu(EmulatedGpu.open());

  @AfterEach
  void close() {
    gpu.close();
  }

  @Test
  void writesDownWhatIsAskedInOrder() {
    GpuKernel kernel = gpu.load(KERNEL);
    DeviceBuffer x = gpu.allocate(16);
    DeviceBuffer y = gpu.allocate(8);
    gpu.stream().copyToDevice(MemorySegment.ofArray(new int[] {1, 2, 3, 4}), x.all());
    gpu.stream().launch(kernel, Grid.of(3), x.slice(4, 8), 2);
    gpu.stream().copy(x.slice(4, 8), y.all());
    gpu.stream().discard(x.all());
    y.close();
    gpu.synchronize();

    assertThat(gpu.events())
        .containsExactly(
            new Event.Load(KERNEL),
            new Event.Allocate(x),
            new Event.Allocate(y),
            new Event.CopyToDevice(x.all()),
            new Event.Launch(KERNEL, Grid.of(3), List.of(x.slice(4, 8), 2)),
            new Event.Copy(x.slice(4, 8), y.all()),
            new Event.Discard(x.all()),
            new Event.Free(y),
            new Event.Synchronize());
    assertThat(gpu.kernels()).containsExactly("negate");
  }

  @Test
  void passesTheWorkOn() {
    DeviceBuffer x = gpu.allocate(16);
    int[] host = new int[4];
    gpu.stream().copyToDevice(MemorySegment.ofArray(new int[] {1, 2, 3, 4}), x.all());
    gpu.stream().fill(x.slice(4, 8), -1);
    gpu.stream().clear(x.slice(13, 3));
    gpu.stream().copyToHost(x.all(), MemorySegment.ofArray(host));

    assertThat(host).containsExactly(1, -1, -1, 4);
  }

  @Test
  void showsWhereAGraphWasCaptured() {
    DeviceBuffer x = gpu.allocate(4);
    GpuGraph graph = gpu.stream().capture(() -> gpu.stream().fill(x.all(), 7));
    gpu.stream().replay(graph);

    assertThat(graph.size()).isOne();
    assertThat(gpu.events())
        .containsExactly(
            new Event.Allocate(x),
            new Event.CaptureBegin(),
            new Event.Fill(x.all(), 7),
            new Event.CaptureEnd(),
            new Event.Replay(graph));
  }

  @Test
  void writesNothingDownThatIsRefused() {
    DeviceBuffer x = gpu.allocate(16);
    DeviceBuffer freed = gpu.allocate(16);
    GpuKernel kernel = gpu.load(KERNEL);
    freed.close();
    gpu.clear();

    assertThatIllegalArgumentException()
        .isThrownBy(() -> gpu.stream().launch(kernel, Grid.of(1), 2, x))
        .withMessageContaining("'x' is a POINTER; got Integer 2");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> gpu.stream().copyToDevice(MemorySegment.ofArray(new int[3]), x.slice(0, 16)))
        .withMessage("a copy of 12 bytes into 16 bytes");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> gpu.stream().copy(x.slice(0, 8), x.slice(4, 8)))
        .withMessageContaining("overlaps");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> gpu.stream().fill(x.slice(0, 6), 1))
        .withMessageContaining("32-bit words");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> gpu.stream().copyToHost(x.all(), MemorySegment.ofArray(new int[4]).asReadOnly()))
        .withMessageContaining("read-only");
    assertThatIllegalStateException()
        .isThrownBy(() -> gpu.stream().copy(freed.all(), x.all()))
        .withMessageContaining("was freed");
    assertThat(gpu.events()).isEmpty();
  }

  @Test
  void refusesKernelsThatTheDeviceCannotRun() {
    GpuProperties ampere = new GpuProperties("A100", 8, 0, 108, 40L << 30, 163 << 10, 40 << 20);
    PtxKernel hopper = new PtxKernel("tma", "", List.of(), 32, 0, PtxTarget.SM_90A);
    PtxKernel large = new PtxKernel("wide", "", List.of(), 32, 200 << 10, PtxTarget.SM_80);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> ampere.requireRunnable(hopper))
        .withMessage("kernel tma is for sm_90a; A100 is of compute capability 8.0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ampere.requireRunnable(large))
        .withMessageContaining("needs 204800 bytes of shared memory a block; A100 has 166912");
  }
}
