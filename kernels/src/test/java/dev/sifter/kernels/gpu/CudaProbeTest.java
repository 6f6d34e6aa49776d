package dev.sifter.kernels.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CudaProbeTest {
  @TempDir private Path machine;

  @Test
  void findsNothingWhereThereIsNothing() {
    CudaProbe probe = CudaProbe.run(List.of(machine, machine.resolve("no such folder")), machine);

    assertThat(probe.driver()).isEmpty();
    assertThat(probe.cublas()).isEmpty();
    assertThat(probe.cublasVersion()).isEmpty();
    assertThat(probe.driverVersion()).isEmpty();
    assertThat(probe.gpus()).isEmpty();
  }

  @Test
  void namesWhatLinuxHas() throws IOException {
    Path driver = file("lib/libcuda.so.1", "");
    Path cublas = file("lib/libcublas.so.12", "");
    file("lib/libcuda.so", "");
    file("lib/libcublasLt.so.12", "");
    file(
        "proc/version",
        """
        NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.90.07  Fri May 31 09:35:42 UTC 2024
        GCC version:  gcc version 12.2.0 (Debian 12.2.0-14)
        """);
    file("proc/gpus/gpu0/information", "Model: \t\t NVIDIA H100 80GB HBM3\nIRQ:   \t\t 100\n");

    CudaProbe probe = CudaProbe.run(List.of(machine.resolve("lib")), machine.resolve("proc"));

    assertThat(probe.driver()).contains(driver);
    assertThat(probe.cublas()).contains(cublas);
    assertThat(probe.cublasVersion()).contains(12);
    assertThat(probe.driverVersion()).contains("550.90.07");
    assertThat(probe.gpus()).containsExactly("NVIDIA H100 80GB HBM3");
  }

  @Test
  void readsTheOpenKernelModulesVersion() throws IOException {
    file(
        "version",
        "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  570.86.15  Release Build");

    assertThat(CudaProbe.run(List.of(), machine).driverVersion()).contains("570.86.15");
  }

  @Test
  void namesWhatWindowsHas() throws IOException {
    Path driver = file("System32/nvcuda.dll", "");
    Path cublas = file("v12.6/bin/cublas64_12.dll", "");

    CudaProbe probe =
        CudaProbe.run(List.of(machine.resolve("System32"), machine.resolve("v12.6/bin")), machine);

    assertThat(probe.driver()).contains(driver);
    assertThat(probe.cublas()).contains(cublas);
    assertThat(probe.cublasVersion()).contains(12);
  }

  @Test
  void prefersTheCublasThatTheBindingsWereMadeFor() throws IOException {
    file("first/libcublas.so.13", "");
    Path twelve = file("second/libcublas.so.12", "");
    List<Path> folders = List.of(machine.resolve("first"), machine.resolve("second"));

    assertThat(CudaProbe.run(folders, machine).cublas()).contains(twelve);

    Files.delete(twelve);
    assertThat(CudaProbe.run(folders, machine).cublasVersion()).contains(13);
  }

  /** In one folder 11 comes before 13, and a name that is no version is none. */
  @Test
  void prefersTheNewestOfOtherVersions() throws IOException {
    file("lib/libcublas.so.11", "");
    Path thirteen = file("lib/libcublas.so.13", "");
    file("lib/libcublas.so.99999999999", "");
    file("later/libcublas.so.13", "");
    List<Path> folders = List.of(machine.resolve("lib"), machine.resolve("later"));

    assertThat(CudaProbe.run(folders, machine).cublas()).contains(thirteen);
  }

  private Path file(String name, String content) throws IOException {
    Path file = machine.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, content);
  }
}
