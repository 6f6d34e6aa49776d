package dev.sifter.kernels.gpu.blas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.sifter.kernels.gpu.DeviceBuffer;
import dev.sifter.kernels.gpu.Gpu;
import dev.sifter.kernels.gpu.GpuException;
import dev.sifter.kernels.gpu.GpuUnavailableException;
import dev.sifter.kernels.gpu.OutOfDeviceMemoryException;
import dev.sifter.kernels.gpu.emulator.EmulatedGpu;
import dev.sifter.kernels.gpu.emulator.EmulatorOptions;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The binding against a library whose functions are Java methods, called through C's convention.
 */
@SuppressWarnings("restricted") // A library of Java methods, only for this test.
class ForeignCublasTest {
  private final Arena arena = Arena.ofShared();
  private final List<String> calls = new ArrayList<>();
  private final Gpu gpu = EmulatedGpu.open();
  private int version = 120_605;
  private int createStatus;
  private int gemmStatus;
  private int mathModeStatus;

  @AfterEach
  void close() {
    gpu.close();
    arena.close();
  }

  // The library, by NVIDIA's header.

  int create(MemorySegment handle) {
    handle.reinterpret(8).set(ValueLayout.JAVA_LONG, 0, 0x1234_5678_9abcL);
    note("create");
    return createStatus;
  }

  int destroy(long handle) {
    return note("destroy %x", handle);
  }

  int getVersion(long handle, MemorySegment out) {
    out.reinterpret(4).set(ValueLayout.JAVA_INT, 0, version);
    return 0;
  }

  int setStream(long handle, long stream) {
    return note("stream %x %d", handle, stream);
  }

  int setWorkspace(long handle, long address, long bytes) {
    return note("workspace %x %x %d", handle, address, bytes);
  }

  int setAtomicsMode(long handle, int mode) {
    return note("atomics %d", mode);
  }

  int setMathMode(long handle, int mode) {
    note("math %d", mode);
    return mathModeStatus;
  }

  int gemmEx(
      long handle,
      int transa,
      int transb,
      int m,
      int n,
      int k,
      MemorySegment alpha,
      long a,
      int aType,
      int lda,
      long b,
      int bType,
      int ldb,
      MemorySegment beta,
      long c,
      int cType,
      int ldc,
      int computeType,
      int algorithm) {
    note(
        "gemm %d%d %d %d %d %.1f %x %d %d %x %d %d %.1f %x %d %d %d %d",
        transa,
        transb,
        m,
        n,
        k,
        alpha.reinterpret(4).get(ValueLayout.JAVA_FLOAT, 0),
        a,
        aType,
        lda,
        b,
        bType,
        ldb,
        beta.reinterpret(4).get(ValueLayout.JAVA_FLOAT, 0),
        c,
        cType,
        ldc,
        computeType,
        algorithm);
    return gemmStatus;
  }

  private int note(String format, Object... values) {
    calls.add(String.format(Locale.ROOT, format, values));
    return 0;
  }

  private MemorySegment function(String method, Class<?>... parameters)
      throws ReflectiveOperationException {
    return Linker.nativeLinker()
        .upcallStub(
            MethodHandles.lookup().bind(this, method, MethodType.methodType(int.class, parameters)),
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT,
                Stream.of(parameters).map(ForeignCublasTest::layout).toArray(MemoryLayout[]::new)),
            arena);
  }

  private static MemoryLayout layout(Class<?> type) {
    if (type == MemorySegment.class) {
      return ValueLayout.ADDRESS;
    }
    return type == long.class ? ValueLayout.JAVA_LONG : ValueLayout.JAVA_INT;
  }

  private CublasFunctions library() throws ReflectiveOperationException {
    Class<?> i = int.class;
    Class<?> l = long.class;
    Class<?> p = MemorySegment.class;
    Map<String, MemorySegment> functions = new HashMap<>();
    functions.put("cublasCreate_v2", function("create", p));
    functions.put("cublasDestroy_v2", function("destroy", l));
    functions.put("cublasGetVersion_v2", function("getVersion", l, p));
    functions.put("cublasSetStream_v2", function("setStream", l, l));
    functions.put("cublasSetWorkspace_v2", function("setWorkspace", l, l, l));
    functions.put("cublasSetAtomicsMode", function("setAtomicsMode", l, i));
    functions.put("cublasSetMathMode", function("setMathMode", l, i));
    functions.put(
        "cublasGemmEx",
        function("gemmEx", l, i, i, i, i, i, p, l, i, i, l, i, i, p, l, i, i, i, i));
    return new CublasFunctions(name -> Optional.ofNullable(functions.get(name)));
  }

  @Test
  void callsTheLibraryAsItsHeaderSays() throws ReflectiveOperationException {
    try (DeviceBuffer data = gpu.allocate(4096);
        ForeignCublas blas = new ForeignCublas(library(), "libcublas.so.12", gpu, gpu.stream())) {
      blas.multiply(
          new Product(
              new Matrix(data.slice(0, 1000), MatrixType.BF16, 4, 6, 8),
              false,
              new Matrix(data.slice(1024, 1000), MatrixType.BF16, 5, 6, 10),
              true,
              new Matrix(data.slice(2048, 1000), MatrixType.F32, 4, 5, 12),
              0.5f,
              1.5f,
              Float32Math.FULL));
      assertThat(blas.description())
          .isEqualTo("cuBLAS 12 (120605), libcublas.so.12, through foreign functions");
    }

    // Atomics off, full-precision sums; α before A, β before C, the default algorithm.
    assertThat(calls)
        .containsExactly(
            "create",
            "stream 123456789abc 0",
            "workspace 123456789abc 20000000000 33554432",
            "atomics 0",
            "math 16",
            "gemm 10 5 4 6 0.5 10000000400 14 10 10000000000 14 8 1.5 10000000800 0 12 68 -1",
            "destroy 123456789abc");
  }

  @Test
  void saysWhatTheLibraryRefuses() throws ReflectiveOperationException {
    gemmStatus = 13;
    try (DeviceBuffer data = gpu.allocate(64);
        ForeignCublas blas = new ForeignCublas(library(), "x", gpu, gpu.stream())) {
      Product product =
          Product.of(
              Matrix.dense(data.slice(0, 4), MatrixType.F32, 1, 1),
              false,
              Matrix.dense(data.slice(4, 4), MatrixType.F32, 1, 1),
              false,
              Matrix.dense(data.slice(8, 4), MatrixType.F32, 1, 1));
      assertThatExceptionOfType(GpuException.class)
          .isThrownBy(() -> blas.multiply(product))
          .withMessageContaining("cublasGemmEx: CUBLAS_STATUS_EXECUTION_FAILED (13)")
          .withMessageContaining("--device emulator");
    }
  }

  /** As on a machine whose driver is older than the library: products are made without it. */
  @Test
  void aLibraryThatDoesNotStartIsUnavailable() throws ReflectiveOperationException {
    CublasFunctions library = library();
    createStatus = 1;
    assertThatExceptionOfType(GpuUnavailableException.class)
        .isThrownBy(() -> new ForeignCublas(library, "x", gpu, gpu.stream()))
        .withMessageContaining("CUBLAS_STATUS_NOT_INITIALIZED (1)")
        .withMessageContaining("a driver as new as its CUDA");
    assertThat(calls).containsExactly("create");
  }

  @Test
  void nothingStaysOpenWhereTheWorkspaceIsNotToBeHad() throws ReflectiveOperationException {
    CublasFunctions library = library();
    try (Gpu small = new EmulatedGpu(EmulatorOptions.defaults().withMemoryBytes(1 << 20))) {
      assertThatExceptionOfType(OutOfDeviceMemoryException.class)
          .isThrownBy(() -> new ForeignCublas(library, "x", small, small.stream()));
    }
    assertThat(calls).containsExactly("create", "destroy 123456789abc");
  }

  @Test
  void nothingStaysOpenWhereTheLibraryRefusesASetting() throws ReflectiveOperationException {
    CublasFunctions library = library();
    mathModeStatus = 7;
    long before = gpu.freeBytes();

    assertThatExceptionOfType(GpuException.class)
        .isThrownBy(() -> new ForeignCublas(library, "x", gpu, gpu.stream()))
        .withMessageContaining("cublasSetMathMode: CUBLAS_STATUS_INVALID_VALUE (7)");

    assertThat(calls).endsWith("math 16", "destroy 123456789abc");
    assertThat(gpu.freeBytes()).isEqualTo(before);
  }

  @Test
  void refusesOtherVersions() throws ReflectiveOperationException {
    CublasFunctions library = library();
    version = 10_200;
    assertThatExceptionOfType(GpuUnavailableException.class)
        .isThrownBy(() -> new ForeignCublas(library, "libcublas.so.10", gpu, gpu.stream()))
        .withMessage("libcublas.so.10 is cuBLAS 10; versions 11 to 13 are known");
    assertThat(calls).containsExactly("create", "destroy 123456789abc");
    version = 130_100;
    new ForeignCublas(library, "libcublas.so.13", gpu, gpu.stream()).close();
  }

  @Test
  void refusesWhatIsNoCublas(@TempDir Path folder) {
    SymbolLookup empty = name -> Optional.empty();
    assertThatExceptionOfType(GpuUnavailableException.class)
        .isThrownBy(() -> new CublasFunctions(empty))
        .withMessageContaining("no function cublasCreate_v2");
    Path missing = folder.resolve("libcublas.so.12");
    assertThatExceptionOfType(GpuUnavailableException.class)
        .isThrownBy(() -> ForeignCublas.open(missing, gpu, gpu.stream()))
        .withMessageContaining("libcublas.so.12 cannot be loaded");
  }
}
