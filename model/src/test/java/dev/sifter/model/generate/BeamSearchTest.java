package dev.sifter.model.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.engine.Backends;
import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.tensor.DType;
import dev.sifter.model.Json;
import dev.sifter.model.ModelException;
import dev.sifter.model.config.ModelConfig;
import dev.sifter.model.config.ModelConfigReader;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.FreshWeights;
import dev.sifter.model.decoder.ParameterStore;
import dev.sifter.model.decoder.TokenBatch;
import dev.sifter.model.generate.SearchRules.EarlyStopping;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Searches against all answers that there are, and against beams that read everything anew; on the
 * reference backend in fp64.
 */
class BeamSearchTest {
  private static final int VOCAB = 5;
  private static final int END = 3;
  private static final int ORIGINAL = 12;

  private final Backend backend = Backends.open("reference", 1);

  @AfterEach
  void close() {
    backend.close();
    backend.ledger().assertEmpty();
  }

  private static ObjectNode json(String text) {
    try {
      return (ObjectNode) Json.mapper().readTree(text);
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }

  /** Angles change where a text outgrows the pretrained context of 12. */
  private Decoder model() {
    String json =
        """
        {"model_type": "llama", "vocab_size": %d, "hidden_size": 16, "intermediate_size": 24,
         "num_hidden_layers": 2, "num_attention_heads": 2, "max_position_embeddings": 64,
         "rope_theta": 100.0, "initializer_range": 0.6,
         "rope_scaling": {"rope_type": "longrope", "short_factor": [1, 1.1, 1.3, 1.5],
          "long_factor": [1.5, 3, 6, 9], "original_max_position_embeddings": %d}}
        """
            .formatted(VOCAB, ORIGINAL);
    ModelConfig config = ModelConfigReader.read(json(json));
    return Decoder.over(
        config, new ParameterStore(backend, new FreshWeights(config, 5), name -> false, DType.F64));
  }

  private static GenerationConfig config(int newTokens, SearchRules search) {
    return GenerationConfig.DEFAULT.toBuilder()
        .maxNewTokens(newTokens)
        .eosTokenIds(List.of(END))
        .search(search)
        .build();
  }

  /** Logarithms of probabilities after a text, without a cache. */
  private double[] logProbabilities(Decoder model, int[] text) {
    try (TensorArena arena = backend.newStepArena("test")) {
      Tape tape = Tape.inference(backend, arena);
      try (Variable hidden = model.hidden(tape, TokenBatch.of(List.of(text)), null)) {
        float[] logits = model.logits(tape, hidden, new int[] {text.length - 1})[0];
        double sum = 0;
        for (float logit : logits) {
          sum += Math.exp(logit);
        }
        double log = Math.log(sum);
        double[] result = new double[logits.length];
        Arrays.setAll(result, i -> logits[i] - log);
        return result;
      }
    }
  }

  /** A text after the prompt and the logarithm of its probability. */
  private record Text(int[] tokens, double score) {
    Text followedBy(int token, double logProbability) {
      int[] longer = Arrays.copyOf(tokens, tokens.length + 1);
      longer[tokens.length] = token;
      return new Text(longer, score + logProbability);
    }

    boolean hasEnded(int prompt, int newTokens) {
      return tokens.length == prompt + newTokens
          || (tokens.length > prompt && tokens[tokens.length - 1] == END);
    }

    int[] answer(int prompt) {
      return Arrays.copyOfRange(tokens, prompt, tokens.length);
    }
  }

  private void addAll(Decoder model, Text text, int prompt, int newTokens, List<Text> all) {
    if (text.hasEnded(prompt, newTokens)) {
      all.add(text);
      return;
    }
    double[] next = logProbabilities(model, text.tokens);
    for (int token = 0; token < VOCAB; token++) {
      addAll(model, text.followedBy(token, next[token]), prompt, newTokens, all);
    }
  }

  /** So many beams hold every beginning; then the answers are the best of all that there are. */
  @ParameterizedTest
  @ValueSource(doubles = {0, 1, 2.5, -1})
  void wideEnoughItFindsTheBestOfAllAnswers(double lengthPenalty) {
    int[] prompt = {1, 4, 0};
    try (Decoder model = model()) {
      List<Text> all = new ArrayList<>();
      addAll(model, new Text(prompt, 0), prompt.length, 3, all);
      all.sort(
          Comparator.comparingDouble(
              text -> -text.score / Math.pow(text.tokens.length - prompt.length, lengthPenalty)));
      assertThat(all).hasSize(1 + 4 + 16 * VOCAB);
      SearchRules search = new SearchRules(85, 20, lengthPenalty, EarlyStopping.NEVER);
      List<int[]> answers = answers(model, List.of(prompt), config(3, search));
      for (int i = 0; i < 20; i++) {
        assertThat(answers.get(i)).as("answer " + i).isEqualTo(all.get(i).answer(prompt.length));
      }
    }
  }

  private static List<int[]> answers(Decoder model, List<int[]> prompts, GenerationConfig config) {
    return new Generator(model, null)
        .generate(prompts, config, GenerationListener.SILENT).stream()
            .map(Generation::ids)
            .toList();
  }

  /** The same, moved away from those of the text without its prompt but for the last token. */
  private double[] guided(Decoder model, int[] text, int prompt, double scale) {
    double[] with = logProbabilities(model, text);
    double[] without = logProbabilities(model, Arrays.copyOfRange(text, prompt - 1, text.length));
    double[] result = new double[VOCAB];
    Arrays.setAll(result, i -> without[i] + scale * (with[i] - without[i]));
    return result;
  }

  /** Beams without a cache, to a fixed length and without end tokens. */
  private List<int[]> plainBeams(
      Decoder model, int[] prompt, int newTokens, int beams, double guidance) {
    List<Text> running = List.of(new Text(prompt, 0));
    for (int n = 0; n < newTokens; n++) {
      List<Text> longer = new ArrayList<>();
      for (Text text : running) {
        double[] next = guided(model, text.tokens, prompt.length, guidance);
        for (int token = 0; token < VOCAB; token++) {
          longer.add(text.followedBy(token, next[token]));
        }
      }
      longer.sort(Comparator.comparingDouble(text -> -text.score));
      running = longer.subList(0, Math.min(beams, longer.size()));
    }
    return running.stream().map(text -> text.answer(prompt.length)).toList();
  }

  /** Beams, of one a greedy answer, change their slots and the angles of positions on the way. */
  @ParameterizedTest
  @CsvSource({
    "1, 8, 1",
    "2, 12, 1",
    "3, 12, 1",
    "7, 10, 1",
    "40, 6, 1",
    "1, 14, 1.5",
    "4, 14, 2",
    "5, 9, 0"
  })
  void cachedBeamsAreThoseThatReadEverythingAnew(int beams, int newTokens, double guidance) {
    List<int[]> prompts =
        List.of(new int[] {2}, new int[] {0, 1, 2, 4, 4, 0, 1, 2, 3}, new int[] {4, 4, 1});
    SearchRules search = new SearchRules(beams, beams, 1, EarlyStopping.FALSE);
    LogitsRules rules =
        GenerationConfigReader.of(json("{\"guidance_scale\": %s}".formatted(guidance))).rules();
    GenerationConfig config =
        config(newTokens, search).toBuilder().eosTokenIds(List.of()).rules(rules).build();
    try (Decoder model = model()) {
      List<int[]> expected = new ArrayList<>();
      prompts.forEach(
          prompt -> expected.addAll(plainBeams(model, prompt, newTokens, beams, guidance)));
      assertThat(answers(model, prompts, config)).usingRecursiveComparison().isEqualTo(expected);
    }
  }

  @Test
  void aSearchDoesNotDependOnOthers() {
    List<int[]> prompts = List.of(new int[] {2}, new int[] {0, 1, 2, 4, 4, 0, 1}, new int[] {4});
    try (Decoder model = model()) {
      for (EarlyStopping stopping : EarlyStopping.values()) {
        GenerationConfig config = config(9, new SearchRules(3, 2, 0.4, stopping));
        List<int[]> alone = new ArrayList<>();
        prompts.forEach(prompt -> alone.addAll(answers(model, List.of(prompt), config)));
        assertThat(answers(model, prompts, config)).usingRecursiveComparison().isEqualTo(alone);
      }
    }
  }

  @Test
  void thePromptIsReadOnceAndNothingTwice() {
    int[] prompt = {0, 1, 2, 4};
    SearchRules search = new SearchRules(3, 1, 1, EarlyStopping.FALSE);
    GenerationConfig config = config(5, search).toBuilder().eosTokenIds(List.of()).build();
    try (Decoder model = model()) {
      Generator generator = new Generator(model, null);
      generator.generate(prompt, config);
      assertThat(generator.tokensRead()).isEqualTo(prompt.length + 3 * 4);
    }
  }

  @Test
  void saysThatThereAreTooFewAnswers() {
    LogitsRules only = GenerationConfigReader.of(json("{\"suppress_tokens\": [1, 2, 4]}")).rules();
    SearchRules search = new SearchRules(4, 4, 1, EarlyStopping.FALSE);
    GenerationConfig config = config(2, search).toBuilder().rules(only).build();
    try (Decoder model = model()) {
      assertThatThrownBy(() -> answers(model, List.of(new int[] {1}), config))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("found 3 of 4 answers");
    }
  }

  @Test
  void asksForNoMoreAnswersThanBeams() {
    try (Decoder model = model()) {
      for (int beams : new int[] {1, 2}) {
        GenerationConfig config = config(2, new SearchRules(beams, 3, 1, EarlyStopping.FALSE));
        assertThatThrownBy(() -> answers(model, List.of(new int[] {1}), config))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("num_return_sequences is 3, but num_beams is " + beams);
      }
    }
  }
}
