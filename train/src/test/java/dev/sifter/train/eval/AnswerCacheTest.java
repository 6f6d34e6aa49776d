package dev.sifter.train.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sifter.train.eval.score.LogLikelihood;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers survive the process, a kill in the middle of a line included. */
class AnswerCacheTest {
  private static final List<String> QUESTION = List.of("a", "b");
  private static final LogLikelihood SCORE = new LogLikelihood(-0.1 - 0.2, true);

  @TempDir Path folder;

  private Path file() {
    return folder.resolve("sub/answers.jsonl");
  }

  private void fill() {
    try (AnswerCache cache = AnswerCache.open(file())) {
      cache.of("m").put("ll", QUESTION, SCORE);
      cache.of("m").put("gen", List.of("a"), "é\n\"text\"");
    }
  }

  @Test
  void knowsExactlyWhatItWasTold() {
    fill();
    try (AnswerCache cache = AnswerCache.open(file())) {
      assertThat(cache.size()).isEqualTo(2);
      ModelAnswers answers = cache.of("m");
      assertThat(answers.get("ll", QUESTION)).isEqualTo(SCORE);
      assertThat(answers.get("gen", List.of("a"))).isEqualTo("é\n\"text\"");
      assertThat(cache.of("other model").get("ll", QUESTION)).isNull();
      assertThat(answers.get("other kind", QUESTION)).isNull();
      assertThat(answers.get("ll", List.of("a\n1\nb"))).isNull();
      assertThat(answers.get("ll", List.of("ab", ""))).isNull();
    }
  }

  /** A model whose weights overflowed answers with these; its file must stay readable. */
  @ParameterizedTest
  @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, -0.0})
  void keepsLogLikelihoodsThatJsonHasNoNumberFor(double value) {
    LogLikelihood answer = new LogLikelihood(value, false);
    try (AnswerCache cache = AnswerCache.open(file())) {
      cache.of("m").put("ll", QUESTION, answer);
    }
    try (AnswerCache cache = AnswerCache.open(file())) {
      assertThat(cache.of("m").get("ll", QUESTION)).isEqualTo(answer);
    }
  }

  /** Whatever byte a kill cuts at: what was written before is kept, the rest is written anew. */
  @Test
  void everyCutLeavesAWholeFile() throws IOException {
    fill();
    byte[] whole = Files.readAllBytes(file());
    int firstLine = new String(whole, "UTF-8").indexOf('\n') + 1;
    for (int length = 0; length <= whole.length; length++) {
      Files.write(file(), Arrays.copyOf(whole, length));
      try (AnswerCache cache = AnswerCache.open(file())) {
        int expected = length == whole.length ? 2 : length >= firstLine ? 1 : 0;
        assertThat(cache.size()).as("cut at %d", length).isEqualTo(expected);
        cache.of("m").put("ll", QUESTION, SCORE);
        cache.of("m").put("gen", List.of("a"), "é\n\"text\"");
      }
      assertThat(Files.readAllBytes(file())).isEqualTo(whole);
    }
  }

  @Test
  void refusesOtherFilesAndOtherWriters() throws IOException {
    fill();
    try (AnswerCache cache = AnswerCache.open(file())) {
      assertThatThrownBy(() -> AnswerCache.open(file())).hasMessageContaining("another evaluation");
      assertThat(cache.size()).isEqualTo(2);
    }
    Files.writeString(file(), "notes\n", StandardOpenOption.APPEND);
    assertThatThrownBy(() -> AnswerCache.open(file())).hasMessageContaining("line 3 is no answer");
  }

  @Test
  void aFingerprintIsOfWhatTheModelComputes() throws IOException {
    Files.writeString(folder.resolve("config.json"), "{}");
    Files.writeString(folder.resolve("model.safetensors"), "weights");
    String first = ModelFingerprint.of(folder, null, "cpu");
    Files.writeString(folder.resolve("README.md"), "changed");
    assertThat(ModelFingerprint.of(folder, null, "cpu")).isEqualTo(first);
    assertThat(ModelFingerprint.of(folder, null, "gpu")).isNotEqualTo(first);
    assertThat(ModelFingerprint.of(folder, folder, "cpu")).isNotEqualTo(first);
    Files.writeString(folder.resolve("model.safetensors"), "Weights");
    assertThat(ModelFingerprint.of(folder, null, "cpu")).isNotEqualTo(first);
  }
}
