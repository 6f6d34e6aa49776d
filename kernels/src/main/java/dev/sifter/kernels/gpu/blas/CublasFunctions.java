package dev.sifter.kernels.gpu.blas;

import static dev.sifter.kernels.gpu.blas.CublasStatus.check;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.sifter.kernels.gpu.GpuUnavailableException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/**
 * The functions of cuBLAS that are used, as versions 11 to 13 all have them.
 *
 * <p>Handles and device addresses are passed as numbers: they mean nothing to this process.
 */
@SuppressWarnings("restricted") // Calling native code is what this class is for.
final class CublasFunctions {
  private static final int GEMM_DEFAULT = -1;

  private final MethodHandle create;
  private final MethodHandle destroy;
  private final MethodHandle getVersion;
  private final MethodHandle setStream;
  private final MethodHandle setWorkspace;
  private final MethodHandle setAtomicsMode;
  private final MethodHandle setMathMode;
  private final MethodHandle gemmEx;

  /** Binds the functions that {@code library} has. */
  CublasFunctions(SymbolLookup library) {
    Binder binder = new Binder(library);
    create = binder.bind("cublasCreate_v2", ADDRESS);
    destroy = binder.bind("cublasDestroy_v2", JAVA_LONG);
    getVersion = binder.bind("cublasGetVersion_v2", JAVA_LONG, ADDRESS);
    setStream = binder.bind("cublasSetStream_v2", JAVA_LONG, JAVA_LONG);
    setWorkspace = binder.bind("cublasSetWorkspace_v2", JAVA_LONG, JAVA_LONG, JAVA_LONG);
    setAtomicsMode = binder.bind("cublasSetAtomicsMode", JAVA_LONG, JAVA_INT);
    setMathMode = binder.bind("cublasSetMathMode", JAVA_LONG, JAVA_INT);
    gemmEx =
        binder.bind(
            "cublasGemmEx",
            JAVA_LONG,
            JAVA_INT,
            JAVA_INT,
            JAVA_INT,
            JAVA_INT,
            JAVA_INT,
            ADDRESS,
            JAVA_LONG,
            JAVA_INT,
            JAVA_INT,
            JAVA_LONG,
            JAVA_INT,
            JAVA_INT,
            ADDRESS,
            JAVA_LONG,
            JAVA_INT,
            JAVA_INT,
            JAVA_INT,
            JAVA_INT);
  }

  /**
   * Loads a library for as long as the process lives.
   *
   * @throws GpuUnavailableException if it cannot be loaded or is no cuBLAS
   */
  static CublasFunctions load(Path library) {
    try {
      return new CublasFunctions(SymbolLookup.libraryLookup(library, Arena.global()));
    } catch (IllegalArgumentException cannotLoad) {
      throw new GpuUnavailableException(
          "%s cannot be loaded; is libcublasLt beside it?".formatted(library), cannotLoad);
    }
  }

  private record Binder(SymbolLookup library) {
    MethodHandle bind(String name, MemoryLayout... parameters) {
      MemorySegment function =
          library
              .find(name)
              .orElseThrow(
                  () ->
                      new GpuUnavailableException(
                          "the cuBLAS library has no function %s; versions 11 to 13 have"
                              .formatted(name)));
      return Linker.nativeLinker()
          .downcallHandle(function, FunctionDescriptor.of(JAVA_INT, parameters));
    }
  }

  /**
   * A new handle.
   *
   * @throws GpuUnavailableException if the library does not start on this machine
   */
  long create() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment handle = arena.allocate(JAVA_LONG);
      CublasStatus.checkCreated((int) create.invokeExact(handle));
      return handle.get(JAVA_LONG, 0);
    } catch (Throwable failed) {
      throw rethrow(failed);
    }
  }

  void destroy(long handle) {
    try {
      check("cublasDestroy", (int) destroy.invokeExact(handle));
    } catch (Throwable failed) {
      throw rethrow(failed);
    }
  }

  /** The version as one number: 120600 is 12.6.0. */
  int version(long handle) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment version = arena.allocate(JAVA_INT);
      check("cublasGetVersion", (int) getVersion.invokeExact(handle, version));
      return version.get(JAVA_INT, 0);
    } catch (Throwable failed) {
      throw rethrow(failed);
    }
  }

  void setStream(long handle, long stream) {
    try {
      check("cublasSetStream", (int) setStream.invokeExact(handle, stream));
    } catch (Throwable failed) {
      throw rethrow(failed);
    }
  }

  void setWorkspace(long handle, long address, long bytes) {
    try {
      check("cublasSetWorkspace", (int) setWorkspace.invokeExact(handle, address, bytes));
    } catch (Throwable failed) {
      throw rethrow(failed);
    }
  }

  void setAtomicsMode(long handle, int mode) {
    try {
      check("cublasSetAtomicsMode", (int) setAtomicsMode.invokeExact(handle, mode));
    } catch (Throwable failed) {
      throw rethrow(failed);
    }
  }

  void setMathMode(long handle, int mode) {
    try {
      check("cublasSetMathMode", (int) setMathMode.invokeExact(handle, mode));
    } catch (Throwable failed) {
      throw rethrow(failed);
    }
  }

  /**
   * Multiplies.
   *
   * @param alpha where this process holds α
   * @param beta where this process holds β
   */
  void gemmEx(long handle, CublasProducts.Gemm gemm, MemorySegment alpha, MemorySegment beta) {
    try {
      check(
          "cublasGemmEx",
          (int)
              gemmEx.invokeExact(
                  handle,
                  gemm.transa(),
                  gemm.transb(),
                  gemm.m(),
                  gemm.n(),
                  gemm.k(),
                  alpha,
                  gemm.a(),
                  gemm.aType(),
                  gemm.lda(),
                  gemm.b(),
                  gemm.bType(),
                  gemm.ldb(),
                  beta,
                  gemm.c(),
                  gemm.cType(),
                  gemm.ldc(),
                  gemm.computeType(),
                  GEMM_DEFAULT));
    } catch (Throwable failed) {
      throw rethrow(failed);
    }
  }

  private static RuntimeException rethrow(Throwable failed) {
    if (failed instanceof RuntimeException unchecked) {
      return unchecked;
    }
    if (failed instanceof Error error) {
      throw error;
    }
    return new IllegalStateException(failed);
  }
}
