package dev.sifter.model.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.sifter.engine.random.RandomStream;
import dev.sifter.model.ModelException;
import org.junit.jupiter.api.Test;

class TokenSamplerTest {
  private final TokenSampler sampler = new TokenSampler();

  @Test
  void takesTheFirstOfEqualMaxima() {
    assertThat(sampler.argMax(new float[] {1, 3, 3, 2})).isEqualTo(1);
  }

  /** Frequencies of 40,000 draws lie within four standard deviations of the softmax. */
  @Test
  void drawsWithSoftmaxProbabilities() {
    float[] logits = {0, 1, Float.NEGATIVE_INFINITY, -1, 2};
    int[] counts = new int[logits.length];
    int draws = 40_000;
    RandomStream stream = new RandomStream(11, 0);
    for (int i = 0; i < draws; i++) {
      counts[sampler.draw(logits, stream, i)]++;
    }
    double sum = 1 + Math.E + Math.exp(-1) + Math.exp(2);
    for (int token = 0; token < logits.length; token++) {
      double p = Math.exp(logits[token]) / sum;
      double deviation = Math.sqrt(p * (1 - p) / draws);
      assertThat((double) counts[token] / draws).isCloseTo(p, within(4 * deviation));
    }
    assertThat(counts[2]).isZero();
  }

  /** transformers 5.18.0: "probability tensor contains either inf, nan or element < 0". */
  @Test
  void refusesToDrawWhereNothingIsLeft() {
    RandomStream stream = new RandomStream(5, 3);
    float[] logits = {1, 2};
    GenerationConfig config =
        GenerationConfigReader.of(
            JsonNodeFactory.instance
                .objectNode()
                .put("do_sample", true)
                .put("top_p", 0.9)
                .put("min_p", 0.1)
                .set("suppress_tokens", JsonNodeFactory.instance.arrayNode().add(0).add(1)));
    for (LogitsProcessor processor : LogitsProcessor.of(config, 2)) {
      processor.process(TokenContext.ofPrompt(new int[0], 1), logits);
    }
    assertThatThrownBy(() -> sampler.draw(logits, stream, 0))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("all 2 are excluded; shorten suppress_tokens");
    assertThatThrownBy(() -> sampler.draw(new float[] {1, Float.NaN}, stream, 0))
        .hasMessageContaining("not all numbers");
  }

  @Test
  void aDrawIsAFunctionOfSeedStreamAndNumber() {
    float[] logits = new float[1000];
    RandomStream stream = new RandomStream(5, 3);
    int tenth = sampler.draw(logits, stream, 10);
    sampler.draw(logits, new RandomStream(5, 4), 10);
    assertThat(new TokenSampler().draw(logits, stream, 10)).isEqualTo(tenth);
    assertThat(sampler.draw(logits, stream, 11)).isNotEqualTo(tenth);
  }
}
