package dev.sifter.model.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sifter.engine.tensor.DType;
import dev.sifter.model.ModelException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Weights in 4 bits of other kinds than are computed with here are not taken for ours. */
class QuantStateTest {
  /** As bitsandbytes writes it, of nested scales. */
  private static final String NESTED =
      "{\"quant_type\": \"nf4\", \"blocksize\": 64, \"dtype\": \"bfloat16\", \"shape\": [6, 8],"
          + " \"nested_blocksize\": 256, \"nested_dtype\": \"float32\", \"nested_offset\": 0.25}";

  private static QuantState read(String json) {
    return QuantState.read(json.getBytes(StandardCharsets.UTF_8), "w");
  }

  @Test
  void readsWhatBitsandbytesWrites() {
    assertThat(read(NESTED)).isEqualTo(new QuantState(DType.BF16, 6, 8, 0.25f));
    assertThat(read(NESTED.replaceAll(", \"nested.*", "}")))
        .isEqualTo(new QuantState(DType.BF16, 6, 8, null));
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "BF16", "F16"})
  void readsWhatItWrites(DType dtype) {
    QuantState state = new QuantState(dtype, 3, 5, -0.1f);
    assertThat(QuantState.read(state.bytes(), "w")).isEqualTo(state);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"nf4\" | \"fp4\" | 'w' is quantised as",
        "\"blocksize\": 64 | \"blocksize\": 128 | 'w' is quantised as",
        "[6, 8] | [48] | 'w' is quantised as",
        "[6, 8] | [2, 3, 8] | 'w' is quantised as",
        "\"nested_blocksize\": 256 | \"nested_blocksize\": 128 | 'w' is quantised as",
        "bfloat16 | float64 | 'w' was of type 'float64' before",
        "{ | [ | is not JSON"
      })
  void whatIsNotComputedWithIsRefused(String part, String other, String complaint) {
    assertThatThrownBy(() -> read(NESTED.replace(part, other)))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining(complaint);
  }
}
