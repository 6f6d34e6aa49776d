package dev.sifter.kernels.gpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.sifter.kernels.ptx.KernelParameter;
import dev.sifter.kernels.ptx.ParameterType;
import dev.sifter.kernels.ptx.PtxKernel;
import dev.sifter.kernels.ptx.PtxTarget;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every {@link Gpu} does. */
public abstract class GpuContract {
  /** y = factor·x + i, with the block's numbers going through shared memory. */
  private static final PtxKernel SCALE =
      new PtxKernel(
          "scale",
          """
          .version 8.0
          .target sm_80
          .address_size 64
          .extern .shared .align 16 .b8 smem[];
          .visible .entry scale(.param .u32 n, .param .u64 x, .param .f32 factor, .param .u64 y)
          .reqntid 64
          {
            .reg .b32 %r<9>;
            .reg .f32 %f<5>;
            .reg .b64 %d<5>;
            .reg .pred %p<2>;
            ld.param.u32 %r0, [n];
            ld.param.u64 %d0, [x];
            ld.param.f32 %f0, [factor];
            ld.param.u64 %d1, [y];
            mov.u32 %r1, %tid.x;
            mov.u32 %r2, %ctaid.x;
            mad.lo.u32 %r3, %r2, 64, %r1;
            mov.u32 %r4, smem;
            mad.lo.u32 %r5, %r1, 4, %r4;
            st.shared.u32 [%r5], %r3;
            bar.sync 0;
            setp.ge.u32 %p0, %r3, %r0;
            @%p0 exit;
            ld.shared.u32 %r6, [%r5];
            cvt.rn.f32.u32 %f1, %r6;
            mad.wide.u32 %d2, %r3, 4, %d0;
            mad.wide.u32 %d3, %r3, 4, %d1;
            ld.global.f32 %f2, [%d2];
            fma.rn.f32 %f3, %f2, %f0, %f1;
            st.global.f32 [%d3], %f3;
            ret;
          }
          """,
          List.of(
              new KernelParameter("n", ParameterType.U32),
              new KernelParameter("x", ParameterType.POINTER),
              new KernelParameter("factor", ParameterType.F32),
              new KernelParameter("y", ParameterType.POINTER)),
          64,
          256,
          PtxTarget.SM_80);

  private Gpu gpu;

  /** Opens the device under test. */
  protected abstract Gpu open();

  @BeforeEach
  void openDevice() {
    gpu = open();
  }

  @AfterEach
  void closeDevice() {
    if (gpu != null) {
      gpu.close();
    }
  }

  private DeviceBuffer buffer(float... values) {
    DeviceBuffer buffer = gpu.allocate(4L * values.length);
    gpu.stream().copyToDevice(MemorySegment.ofArray(values), buffer.all());
    return buffer;
  }

  private float[] read(DeviceSlice slice) {
    float[] values = new float[(int) slice.byteSize() / 4];
    gpu.stream().copyToHost(slice, MemorySegment.ofArray(values));
    gpu.stream().synchronize();
    return values;
  }

  private static float[] counting(int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = i;
    }
    return values;
  }

  @Test
  void saysWhatItIs() {
    GpuProperties properties = gpu.properties();

    assertThat(properties.name()).isNotBlank();
    assertThat(properties.computeMajor()).isGreaterThanOrEqualTo(8);
    assertThat(properties.multiprocessors()).isPositive();
    assertThat(properties.sharedBytesPerBlock()).isGreaterThanOrEqualTo(99 << 10);
    assertThat(gpu.freeBytes()).isPositive().isLessThanOrEqualTo(properties.memoryBytes());
  }

  @Test
  void bytesGoThereAndBack() {
    try (DeviceBuffer x = buffer(counting(1000));
        DeviceBuffer y = gpu.allocate(4000)) {
      assertThat(x.address() % 256).isZero();
      gpu.stream().copy(x.slice(400, 2000), y.slice(0, 2000));
      gpu.stream().fill(y.slice(2000, 1000), Float.floatToRawIntBits(0.5f));
      gpu.stream().clear(y.slice(3000, 1000));

      float[] result = read(y.all());

      assertThat(result[0]).isEqualTo(100);
      assertThat(result[499]).isEqualTo(599);
      assertThat(result[500]).isEqualTo(0.5f);
      assertThat(result[749]).isEqualTo(0.5f);
      assertThat(result[999]).isZero();
    }
  }

  @Test
  void pinnedMemoryIsMemory() {
    try (PinnedBuffer pinned = gpu.allocatePinned(4096);
        DeviceBuffer x = gpu.allocate(4096)) {
      pinned.segment().fill((byte) 7);
      gpu.stream().copyToDevice(pinned.segment(), x.all());
      gpu.stream().synchronize();
      pinned.segment().fill((byte) 0);
      gpu.stream().copyToHost(x.all(), pinned.segment());
      gpu.stream().synchronize();

      assertThat(pinned.segment().get(ValueLayout.JAVA_BYTE, 4095)).isEqualTo((byte) 7);
    }
  }

  @Test
  void kernelsGetTheirArguments() {
    try (DeviceBuffer x = buffer(counting(200));
        DeviceBuffer y = gpu.allocate(800)) {
      gpu.stream()
          .launch(
              gpu.load(SCALE), Grid.covering(100, 64), 100, x.slice(400, 400), 2f, y.slice(0, 400));

      float[] result = read(y.slice(0, 400));

      for (int i = 0; i < 100; i++) {
        assertThat(result[i]).isEqualTo(2f * (100 + i) + i);
      }
    }
  }

  @Test
  void theSameTextIsLoadedOnce() {
    assertThat(gpu.load(SCALE)).isSameAs(gpu.load(SCALE));
    assertThat(gpu.load(SCALE).source()).isEqualTo(SCALE);
  }

  @Test
  void graphsDoTheSameAgain() {
    try (DeviceBuffer x = buffer(counting(64));
        DeviceBuffer y = gpu.allocate(256)) {
      GpuKernel scale = gpu.load(SCALE);
      GpuStream stream = gpu.stream();
      stream.synchronize();
      try (GpuGraph graph =
          stream.capture(
              () -> {
                stream.launch(scale, Grid.of(1), 64, x, 3f, y);
                stream.copy(y.all(), x.all());
              })) {
        assertThat(graph.size()).isEqualTo(2);
        assertThat(read(x.all())).as("nothing is done yet").isEqualTo(counting(64));
        stream.replay(graph);
        stream.replay(graph);
        stream.synchronize();

        // i → 3i+i → 3·4i+i
        assertThat(read(x.all())[10]).isEqualTo(130);
      }
    }
  }

  @Test
  void eventsTakeTheTimeAndOrderStreams() {
    try (DeviceBuffer x = buffer(counting(64));
        DeviceBuffer y = gpu.allocate(256);
        GpuEvent start = gpu.createEvent();
        GpuEvent end = gpu.createEvent();
        GpuStream other = gpu.createStream()) {
      gpu.stream().record(start);
      gpu.stream().launch(gpu.load(SCALE), Grid.of(1), 64, x, 1f, y);
      gpu.stream().record(end);
      other.waitFor(end);
      other.copy(y.all(), x.all());
      other.synchronize();

      assertThat(read(x.all())[5]).isEqualTo(10);
      assertThat(end.millisSince(start)).isNotNegative();
    }
  }

  @Test
  void memoryThatIsNotThereIsNamed() {
    long tooMuch = gpu.properties().memoryBytes() + (1L << 30);

    assertThatExceptionOfType(OutOfDeviceMemoryException.class)
        .isThrownBy(() -> gpu.allocate(tooMuch))
        .withMessageContaining("out of GPU memory: %d MiB needed".formatted(tooMuch >> 20))
        .withMessageContaining("per_device_train_batch_size")
        .satisfies(
            thrown -> {
              assertThat(thrown.neededBytes()).isEqualTo(tooMuch);
              assertThat(thrown.freeBytes()).isPositive();
            });
  }

  @Test
  void freedMemoryCanBeHadAgain() {
    long free = gpu.freeBytes();
    DeviceBuffer large = gpu.allocate(64 << 20);
    assertThat(gpu.freeBytes()).isLessThanOrEqualTo(free - (64 << 20));
    large.close();
    large.close();
    assertThat(gpu.freeBytes()).isEqualTo(free);
    assertThatIllegalStateException().isThrownBy(() -> gpu.stream().clear(large.all()));
  }

  @Test
  void textThatDoesNotAssembleIsRefused() {
    PtxKernel broken =
        new PtxKernel(
            "broken",
            SCALE.text().replace("entry scale", "entry broken").replace("fma.rn", "fmb.rn"),
            SCALE.parameters(),
            64,
            256,
            PtxTarget.SM_80);

    assertThatExceptionOfType(GpuException.class)
        .isThrownBy(() -> gpu.load(broken))
        .withMessageContaining("fmb");
  }

  @Test
  void argumentsThatDoNotFitAreRefused() {
    try (DeviceBuffer x = buffer(1)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> gpu.stream().launch(gpu.load(SCALE), Grid.of(1), 1, x, 2.0, x))
          .withMessageContaining("'factor' is a F32; got Double");
    }
  }

  @Test
  void closingTwiceDoesNothing() {
    gpu.close();
    gpu.close();
    gpu = null;
  }
}
