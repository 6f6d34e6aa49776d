package dev.sifter.train.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sifter.kernels.gpu.CudaProbe;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class DoctorCommandTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... args) {
    return Main.run(args, new PrintWriter(out, true), new PrintWriter(err, true));
  }

  @Test
  void printsEveryPartAsJson() throws Exception {
    int exitCode = run("doctor", "--json");

    JsonNode report = new ObjectMapper().readTree(out.toString());
    assertThat(report.get("findings"))
        .extracting(finding -> finding.get("part").asText())
        .containsExactly(
            "java", "native access", "simd", "cpu", "memory", "gpu", "gpu driver", "cublas");
    assertThat(exitCode).isEqualTo(report.get("healthy").asBoolean() ? 0 : 1);
  }

  @Test
  void seesTheSimdWidthExactlyWhereTheModuleIsResolved() {
    boolean resolved = ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();

    assertThat(HostChecks.vectorBits().isPresent()).isEqualTo(resolved);
    assertThat(run("doctor")).isEqualTo(resolved ? 0 : 1);
  }

  @Test
  void countsTheFloatsOfARegister() {
    assertThat(HostChecks.simd(OptionalInt.of(256)).found())
        .isEqualTo("256 bits, 8 floats a register");
  }

  @Test
  void saysHowToMendAMissingVectorModule() {
    Finding finding = HostChecks.simd(OptionalInt.empty());

    assertThat(finding.status()).isEqualTo(Finding.Status.PROBLEM);
    assertThat(DoctorCommand.toText(List.of(finding)))
        .contains("to mend it: start with ./sifter", "Sifter needs mending.");
  }

  @Test
  void aMissingGpuIsNoFault() throws Exception {
    CudaProbe none = new CudaProbe(Optional.empty(), Optional.empty(), Optional.empty(), List.of());

    List<Finding> findings = GpuChecks.all(none);

    assertThat(findings).extracting(Finding::status).containsOnly(Finding.Status.ABSENT);
    assertThat(
            new ObjectMapper().readTree(DoctorCommand.toJson(findings)).get("healthy").asBoolean())
        .isTrue();
  }

  @Test
  void everyCublasFrom11To13Serves() {
    assertThat(cublas(10).status()).isEqualTo(Finding.Status.ABSENT);
    assertThat(cublas(10).found()).contains("CUDA 10", "not one of CUDA 11 to 13");
    for (int version = 11; version <= 13; version++) {
      assertThat(cublas(version).status()).isEqualTo(Finding.Status.OK);
    }
  }

  private static Finding cublas(int version) {
    CudaProbe probe =
        new CudaProbe(
            Optional.of(Path.of("libcuda.so.1")),
            Optional.of(Path.of("libcublas.so." + version)),
            Optional.of("580.1"),
            List.of("NVIDIA A10"));
    List<Finding> findings = GpuChecks.all(probe);
    assertThat(findings.subList(0, 2)).extracting(Finding::status).containsOnly(Finding.Status.OK);
    return findings.getLast();
  }
}
