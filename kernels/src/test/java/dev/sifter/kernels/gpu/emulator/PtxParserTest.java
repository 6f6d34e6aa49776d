package dev.sifter.kernels.gpu.emulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.sifter.kernels.ptx.PtxKernel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PtxParserTest {
  private static final String MODULE =
      """
      // a comment
      .version 8.0
      .target sm_90a
      .address_size 64
      .file 1 "RmsNorm.java"
      .file 2 "Reductions.java"
      .extern .shared .align 16 .b8 smem[];
      .visible .entry norm(
        .param .u32 rows,
        .param .u64 x, /* two
        lines */ .param .f32 eps
      )
      .maxntid 128, 1, 1
      .minnctapersm 2
      {
        .reg .b32 %r<3>;
        .reg .pred %p, %q;
        .shared .align 8 .b8 tile[64];
        .loc 1 42 7
        mov.u32 %r0, %tid.x;
        .loc 2 7 0
      $loop_1:
        @!%p add.s32 %r1, %r0, -0x10;
        @%q bra $loop_1;
        ld.global.L1::no_allocate.v2.u32 {%r1, %r2}, [%d+-8];
        setp.lt.f32 %p|%q, %f0, 0f3F800000;
        ret;
      }
      """;

  @Test
  void readsDirectivesLabelsAndLines() {
    PtxModule module = PtxParser.parse(MODULE);

    assertThat(module.entry()).isEqualTo("norm");
    assertThat(module.target()).isEqualTo("sm_90a");
    assertThat(module.maximumThreads()).isEqualTo(128);
    assertThat(module.parameters().stream().map(PtxModule.Parameter::byteOffset))
        .containsExactly(0, 8, 16);
    assertThat(module.registers())
        .containsEntry("%r2", "b32")
        .containsEntry("%q", "pred")
        .hasSize(5);
    assertThat(module.shared())
        .containsExactly(
            new PtxModule.SharedVariable("smem", 16, 0, true),
            new PtxModule.SharedVariable("tile", 8, 64, false));
    assertThat(module.labels()).containsEntry("$loop_1", 1);
    assertThat(module.body().get(0).where()).isEqualTo(new SourceLocation("RmsNorm.java", 42));
    assertThat(module.body().get(1).where()).isEqualTo(new SourceLocation("Reductions.java", 7));
    assertThat(module.body().get(1).ptxLine()).isEqualTo(23);
  }

  @Test
  void readsOperands() {
    PtxModule module = PtxParser.parse(MODULE);

    PtxStatement add = module.body().get(1);
    assertThat(add.guard()).isEqualTo("%p");
    assertThat(add.negated()).isTrue();
    assertThat(add.operands().get(2)).isEqualTo(new PtxOperand.Immediate(-16, false));
    PtxStatement load = module.body().get(3);
    assertThat(load.opcode()).containsExactly("ld", "global", "L1::no_allocate", "v2", "u32");
    assertThat(load.operands().get(1))
        .isEqualTo(new PtxOperand.Address(new PtxOperand.Name("%d"), -8));
    PtxStatement compare = module.body().get(4);
    assertThat(compare.operands().get(0))
        .isEqualTo(new PtxOperand.Pair(new PtxOperand.Name("%p"), new PtxOperand.Name("%q")));
    assertThat(compare.operands().get(2))
        .isEqualTo(new PtxOperand.Immediate(Float.floatToRawIntBits(1f), true));
  }

  /** As the PTX ISA writes them: a leading 0 is octal. */
  @ParameterizedTest
  @CsvSource({"10, 10", "0, 0", "0x1F, 31", "0XffffU, 65535", "0b101, 5", "010, 8", "017U, 15"})
  void readsWholeNumbersOfAllBases(String written, long value) {
    PtxModule module = PtxParser.parse(".entry a() { mov.u32 %%r1, %s; }".formatted(written));
    assertThat(module.body().getFirst().operands().get(1))
        .isEqualTo(new PtxOperand.Immediate(value, false));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "mul.f32 %f1, %f2, %f3;| the emulator does not know the instruction mul.f32",
        "atom.global.add.f32 %f1, [%d0], %f2;| floating-point numbers have no order",
        "add.u32 %r1, %r0;| operand 3 is missing",
        "add.u32 %r1, %r0, %r0, %r0;| 4 operands; 3 are known",
        "add.u32 %r1, %r0, %d0;| %d0 is a .b64; 32 bits are needed",
        "add.u32 %r1, %r0, %x;| '%x' is not declared",
        "add.u32 %r1, %r0, %r2;| %r2 is read, but nothing writes it",
        "bra $nowhere;| is no label",
        "ld.global.volatile.u32 %r1, [%d0];| modifiers .volatile are not known",
        "ld.local.u32 %r1, [%d0];| does not know the instruction ld.local.u32",
        "cp.async.cg.shared.global [%r0], [%d0], 8;| .cg takes 16",
        "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%f1}, {%r1}, {%r2}, {%f2};"
            + "| 4 registers expected",
        "frob.u32 %r1;| does not know the instruction frob.u32",
        "setp.lt.b32 %p1, %r0, %r0;| bits have no order",
        "setp.lt.ftz.f32 %p1, %f1, %f1;| modifiers .ftz are not known",
        "red.global.exch.b32 [%d0], %r0;| one of and, or, xor is missing",
        "atom.global.inc.s32 %r1, [%d0], %r0;| one of add, min, max is missing",
        "ld.shared.u32 %r1, [%r0+4294967296];| an offset of 4294967296 bytes",
        "atom.shared.add.u64 %d1, [%r0], %d0;| 64 bits are only known in global memory",
      })
  void refusesWhatItDoesNotKnowWithTheLine(String statement, String message) {
    PtxKernel kernel = PtxLab.kernel(32, 0, "\n" + statement);

    assertThatExceptionOfType(PtxSyntaxException.class)
        .isThrownBy(() -> Decoder.decode(kernel))
        .withMessageContaining(message)
        .satisfies(refused -> assertThat(refused.line()).isEqualTo(PtxLab.FIRST_LINE + 1));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        ".version 8.0 .func f {}| '.func' is not known here| 1",
        ".version 9.7| PTX version 9.7| 1",
        ".address_size 32| addresses have 64 bits| 1",
        ".entry a() {| the text ends before the entry's '}'| 1",
        ".entry a() { ret; } .entry b() {}| a second .entry| 1",
        ".entry a() { .reg .f64 %x; }| registers of type .f64 are not known| 1",
        ".entry a() { .reg .b32 %x, %x; }| register %x is declared twice| 1",
        ".entry a() { L: L: }| label L is there twice| 1",
        ".entry a(.param .f64 x) {}| a parameter of type '.f64' is not known| 1",
        ".entry a() { ret ~; }| a character that PTX does not have here: '~'| 1",
        ".entry a() { mov.u32 %r1, 12ab; }| 12ab is no number of 64 bits| 1",
        ".entry a() { mov.u32 %r1, 0x1ffffffffffffffff; }| is no number of 64 bits| 1",
        ".entry a() { mov.u32 %r1, 08; }| 08 is no number of 64 bits| 1",
        ".entry a() { mov.f32 %f1, 1.0.0; }| 1.0.0 is no number| 1",
        ".entry a() { mov.f32 %f1, 0f3f8000zz; }| is no number of 64 bits| 1",
        ".entry a() { /* | a comment without end| 1",
        ".file 1 \"a.java| a string without end| 1",
        ".entry a() { .reg .b32 %r<99999999999>; }| is too large: 99999999999| 1",
        ".entry a() { .reg .b32 %r<999999999>; }| 999999999 registers; 100000 are the most| 1",
        ".entry a() .maxntid 1024, 99999 {}| 102398976 threads; 1024 are the most| 1",
        ".entry a() .reqntid 1025 {}| 1025 threads; 1024 are the most| 1",
        ".file 1| the name of a file expected, not ''| 1",
        ".file 1 a;| the name of a file expected, not 'a'| 1",
        ".shared .b64 a[536870912];| 4294967296 bytes of shared memory; 49152 are the most| 1",
        ".shared .b32 a[0xffffffffffffffff];| a length is too large: 18446744073709551615| 1",
        ".shared .align 2048 .b8 a;| 2048 bytes of alignment; 1024 are the most| 1",
        ".shared .align 24 .b8 a;| an alignment of 24 bytes; it must be a power of two| 1",
        ".shared .b8 a[49152]; .shared .b8 b;| 49153 bytes of shared memory; 49152 are the most| 1",
      })
  void refusesUnknownDirectives(String text, String message, int line) {
    assertThatExceptionOfType(PtxSyntaxException.class)
        .isThrownBy(() -> PtxParser.parse(text))
        .withMessageContaining(message)
        .satisfies(refused -> assertThat(refused.line()).isEqualTo(line));
  }

  @Test
  void refusesATextThatIsNotWhatItsDescriptionSays() {
    PtxKernel kernel = PtxLab.kernel(32, 0, "");
    PtxKernel other =
        new PtxKernel("other", kernel.text(), kernel.parameters(), 32, 0, kernel.target());
    PtxKernel larger =
        new PtxKernel("piece", kernel.text(), kernel.parameters(), 64, 0, kernel.target());

    assertThatIllegalArgumentException()
        .isThrownBy(() -> Decoder.decode(other))
        .withMessageContaining("the text's entry is called piece");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Decoder.decode(larger))
        .withMessageContaining("requires 32 threads, not 64");
  }
}
