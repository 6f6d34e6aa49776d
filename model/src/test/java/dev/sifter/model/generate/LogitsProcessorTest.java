package dev.sifter.model.generate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LogitsProcessorTest {
  private static final float OUT = Float.NEGATIVE_INFINITY;

  private static float[] apply(GenerationConfig.Builder config, int[] history, float... logits) {
    for (LogitsProcessor processor : LogitsProcessor.of(config.build(), logits.length)) {
      processor.process(TokenContext.ofPrompt(history, history.length + 1), logits);
    }
    return logits;
  }

  private static GenerationConfig.Builder sampling() {
    return GenerationConfig.DEFAULT.toBuilder().doSample(true).topK(0);
  }

  @Test
  void greedyDecodingIgnoresWhatShapesTheDistribution() {
    GenerationConfig config =
        GenerationConfig.DEFAULT.toBuilder().temperature(0.5).topK(1).topP(0.1).minP(0.5).build();
    assertThat(LogitsProcessor.of(config, 8)).isEmpty();
  }

  @Test
  void penalisesATokenOnceHoweverOftenItOccurs() {
    assertThat(apply(sampling().repetitionPenalty(2), new int[] {0, 1, 0, 0}, 4, -4, 4))
        .containsExactly(2, -8, 4);
  }

  @Test
  void excludesTheTokenThatWouldRepeatARun() {
    int[] history = {1, 2, 3, 1, 2};
    assertThat(apply(sampling().noRepeatNgramSize(3), history, 0, 0, 0, 0, 0))
        .containsExactly(0, 0, 0, OUT, 0);
    assertThat(apply(sampling().noRepeatNgramSize(1), history, 0, 0, 0, 0, 0))
        .containsExactly(0, OUT, OUT, OUT, 0);
    assertThat(apply(sampling().noRepeatNgramSize(6), history, 0, 0, 0, 0, 0))
        .containsExactly(0, 0, 0, 0, 0);
  }

  @Test
  void topKKeepsTies() {
    assertThat(apply(sampling().topK(2), new int[0], 1, 3, 2, 2)).containsExactly(OUT, 3, 2, 2);
  }

  /** Some files ask so for no limit; it takes no memory beyond the vocabulary's. */
  @Test
  void topKMayBeLargerThanAnyVocabulary() {
    assertThat(apply(sampling().topK(Integer.MAX_VALUE), new int[0], 1, 3, 2))
        .containsExactly(1, 3, 2);
  }

  @Test
  void anEndTokenThatTheModelLacksDoesNotGrow() {
    float[] logits = {1, -2, 3};
    new EndGrowth(new LogitsRules.LengthPenalty(0, 2), List.of(-1, 1, 3))
        .process(new TokenContext(new int[] {0}, 1, 0, 2), logits);
    assertThat(logits).containsExactly(1, 0, 3);
  }

  /** The heap finds what sorting finds. */
  @Test
  void topKAgreesWithSorting() {
    Random random = new Random(3);
    for (int k = 1; k < 60; k++) {
      float[] logits = new float[50];
      for (int i = 0; i < logits.length; i++) {
        logits[i] = random.nextInt(40);
      }
      float[] sorted = logits.clone();
      Arrays.sort(sorted);
      float threshold = sorted[Math.max(sorted.length - k, 0)];
      float[] actual = apply(sampling().topK(k), new int[0], logits.clone());
      for (int i = 0; i < logits.length; i++) {
        assertThat(actual[i]).isEqualTo(logits[i] < threshold ? OUT : logits[i]);
      }
    }
  }

  /** Probabilities 0.1, 0.2, 0.3, 0.4: ascending sums 0.1, 0.3, 0.6. */
  @Test
  void topPExcludesTheTailWhoseSumIsAtMostTheRest() {
    float[] logits = new float[4];
    for (int i = 0; i < 4; i++) {
      logits[i] = (float) Math.log(0.1 * (i + 1));
    }
    float[] kept = apply(sampling().topP(0.65), new int[0], logits.clone());
    assertThat(kept).containsExactly(OUT, OUT, logits[2], logits[3]);
    float[] one = apply(sampling().topP(0), new int[0], logits.clone());
    assertThat(one).containsExactly(OUT, OUT, OUT, logits[3]);
  }

  @Test
  void minPComparesWithTheMostProbable() {
    float ln2 = (float) Math.log(2);
    assertThat(apply(sampling().minP(0.4), new int[0], 0, ln2, -ln2)).containsExactly(0, ln2, OUT);
  }
}
