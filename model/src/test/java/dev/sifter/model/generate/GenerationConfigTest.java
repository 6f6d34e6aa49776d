package dev.sifter.model.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class GenerationConfigTest {
  @Test
  void theLengthOfAPromptCountsWhereNoNumberOfNewTokensIsGiven() {
    GenerationConfig.Builder config = GenerationConfig.DEFAULT.toBuilder();
    assertThat(config.build().newTokens(6)).isZero();
    assertThat(config.maxLength(20).build().newTokens(6)).isEqualTo(14);
    assertThatThrownBy(() -> config.build().newTokens(20))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("max_length is 20")
        .hasMessageContaining("20 tokens");
    assertThat(config.maxNewTokens(5).build().newTokens(20)).isEqualTo(5);
  }

  @Test
  void namesTheValueThatIsOutOfRange() {
    GenerationConfig.Builder sampling = GenerationConfig.DEFAULT.toBuilder().doSample(true);
    assertThatThrownBy(() -> sampling.temperature(0).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("temperature is 0.0")
        .hasMessageContaining("do_sample");
    assertThatThrownBy(() -> sampling.temperature(1).topP(1.5).build())
        .hasMessageContaining("top_p is 1.5");
    assertThatThrownBy(() -> sampling.topP(1).repetitionPenalty(-1).build())
        .hasMessageContaining("repetition_penalty is -1.0");
    assertThatThrownBy(() -> GenerationConfig.DEFAULT.toBuilder().minNewTokens(-1).build())
        .hasMessageContaining("min_new_tokens is -1");
  }
}
