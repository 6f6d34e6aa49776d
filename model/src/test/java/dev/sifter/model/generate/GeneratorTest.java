package dev.sifter.model.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.engine.Backends;
import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.tensor.DType;
import dev.sifter.model.Json;
import dev.sifter.model.config.ModelConfig;
import dev.sifter.model.config.ModelConfigReader;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.FreshWeights;
import dev.sifter.model.decoder.ParameterStore;
import dev.sifter.model.decoder.TokenBatch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Batches, caches and shared prefixes change no answer; on the reference backend in fp64, where no
 * two logits are so close that the order of sums could matter.
 */
class GeneratorTest {
  private static final int VOCAB = 60;
  private static final int ORIGINAL = 16;
  private static final int NEW_TOKENS = 10;

  private final Backend backend = Backends.open("reference", 1);

  @AfterEach
  void close() {
    backend.close();
    backend.ledger().assertEmpty();
  }

  private Decoder model(ObjectNode ropeScaling, int context) {
    ObjectNode json =
        Json.mapper()
            .createObjectNode()
            .put("model_type", "llama")
            .put("vocab_size", VOCAB)
            .put("hidden_size", 16)
            .put("intermediate_size", 24)
            .put("num_hidden_layers", 2)
            .put("num_attention_heads", 2)
            .put("max_position_embeddings", context)
            .put("rope_theta", 100.0)
            .put("initializer_range", 0.6);
    if (ropeScaling != null) {
      json.set("rope_scaling", ropeScaling);
    }
    ModelConfig config = ModelConfigReader.read(json);
    return Decoder.over(
        config, new ParameterStore(backend, new FreshWeights(config, 5), name -> false, DType.F64));
  }

  private static ObjectNode scaling(String json) {
    try {
      return (ObjectNode) Json.mapper().readTree(json);
    } catch (java.io.IOException e) {
      throw new AssertionError(e);
    }
  }

  private static ObjectNode longRope() {
    return scaling(
        """
        {"rope_type": "longrope", "short_factor": [1, 1.1, 1.3, 1.5], "long_factor": [1.5, 3, 6, 9],
         "original_max_position_embeddings": %d}
        """
            .formatted(ORIGINAL));
  }

  private static int[] tokens(Random random, int length) {
    return random.ints(length, 0, VOCAB).toArray();
  }

  private static GenerationConfig config() {
    return GenerationConfig.DEFAULT.toBuilder().maxNewTokens(NEW_TOKENS).build();
  }

  private static List<int[]> ids(List<Generation> generations) {
    return generations.stream().map(Generation::ids).toList();
  }

  /** Lengths below the pretrained context, just below so that it is crossed, and above. */
  private static List<int[]> raggedPrompts() {
    Random random = new Random(1);
    return List.of(
        tokens(random, 3),
        tokens(random, 12),
        tokens(random, 16),
        tokens(random, 17),
        tokens(random, 25));
  }

  /** What a model without a cache answers: it reads everything again for each token. */
  private int[] withoutCache(Decoder model, int[] prompt) {
    int[] all = Arrays.copyOf(prompt, prompt.length + NEW_TOKENS);
    for (int length = prompt.length; length < all.length; length++) {
      try (TensorArena arena = backend.newStepArena("test")) {
        Tape tape = Tape.inference(backend, arena);
        TokenBatch batch = TokenBatch.of(List.of(Arrays.copyOf(all, length)));
        try (Variable hidden = model.hidden(tape, batch, null)) {
          float[] logits = model.logits(tape, hidden, new int[] {length - 1})[0];
          all[length] = new TokenSampler().argMax(logits);
        }
      }
    }
    return Arrays.copyOfRange(all, prompt.length, all.length);
  }

  @Test
  void longRopeAnswersAsWithoutACacheWhateverIsInTheBatch() {
    try (Decoder model = model(longRope(), 64)) {
      List<int[]> prompts = raggedPrompts();
      List<int[]> answers =
          ids(new Generator(model, null).generate(prompts, config(), GenerationListener.SILENT));
      for (int p = 0; p < prompts.size(); p++) {
        assertThat(answers.get(p)).as("prompt " + p).isEqualTo(withoutCache(model, prompts.get(p)));
      }
    }
  }

  /** The pretrained context is 16, that with scaling 64; cached keys stay, as in transformers. */
  @Test
  void dynamicScalingDoesNotDependOnTheBatch() {
    try (Decoder model = model(scaling("{\"rope_type\": \"dynamic\", \"factor\": 4}"), ORIGINAL)) {
      Generator generator = new Generator(model, null);
      List<int[]> prompts = raggedPrompts();
      List<int[]> answers = ids(generator.generate(prompts, config(), GenerationListener.SILENT));
      for (int p = 0; p < prompts.size(); p++) {
        assertThat(answers.get(p)).isEqualTo(generator.generate(prompts.get(p), config()).ids());
      }
    }
  }

  @Test
  void aSharedPrefixIsReadOnce() {
    Random random = new Random(3);
    int[] shared = tokens(random, 20);
    List<int[]> prompts = new ArrayList<>();
    for (int length = 1; length <= 4; length++) {
      int[] prompt = Arrays.copyOf(shared, shared.length + length);
      System.arraycopy(tokens(random, length), 0, prompt, shared.length, length);
      prompts.add(prompt);
    }
    prompts.add(tokens(random, 22));
    prompts.add(shared);
    try (Decoder model = model(null, 64);
        PromptPrefix prefix = new PromptPrefix(model, shared)) {
      Generator alone = new Generator(model, null);
      Generator sharing = new Generator(model, null);
      List<Generation> expected = alone.generate(prompts, config(), GenerationListener.SILENT);
      List<Generation> actual =
          sharing.generate(prefix, prompts, config(), GenerationListener.SILENT);
      assertThat(ids(actual)).usingRecursiveComparison().isEqualTo(ids(expected));
      assertThat(alone.tokensRead() - sharing.tokensRead()).isEqualTo(4 * 20);
    }
  }

  @Test
  void aPrefixThatCannotBeReadHoldsNoMemory() {
    try (Decoder model = model(null, 64)) {
      assertThatThrownBy(() -> new PromptPrefix(model, new int[] {1, Integer.MAX_VALUE}))
          .isInstanceOf(RuntimeException.class);
      assertThat(model.backend().ledger().bytes("kv_cache")).isZero();
      assertThat(model.backend().ledger().bytes("prefix")).isZero();
    }
  }

  /**
   * Draws depend on an answer's number, so several of a prompt are those of a prompt given often.
   */
  @Test
  void severalDrawsReadAPromptOnce() {
    Random random = new Random(6);
    int[] first = tokens(random, 9);
    int[] second = tokens(random, 4);
    GenerationConfig one = config().toBuilder().doSample(true).temperature(2).seed(3).build();
    SearchRules three = new SearchRules(1, 3, 1, SearchRules.EarlyStopping.FALSE);
    try (Decoder model = model(null, 64)) {
      Generator often = new Generator(model, null);
      List<int[]> repeated = List.of(first, first, first, second, second, second);
      List<int[]> expected = ids(often.generate(repeated, one, GenerationListener.SILENT));
      Generator generator = new Generator(model, null);
      List<Generation> answers =
          generator.generate(
              List.of(first, second),
              one.toBuilder().search(three).build(),
              GenerationListener.SILENT);
      assertThat(ids(answers)).usingRecursiveComparison().isEqualTo(expected);
      assertThat(expected.get(0)).isNotEqualTo(expected.get(1));
      assertThat(often.tokensRead() - generator.tokensRead()).isEqualTo(2 * (9 + 4));
    }
  }

  /** Read alone, the prefix would get the factors of short texts. */
  @Test
  void aPrefixOfOtherAnglesIsNotShared() {
    Random random = new Random(4);
    int[] shared = tokens(random, 10);
    int[] prompt = Arrays.copyOf(shared, 20);
    System.arraycopy(tokens(random, 10), 0, prompt, 10, 10);
    try (Decoder model = model(longRope(), 64);
        PromptPrefix prefix = new PromptPrefix(model, shared)) {
      Generation answer =
          new Generator(model, null)
              .generate(prefix, List.of(prompt), config(), GenerationListener.SILENT)
              .getFirst();
      assertThat(answer.ids()).isEqualTo(withoutCache(model, prompt));
    }
  }
}
