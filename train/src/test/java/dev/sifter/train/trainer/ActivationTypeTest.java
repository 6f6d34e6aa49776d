package dev.sifter.train.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.sifter.engine.tensor.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** TRL's precision options, as a GPU takes them; an empty field is an option not given. */
class ActivationTypeTest {
  @ParameterizedTest
  @CsvSource({
    ",      ,      BF16",
    "true,  ,      BF16",
    "true,  false, BF16",
    "false, ,      F32",
    ",      true,  F32",
    "false, true,  F32",
    ",      false, BF16",
    "false, false, F32"
  })
  void isBf16UnlessSwitchedOff(Boolean bf16, Boolean fp16, DType expected) {
    TrainingArguments arguments = arguments(bf16, fp16);
    arguments.validate();
    assertThat(arguments.gpuActivations()).isEqualTo(expected);
  }

  /** As transformers refuses it. */
  @Test
  void isNotBoth() {
    assertThatIllegalArgumentException()
        .isThrownBy(arguments(true, true)::validate)
        .withMessageContaining("fp16")
        .withMessageContaining("bf16");
  }

  private static TrainingArguments arguments(Boolean bf16, Boolean fp16) {
    TrainingArguments arguments = new TrainingArguments();
    arguments.outputDir = "out";
    arguments.bf16 = bf16;
    arguments.fp16 = fp16;
    return arguments;
  }
}
