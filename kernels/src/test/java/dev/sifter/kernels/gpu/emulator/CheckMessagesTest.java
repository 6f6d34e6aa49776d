package dev.sifter.kernels.gpu.emulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.sifter.kernels.gpu.DeviceBuffer;
import dev.sifter.kernels.gpu.Grid;
import dev.sifter.kernels.ptx.PtxTarget;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** docs/emulator.md quotes what each check says of a planted fault. */
class CheckMessagesTest {
  private static final Path PAGE =
      Path.of(System.getProperty("sifter.root"), "docs", "emulator.md");
  private static final String BEGIN = "<!-- written by CheckMessagesTest -->\n";
  private static final String END = "<!-- end -->\n";
  private static final String REMEDY =
      "docs/emulator.md does not quote the checks; if that is meant, write it anew with:"
          + " ./mvnw -q -pl kernels test -Dtest=CheckMessagesTest"
          + " -Dsifter.test.jvm=-Dsifter.docs=write";

  /** A piece of PTX in the frame of PtxLab, and the check that it fails. */
  private record Planted(Check check, PtxTarget target, int threads, String piece) {
    Planted(Check check, String piece) {
      this(check, PtxTarget.SM_80, 64, piece);
    }
  }

  private static final List<Planted> PLANTED =
      List.of(
          new Planted(Check.OUT_OF_BOUNDS, "ld.global.u32 %r1, [%d2+8];"),
          new Planted(Check.MISALIGNED, "ld.global.v4.u32 {%r1, %r2, %r3, %r4}, [%d2];"),
          new Planted(Check.UNINITIALISED, "mov.u32 %r5, smem;\nld.shared.u32 %r1, [%r5+4];"),
          new Planted(
              Check.SHARED_RACE,
              """
              mov.u32 %r5, smem; mad.lo.u32 %r6, %r0, 4, %r5;
              st.shared.u32 [%r6], %r0;
              xor.b32 %r7, %r0, 1; mad.lo.u32 %r7, %r7, 4, %r5;
              ld.shared.u32 %r1, [%r7];\
              """),
          new Planted(Check.GLOBAL_RACE, "shr.u32 %r1, %r0, 5;\nst.global.u32 [%d1], %r1;"),
          new Planted(
              Check.BARRIER,
              """
              setp.lt.u32 %p0, %r0, 32;
              @%p0 bra SKIP;
              bar.sync 1, 64;
              SKIP:\
              """),
          new Planted(
              Check.COLLECTIVE,
              "setp.lt.u32 %p0, %r0, 30;\n@%p0 shfl.sync.bfly.b32 %r1, %r0, 1, 31, 0xffffffff;"),
          new Planted(
              Check.ASYNC_COPY,
              """
              mov.u32 %r5, smem; mad.lo.u32 %r6, %r0, 4, %r5;
              cp.async.ca.shared.global [%r6], [%d2], 4;
              ld.shared.u32 %r1, [%r6];\
              """),
          new Planted(
              Check.ASYNC_PRODUCT,
              PtxTarget.SM_90A,
              128,
              """
              mov.u32 %r5, smem; mad.lo.u32 %r6, %r0, 8, %r5;
              st.shared.v2.u32 [%r6], {%r0, %r0};
              bar.sync 0;
              shr.u32 %r7, %r5, 4; mov.u32 %r8, 0x40000040; mov.b64 %d5, {%r7, %r8};
              mov.u32 %r1, 0; setp.ne.u32 %p0, 0, 0;
              wgmma.fence.sync.aligned;
              wgmma.mma_async.sync.aligned.m64n8k16.f32.bf16.bf16
                {%f0, %f1, %f2, %f3}, {%r1, %r1, %r1, %r1}, %d5, %p0, 1, 1, 0;\
              """),
          new Planted(Check.READ_ONLY, "ld.global.nc.u32 %r1, [%d2];\nst.global.u32 [%d2], %r1;"),
          new Planted(Check.ENDLESS, "AGAIN:\nbra AGAIN;"));

  private static EmulatorFaultException fault(Planted planted) {
    return catchThrowableOfType(
        EmulatorFaultException.class,
        () ->
            PtxLab.run(
                EmulatorOptions.defaults().withMaxInstructions(100_000),
                PtxLab.kernel(planted.target, planted.threads, 1024, planted.piece),
                1,
                planted.threads,
                PtxLab.counting(planted.threads)));
  }

  private static EmulatorFaultException useAfterFree(String piece) {
    try (EmulatedGpu gpu = EmulatedGpu.open()) {
      DeviceBuffer hidden = gpu.allocate(256);
      DeviceBuffer pointers = gpu.allocate(8);
      gpu.stream()
          .copyToDevice(MemorySegment.ofArray(new long[] {hidden.address()}), pointers.all());
      hidden.close();
      return catchThrowableOfType(
          EmulatorFaultException.class,
          () ->
              gpu.stream()
                  .launch(
                      gpu.load(PtxLab.kernel(32, 0, piece)),
                      Grid.of(1),
                      pointers,
                      pointers,
                      pointers));
    }
  }

  private static String section(Check check, String piece, EmulatorFaultException fault) {
    assertThat(fault.check()).isEqualTo(check);
    return "\n**`%s`**\n```\n%s\n```\n```\n%s\n```\n".formatted(check, piece, fault.getMessage());
  }

  private static String sections() {
    List<Check> told = new ArrayList<>();
    StringBuilder text = new StringBuilder();
    for (Planted planted : PLANTED) {
      text.append(section(planted.check, planted.piece, fault(planted)));
      told.add(planted.check);
    }
    String freed = "ld.global.b64 %d9, [%d0];\nld.global.u32 %r1, [%d9+16];";
    text.append(section(Check.USE_AFTER_FREE, freed, useAfterFree(freed)));
    told.add(Check.USE_AFTER_FREE);
    assertThat(told).containsExactlyInAnyOrder(Check.values());
    return text.toString();
  }

  @Test
  void thePageQuotesEveryCheck() throws IOException {
    String page = Files.readString(PAGE);
    int begin = page.indexOf(BEGIN) + BEGIN.length();
    int end = page.indexOf(END);
    if ("write".equals(System.getProperty("sifter.docs"))) {
      page = page.substring(0, begin) + sections() + "\n" + page.substring(end);
      Files.writeString(PAGE, page);
      end = page.indexOf(END);
    }
    assertThat(page.substring(begin, end)).as(REMEDY).isEqualTo(sections() + "\n");
  }
}
