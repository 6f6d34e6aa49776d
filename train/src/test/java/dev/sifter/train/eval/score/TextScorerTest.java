package dev.sifter.train.eval.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.engine.Backends;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.tensor.DType;
import dev.sifter.model.Json;
import dev.sifter.model.config.ModelConfig;
import dev.sifter.model.config.ModelConfigReader;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.FreshWeights;
import dev.sifter.model.decoder.ParameterStore;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is shared is read once, the figures stay, and the memory is bounded. */
class TextScorerTest {
  private static final int CONTEXT = 4200;

  /** fp32 sums in another order, of up to 12 log-probabilities. */
  private static final double SUM_ORDER = 1e-4;

  private static Backend backend;
  private static Decoder model;

  @BeforeAll
  static void makeModel() {
    backend = Backends.open(Backends.available().getFirst(), 2);
    model = model(backend, 300, null);
  }

  @AfterAll
  static void closeModel() {
    model.close();
    backend.close();
  }

  private static Decoder model(Backend on, int vocab, ObjectNode ropeScaling) {
    ObjectNode json =
        Json.mapper()
            .createObjectNode()
            .put("model_type", "llama")
            .put("vocab_size", vocab)
            .put("hidden_size", 32)
            .put("intermediate_size", 48)
            .put("num_hidden_layers", 2)
            .put("num_attention_heads", 4)
            .put("num_key_value_heads", 2)
            .put("max_position_embeddings", CONTEXT)
            .put("tie_word_embeddings", true)
            .put("initializer_range", 0.3);
    if (ropeScaling != null) {
      json.set("rope_scaling", ropeScaling);
    }
    ModelConfig config = ModelConfigReader.read(json);
    return Decoder.over(
        config, new ParameterStore(on, new FreshWeights(config, 3), name -> false, DType.F32));
  }

  private static int[] tokens(Random random, int length) {
    return random.ints(length, 0, 300).toArray();
  }

  private static int[] join(int[] first, int[] second) {
    int[] all = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, all, first.length, second.length);
    return all;
  }

  private static LogLikelihood[] score(TextScorer scorer, List<ScoredText> texts) {
    LogLikelihood[] scores = new LogLikelihood[texts.size()];
    scorer.score(
        texts,
        (text, score) -> {
          assertThat(scores[text]).as("scored once").isNull();
          scores[text] = score;
        });
    assertThat(scores).doesNotContainNull();
    return scores;
  }

  private static TextScorer scorer(int maxBatchTokens, int maxBatchSize) {
    return new TextScorer(model, maxBatchTokens, maxBatchSize);
  }

  /** Each text in a pass of its own shares nothing with others. */
  private static void checkAgainstEachAlone(List<ScoredText> texts, LogLikelihood[] scores) {
    TextScorer alone = scorer(1, 1);
    for (int i = 0; i < texts.size(); i++) {
      LogLikelihood expected = score(alone, List.of(texts.get(i)))[0];
      assertThat(scores[i].value()).isCloseTo(expected.value(), within(SUM_ORDER));
      assertThat(scores[i].isGreedy()).isEqualTo(expected.isGreedy());
    }
  }

  @Test
  void aPrefixIsReadOnceForAllQuestionsAndAQuestionOnceForAllChoices() {
    Random random = new Random(1);
    int[] examples = tokens(random, 150);
    List<ScoredText> texts = new ArrayList<>();
    int expectedTokens = examples.length;
    for (int q = 0; q < 12; q++) {
      // The first token differs from question to question, so that no more is shared.
      int[] question = join(new int[] {q}, tokens(random, 5 + q));
      int[] context = join(examples, question);
      expectedTokens += question.length;
      for (int c = 0; c < 1 + q % 4; c++) {
        int[] choice = tokens(random, 1 + (q + 3 * c) % 12);
        texts.add(ScoredText.of(context, choice, CONTEXT));
        expectedTokens += choice.length - 1;
      }
    }
    for (int maxBatchSize : new int[] {1, 5, Integer.MAX_VALUE}) {
      TextScorer scorer = scorer(1024, maxBatchSize);
      checkAgainstEachAlone(texts, score(scorer, texts));
      assertThat(scorer.tokensRead()).isEqualTo(expectedTokens);
    }
    assertThat(backend.ledger().bytes("kv_cache")).isZero();
  }

  /** As in PIQA, whose solutions often differ by a word in their midst. */
  @Test
  void whatTheChoicesBeginWithIsReadOnceToo() {
    Random random = new Random(6);
    List<ScoredText> texts = new ArrayList<>();
    int expectedTokens = 0;
    for (int q = 0; q < 8; q++) {
      int[] question = tokens(random, 4 + q);
      int[] beginning = tokens(random, q);
      expectedTokens += question.length + beginning.length;
      for (int c = 0; c < 3; c++) {
        // Of the last question, one choice is what the others begin with, and a token more.
        int[] end = join(new int[] {c}, tokens(random, q == 7 && c == 0 ? 0 : 3 * c + 1));
        texts.add(ScoredText.of(question, join(beginning, end), CONTEXT));
        expectedTokens += end.length - 1;
      }
    }
    for (int maxBatchTokens : new int[] {1, 40, 4096}) {
      TextScorer scorer = scorer(maxBatchTokens, Integer.MAX_VALUE);
      checkAgainstEachAlone(texts, score(scorer, texts));
      assertThat(scorer.tokensRead()).isEqualTo(expectedTokens);
    }
  }

  /** As in WinoGrande: a word in the gap differs, and what follows is scored. */
  @Test
  void twoReadingsOfASentenceShareItsBeginning() {
    Random random = new Random(7);
    int[] examples = tokens(random, 60);
    for (int shots : new int[] {0, examples.length}) {
      List<ScoredText> texts = new ArrayList<>();
      int expectedTokens = shots;
      for (int q = 0; q < 12; q++) {
        int[] beginning = join(new int[] {q}, tokens(random, 9));
        int[] end = tokens(random, 5);
        expectedTokens += beginning.length;
        for (int word = 0; word < 2; word++) {
          int[] context = join(join(Arrays.copyOf(examples, shots), beginning), new int[] {word});
          texts.add(ScoredText.of(context, end, CONTEXT));
          expectedTokens += end.length;
        }
      }
      TextScorer scorer = scorer(4096, Integer.MAX_VALUE);
      checkAgainstEachAlone(texts, score(scorer, texts));
      assertThat(scorer.tokensRead()).isEqualTo(expectedTokens);
    }
  }

  @Test
  void choicesOfOneTokenShareAPass() {
    Random random = new Random(2);
    List<ScoredText> texts = new ArrayList<>();
    int expectedTokens = 0;
    for (int q = 0; q < 6; q++) {
      int[] question = tokens(random, 20 + q);
      expectedTokens += question.length;
      for (int choice = 0; choice < 4; choice++) {
        texts.add(ScoredText.of(question, new int[] {choice}, CONTEXT));
      }
    }
    TextScorer scorer = scorer(4096, Integer.MAX_VALUE);
    checkAgainstEachAlone(texts, score(scorer, texts));
    assertThat(scorer.tokensRead()).isEqualTo(expectedTokens);
  }

  /** Beside a longer text, LongRoPE would give a short one the factors of long ones. */
  @Test
  void aScoreDoesNotDependOnTheTextsBesideIt() {
    ObjectNode scaling = Json.mapper().createObjectNode().put("rope_type", "longrope");
    scaling.put("original_max_position_embeddings", 64);
    for (int i = 0; i < 4; i++) {
      scaling.withArray("short_factor").add(1 + 0.1 * i);
      scaling.withArray("long_factor").add(2 + 3 * i);
    }
    Random random = new Random(5);
    int[] examples = tokens(random, 50);
    List<ScoredText> texts = new ArrayList<>();
    for (int q = 0; q < 16; q++) {
      int[] context = join(examples, tokens(random, 6 + q));
      texts.add(ScoredText.of(context, tokens(random, 2), CONTEXT));
      texts.add(ScoredText.of(context, tokens(random, 4), CONTEXT));
    }
    try (Decoder longRope = model(backend, 300, scaling)) {
      LogLikelihood[] together = score(new TextScorer(longRope, 4096, Integer.MAX_VALUE), texts);
      for (int i = 0; i < texts.size(); i++) {
        int[] tokens = texts.get(i).tokens();
        LogLikelihood alone =
            score(
                new TextScorer(longRope, 1, 1),
                List.of(new ScoredText(tokens, texts.get(i).targets())))[0];
        assertThat(together[i].value())
            .as("text %d", i)
            .isCloseTo(alone.value(), within(SUM_ORDER));
      }
    }
  }

  @Test
  void longestComesFirst() {
    Random random = new Random(3);
    List<ScoredText> texts = new ArrayList<>();
    for (int length : new int[] {3, 40, 9, 25, 12}) {
      texts.add(ScoredText.of(tokens(random, length), tokens(random, 2), CONTEXT));
    }
    List<Integer> order = new ArrayList<>();
    scorer(1, 1).score(texts, (text, score) -> order.add(text));
    assertThat(order).containsExactly(1, 3, 4, 2, 0);
  }

  /** What many texts take at once is what so many take as the caps, reached or not, let through. */
  @ParameterizedTest
  @CsvSource({
    // 16 tokens each, nothing shared.
    "12, 5;, 64, 100, 4",
    "12, 5;, 63, 100, 3",
    "12, 5;, 4096, 3, 3",
    // A question of 16 tokens with an answer of one token and one of two.
    "16, 1;2;, 64, 100, 4",
    "16, 1;2;, 63, 100, 3",
    "16, 1;2;, 4096, 3, 3",
    // Answers of eight tokens after their first.
    "5, 9;9;9;9;, 64, 100, 2",
    "5, 9;9;9;9;, 63, 100, 1",
    // Four copies of 16 tokens each; twice the tokens of a pass are kept.
    "14, 3;3;3;3;, 64, 100, 2",
    "14, 3;3;3;3;, 63, 100, 1",
  })
  void aPassTakesAsManyTextsAsTheCapsAllow(
      int context, String answers, int maxBatchTokens, int maxBatchSize, int expected) {
    List<Integer> lengths = Stream.of(answers.split(";")).map(Integer::valueOf).toList();
    Map<String, Long> peaks = peaks(questions(9, context, lengths), maxBatchTokens, maxBatchSize);
    assertThat(peaks)
        .isEqualTo(peaks(questions(expected, context, lengths), maxBatchTokens, maxBatchSize))
        .isNotEqualTo(peaks(questions(expected + 1, context, lengths), 4096, 100));
  }

  /** A later batch may have more texts, for which the cache of the first has no room. */
  @Test
  void aCacheThatIsReplacedIsClosed() {
    Random random = new Random(8);
    int[] longQuestion = join(new int[] {299}, tokens(random, 60));
    List<ScoredText> texts = questions(6, 10, List.of(2, 2, 2, 2, 2));
    texts.add(ScoredText.of(longQuestion, new int[] {1, 2}, CONTEXT));
    texts.add(ScoredText.of(longQuestion, new int[] {2, 1}, CONTEXT));
    checkAgainstEachAlone(texts, score(scorer(200, 100), texts));
    assertThat(backend.ledger().bytes("kv_cache")).isZero();
  }

  /** Of each the first token is its own, so that no two share anything. */
  private static List<ScoredText> questions(int count, int context, List<Integer> answers) {
    Random random = new Random(9);
    List<ScoredText> texts = new ArrayList<>();
    for (int q = 0; q < count; q++) {
      int[] question = join(new int[] {q}, tokens(random, context - 1));
      for (int a = 0; a < answers.size(); a++) {
        int[] answer = join(new int[] {a}, tokens(random, answers.get(a) - 1));
        texts.add(ScoredText.of(question, answer, CONTEXT));
      }
    }
    return texts;
  }

  private static Map<String, Long> peaks(
      List<ScoredText> texts, int maxBatchTokens, int maxBatchSize) {
    try (Backend own = Backends.open(backend.name(), 2);
        Decoder decoder = model(own, 300, null)) {
      score(new TextScorer(decoder, maxBatchTokens, maxBatchSize), texts);
      return own.ledger().peakBytesByArena();
    }
  }

  /**
   * The logits of all rows would be 268 MB more for either step; the weights are not counted. With
   * a smaller vocabulary a chunk's rows are bounded instead of its bytes.
   */
  @Test
  void memoryDoesNotGrowWithVocabularyTimesLength() {
    long step = 2048L * 32_768 * Float.BYTES;
    long half = peakBytes(32_768, 2048);
    assertThat(peakBytes(32_768, 4096) - half).isLessThan(step / 20);
    assertThat(peakBytes(65_536, 2048) - half).isLessThan(step / 20);
  }

  private static long peakBytes(int vocab, int length) {
    try (Backend own = Backends.open(backend.name(), 2);
        Decoder decoder = model(own, vocab, null)) {
      int[] text = tokens(new Random(4), length);
      new TextScorer(decoder, 4096, 1).score(List.of(new ScoredText(text, text)), (i, score) -> {});
      return own.ledger().peakBytesByArena().get("evaluate");
    }
  }
}
