package dev.sifter.engine.backend.gpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.kernels.gpu.DeviceBuffer;
import dev.sifter.kernels.gpu.DryGpu;
import dev.sifter.kernels.gpu.Gpu;
import dev.sifter.kernels.gpu.GpuDevices;
import dev.sifter.kernels.gpu.GpuLostException;
import dev.sifter.kernels.gpu.GpuProperties;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class GpuBackendTest {
  private static final GpuProperties CARD =
      new GpuProperties("card", 9, 0, 132, 1L << 36, 227 << 10, 50 << 20);

  /** A device whose memory cannot be given back any more. */
  private static Gpu losing(List<String> calls) {
    Gpu inner = new DryGpu(CARD);
    return (Gpu)
        Proxy.newProxyInstance(
            Gpu.class.getClassLoader(),
            new Class<?>[] {Gpu.class},
            (proxy, method, arguments) -> {
              calls.add(method.getName());
              return method.getName().equals("allocate")
                  ? new DeviceBuffer(256, (long) arguments[0], () -> fail(calls))
                  : method.invoke(inner, arguments);
            });
  }

  private static void fail(List<String> calls) {
    calls.add("free");
    throw new GpuLostException("the GPU is lost");
  }

  @Test
  void aLostDeviceIsClosedToo() {
    List<String> calls = new ArrayList<>();
    GpuBackend backend =
        new GpuBackend("gpu", new GpuDevices.Choice<>(losing(calls), "a test"), DType.F32);
    backend.optimizer().measure(List.of(), 1);
    assertThat(calls).contains("allocate").doesNotContain("close");

    assertThatExceptionOfType(GpuLostException.class).isThrownBy(backend::close);

    assertThat(calls).endsWith("close");
  }

  /** Of what lasts and of the workspace, each is given back although the other cannot be. */
  @Test
  void allMemoryOfALostDeviceIsGivenBack() {
    List<String> calls = new ArrayList<>();
    GpuBackend backend =
        new GpuBackend("gpu", new GpuDevices.Choice<>(losing(calls), "a test"), DType.F32);
    TensorArena arena = backend.newArena("gradients");
    Tensor gradient = arena.allocate(DType.F32, Shape.of(4));
    backend.optimizer().measure(List.of(gradient), 1);
    assertThatExceptionOfType(GpuLostException.class).isThrownBy(arena::close);

    assertThatExceptionOfType(GpuLostException.class).isThrownBy(backend::close);

    assertThat(calls.stream().filter("allocate"::equals)).hasSize(3);
    assertThat(calls.stream().filter("free"::equals)).hasSize(3);
  }
}
