package dev.sifter.train.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.assertj.core.data.Percentage.withPercentage;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sifter.kernels.gpu.CudaProbe;
import dev.sifter.kernels.library.catalog.KernelCatalog;
import dev.sifter.model.Json;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code sifter kernels} as a user calls it. */
class KernelsCommandTest {

  private static JsonNode json(Object... args) throws IOException {
    Cli cli = Cli.run(args);
    assertThat(cli.code()).as(cli.err()).isZero();
    return Json.mapper().readTree(cli.out());
  }

  @Test
  void aloneItSaysWhatThereIs() {
    Cli cli = Cli.run("kernels");
    assertThat(cli.code()).isZero();
    assertThat(cli.out()).contains("list", "show", "check", "trace", "report", "bench");
  }

  @Test
  void listsTheCatalog() throws IOException {
    Cli cli = Cli.run("kernels", "list");
    assertThat(cli.code()).isZero();
    assertThat(cli.out())
        .containsPattern("rms-norm +\\d+  y = x/√")
        .contains(KernelCatalog.all().size() + " kernels");
    assertThat(json("kernels", "list", "--json"))
        .hasSize(KernelCatalog.all().size())
        .allSatisfy(
            kernel -> {
              assertThat(kernel.get("trials").asInt()).isPositive();
              assertThat(kernel.get("description").asText()).isNotBlank();
            });
  }

  @Test
  void showsWhatAKernelIsAndBecomes() throws IOException {
    Cli cli = Cli.run("kernels", "show", "rms-norm");
    assertThat(cli.code()).isZero();
    assertThat(cli.out())
        // 5 rows of 576 read and written in two bytes, and the weight; 5 FLOPs an element.
        .contains("trial 1", "least work   12,672 bytes, 14,400 FLOPs: 1.14 FLOPs a byte")
        .contains("grid 2×1×1, 128 threads a block", "x .u64", "epsilon .f32")
        .containsPattern("dev/sifter/kernels/library/RmsNorm.java:\\d+-\\d+ \\(\\d+\\)")
        .contains("ss = warpSum(sum_j v[j]*v[j])", "16384 rows of 2048");

    JsonNode page = json("kernels", "show", "rms-norm-backward", "--trial", "2", "--json");
    assertThat(page.get("kernels")).hasSizeGreaterThan(1);
    assertThat(page.get("label")).isEqualTo(page.get("trials").get(1));
    for (JsonNode kernel : page.get("kernels")) {
      int written = 0;
      for (JsonNode source : kernel.get("sources")) {
        written += source.get("instructions").asInt();
      }
      assertThat(written).isEqualTo(kernel.get("instructions").asInt());
    }
  }

  @Test
  void saysWhatNvidiasCompilerMakesOfIt() throws IOException {
    JsonNode page = json("kernels", "show", "gemm-tensor-core", "--benchmark", "--json");
    assumeThat(page.get("compiler").asText())
        .as(page.get("compiler").asText())
        .startsWith("NVIDIA's PTX compiler of CUDA");
    JsonNode resources = page.get("kernels").get(0).get("resources");
    assertThat(resources).hasSize(2);
    assertThat(resources)
        .allSatisfy(
            gpu -> {
              assertThat(gpu.get("registers").asInt()).isBetween(32, 255);
              assertThat(gpu.get("spill_store_bytes").asInt()).isZero();
              assertThat(gpu.get("resident_blocks").asInt()).isPositive();
            });
    JsonNode hopper = json("kernels", "show", "scale", "--target", "sm_90a", "--json");
    assertThat(hopper.get("kernels").get(0).get("resources")).hasSize(1);
  }

  @Test
  void printsThePtxAndNothingElse() throws IOException {
    Cli cli = Cli.run("kernels", "show", "scale", "--ptx", "--target", "sm_90a");
    assertThat(cli.code()).isZero();
    assertThat(cli.out()).startsWith(".version 8.0\n.target sm_90a\n").endsWith("  ret;\n}\n");
    assertThat(json("kernels", "show", "scale", "--json", "--ptx").at("/kernels/0/ptx").asText())
        .startsWith(".version 8.0\n.target sm_80\n");
  }

  @Test
  void checksKernels() throws IOException {
    Cli cli = Cli.run("kernels", "check", "scale", "gemm-tiled", "--schedules", "2");
    assertThat(cli.code()).as(cli.out()).isZero();
    assertThat(cli.out())
        .containsPattern("scale +\\d+ +0\\.000 +24,576 +1\\.00 +8\\.0 +16\\.0 +0 +ok")
        .containsPattern("gemm-tiled.* 0 +ok")
        .contains("2 kernels", "all as they must be");

    JsonNode trial =
        json("kernels", "check", "scale", "--schedules", "1", "--json").at("/0/trials/0");
    assertThat(trial.at("/counts/sector_bytes").asLong())
        .isEqualTo(trial.at("/counts/least_bytes").asLong());
    assertThat(trial.get("failures")).isEmpty();
  }

  @Test
  void tracesAWarp() throws IOException {
    Cli cli =
        Cli.run("kernels", "trace", "gemm-tiled", "--warp", "1", "--lane", "5", "--steps", "60");
    assertThat(cli.code()).as(cli.err()).isZero();
    assertThat(cli.out())
        .contains("block 0, warp 1:", "GemmTiled.java:", "k.barrier();", "bar.sync 0")
        // Thread 37 is lane 5 of warp 1.
        .containsPattern("mov\\.u32 %r\\d+, %tid\\.x\\n +reads +%tid\\.x = 37\\n")
        .containsPattern("global +0x[0-9a-f]+; first lane: offset 508 of buffer #1")
        .contains("--from 61 goes on");

    JsonNode steps = json("kernels", "trace", "scale", "--from", "3", "--steps", "4", "--json");
    assertThat(steps).extracting(step -> step.get("step").asLong()).containsExactly(3L, 4L, 5L, 6L);
  }

  @Test
  void tracesWhatThereIs() {
    Cli cli = Cli.run("kernels", "trace", "scale", "--block", "1000000");
    assertThat(cli.code()).isEqualTo(2);
    assertThat(cli.err()).contains("--block 1000000: it must be 0 to 3");
    assertThat(Cli.run("kernels", "trace", "scale", "--warp", "8").err())
        .contains("--warp 8: it must be 0 to 7");
    assertThat(Cli.run("kernels", "trace", "scale", "--from", "1000000").out())
        .contains("no step 1000000: the warp runs");
    assertThat(Cli.run("kernels", "trace", "scale", "--launch", "2").code()).isEqualTo(2);
    assertThat(Cli.run("kernels", "trace", "scale", "--lane", "32").code()).isEqualTo(2);
  }

  @Test
  void reportsLineByLine() throws IOException {
    Cli cli = Cli.run("kernels", "report", "gemm-tiled");
    assertThat(cli.code()).isZero();
    assertThat(cli.out())
        .contains("gemm-tiled, trial 1", "divergent branches", "sect./req.")
        .containsPattern("GemmTiled.java:\\d+ .*k.assign\\(sum, k.fma\\(left, right, sum\\)\\);");
    JsonNode report = json("kernels", "report", "gemm-tiled", "--json").get(0);
    // 33×31 outputs of 127 terms in tiles of 32×32×32: 2 × 1 blocks, 4 tiles each.
    assertThat(report.at("/total/instructions/FLOAT").asLong()).isGreaterThan(2 * 4 * 32 * 32);
    assertThat(report.at("/lines/0/where/file").asText()).contains("dev/sifter/kernels/library/");
  }

  @Test
  void boundsWhatItCannotTime() throws IOException {
    JsonNode bench =
        json("kernels", "bench", "scale", "gemm-tensor-core", "--card", "a100", "--json");
    assertThat(bench.get("meaning").asText()).contains("not measurements");
    JsonNode scale = bench.at("/kernels/0");
    assertThat(scale.get("bound_by").asText()).isEqualTo("memory");
    // 2²⁴ numbers, four bytes read and written each, at 2039 GB/s.
    assertThat(scale.get("bound_micros").asDouble())
        .isCloseTo(8 * 16_777_216 / 2039e9 * 1e6, withPercentage(1e-6));
    JsonNode gemm = bench.at("/kernels/1");
    assertThat(gemm.get("bound_by").asText()).isEqualTo("tensor cores");
    assertThat(gemm.get("bound_teraflops_per_second").asDouble())
        .isCloseTo(312, withPercentage(1e-6));

    Cli text = Cli.run("kernels", "bench", "scale");
    assertThat(text.out()).contains("Bounds by the data sheet of the H100 SXM, not measurements");
  }

  @Test
  void withoutAGpuItSaysWhatIsMissing() {
    assumeThat(CudaProbe.run().driver()).as("this machine has an NVIDIA driver").isEmpty();
    for (String command : new String[] {"check", "bench"}) {
      Cli cli = Cli.run("kernels", command, "scale", "--device", "gpu");
      assertThat(cli.code()).isEqualTo(1);
      assertThat(cli.err()).contains("there is no NVIDIA driver").doesNotContain("\tat ");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"show", "check", "trace", "report", "bench"})
  void anUnknownNameIsAWrongCall(String command) {
    Cli cli = Cli.run("kernels", command, "rms-nrom");
    assertThat(cli.code()).isEqualTo(2);
    assertThat(cli.err())
        .contains(
            "no kernel is called 'rms-nrom'; spelled alike: rms-norm;", "sifter kernels list");
  }

  @Test
  void namesMayHaveWildcards() throws IOException {
    assertThat(json("kernels", "check", "gemm-t*", "--schedules", "1", "--json"))
        .extracting(kernel -> kernel.get("kernel").asText())
        .containsExactly("gemm-tiled", "gemm-tensor-core");
    assertThat(Cli.run("kernels", "check", "[").code()).isEqualTo(2);
  }

  @Test
  void otherWrongCalls() {
    assertThat(Cli.run("kernels", "show", "scale", "--trial", "99").err())
        .containsPattern("--trial 99: scale has trials 1 to \\d+\\R");
    assertThat(Cli.run("kernels", "show", "scale", "--target", "sm_70").err())
        .contains("there are sm_80, sm_90a");
    assertThat(Cli.run("kernels", "check", "--schedules", "0").code()).isEqualTo(2);
    assertThat(Cli.run("kernels", "bench", "--card", "tpu").code()).isEqualTo(2);
    assertThat(Cli.run("kernels", "check", "scale", "--device", "tpu").err())
        .contains("no device 'tpu'; there are gpu, gpu:N and emulator");
  }
}
