package dev.sifter.train.optim;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LoraPlusTest {
  private static final LoraPlus RATES = new LoraPlus(16, 0.01);

  @ParameterizedTest
  @CsvSource({
    "q_proj.lora_A.weight, 2, 1",
    "q_proj.lora_B.weight, 2, 16",
    "q_proj.lora_B.bias, 1, 16",
    "q_proj.lora_magnitude_vector, 1, 16",
    "embed_tokens.lora_embedding_A, 2, 0.01",
    "embed_tokens.lora_embedding_B, 2, 0.01",
    "lm_head.weight, 2, 1"
  })
  void ratesAreThoseOfPeft(String name, int rank, double factor) {
    assertThat(RATES.factor(name, rank)).isEqualTo(factor);
  }
}
