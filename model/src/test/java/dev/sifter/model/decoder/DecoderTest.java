package dev.sifter.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.engine.Backends;
import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.model.Json;
import dev.sifter.model.config.ModelConfig;
import dev.sifter.model.config.ModelConfigReader;
import dev.sifter.model.weights.WeightFolderWriter;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What holds for any decoder, whatever its weights; on the reference backend in fp64. */
class DecoderTest {
  /** Two orders of the same fp64 sums of a few hundred terms near 1. */
  private static final double CLOSE = 1e-6;

  private static final int[] TOKENS = {3, 14, 15, 9, 2, 6, 5, 35, 8, 9};

  private final Backend backend = Backends.open("reference", 1);
  private ModelConfig config;
  private Decoder model;
  private TensorArena arena;

  @BeforeEach
  void open() {
    ObjectNode json =
        Json.mapper()
            .createObjectNode()
            .put("model_type", "qwen3")
            .put("vocab_size", 40)
            .put("hidden_size", 16)
            .put("intermediate_size", 24)
            .put("num_hidden_layers", 2)
            .put("num_attention_heads", 4)
            .put("num_key_value_heads", 2)
            .put("head_dim", 6)
            .put("max_position_embeddings", 64)
            .put("initializer_range", 0.2);
    config = ModelConfigReader.read(json);
    model = Decoder.over(config, fresh(1));
    arena = backend.newStepArena("step");
  }

  private ParameterStore fresh(long seed) {
    return new ParameterStore(backend, new FreshWeights(config, seed), name -> false, DType.F64);
  }

  @AfterEach
  void close() {
    arena.close();
    model.close();
    backend.close();
    backend.ledger().assertEmpty();
  }

  private float[][] logits(Decoder decoder, TokenBatch batch, KvCache cache) {
    Tape tape = Tape.inference(backend, arena);
    try (Variable hidden = decoder.hidden(tape, batch, cache)) {
      return decoder.logits(tape, hidden, IntStream.range(0, batch.ids().length).toArray());
    } finally {
      arena.clear();
    }
  }

  private float[][] logits(int[]... documents) {
    return logits(model, TokenBatch.of(List.of(documents)), null);
  }

  private static void assertRows(float[][] actual, int from, float[][] expected) {
    for (int row = 0; row < expected.length; row++) {
      for (int i = 0; i < expected[row].length; i++) {
        assertThat((double) actual[from + row][i])
            .as("row %d, token %d", row, i)
            .isCloseTo(expected[row][i], within(CLOSE));
      }
    }
  }

  @Test
  void aTokenSeesNothingAfterIt() {
    float[][] all = logits(TOKENS);
    assertRows(all, 0, logits(Arrays.copyOf(TOKENS, 4)));
    assertThat(all[4]).isNotEqualTo(all[5]);
  }

  @Test
  void documentsOfABatchDoNotSeeEachOther() {
    int[] other = {7, 7, 1};
    float[][] together = logits(other, TOKENS);
    assertRows(together, 0, logits(other));
    assertRows(together, other.length, logits(TOKENS));
  }

  @Test
  void aCacheChangesNothing() {
    float[][] expected = logits(TOKENS);
    try (KvCache cache = new KvCache(config, backend, DType.F64, 2, 16)) {
      int[] cuts = {0, 5, 6, TOKENS.length};
      for (int i = 0; i + 1 < cuts.length; i++) {
        int[] piece = Arrays.copyOfRange(TOKENS, cuts[i], cuts[i + 1]);
        float[][] actual = logits(model, cache.append(new int[] {1}, List.of(piece)), cache);
        assertRows(actual, 0, Arrays.copyOfRange(expected, cuts[i], cuts[i + 1]));
      }
      cache.truncate(1, 5);
      cache.copySlot(cache, 1, 0);
      int[] rest = Arrays.copyOfRange(TOKENS, 5, TOKENS.length);
      float[][] both = logits(model, cache.append(new int[] {0, 1}, List.of(rest, rest)), cache);
      assertRows(both, 0, Arrays.copyOfRange(expected, 5, TOKENS.length));
      assertRows(both, rest.length, Arrays.copyOfRange(expected, 5, TOKENS.length));
      assertThatThrownBy(() -> cache.append(new int[] {0}, List.of(TOKENS)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("exceed the cache's 16");
    }
  }

  @Test
  void aSequenceLongerThanTheModelIsRefused() {
    assertThatThrownBy(() -> logits(new int[65]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("65 tokens")
        .hasMessageContaining("at most 64")
        .hasMessageContaining("max_length");
    arena.clear();
  }

  @Test
  void aTokenWithoutAnEmbeddingIsRefused() {
    int known = model.config().vocabSize();
    for (int id : new int[] {known, -1}) {
      assertThatThrownBy(() -> logits(new int[] {1, id}))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("has token %d", id)
          .hasMessageContaining("embeddings of %d tokens", known)
          .hasMessageContaining("sifter add-tokens");
      arena.clear();
    }
  }

  @Test
  void countsItsWeights() {
    long attention = 16 * (4 + 2 + 2) * 6 + 4 * 6 * 16 + 2 * 6;
    long mlp = 3 * 16 * 24;
    long block = attention + mlp + 2 * 16;
    assertThat(model.parameterCount()).isEqualTo(2 * block + 16 + 2 * 40 * 16);
    assertThat(model.nonEmbeddingParameterCount()).isEqualTo(model.parameterCount() - 40 * 16);
    assertThat(model.linearLayers()).hasSize(2 * 7);
  }

  @Test
  void freshWeightsAreNormalAndOfTheirSeed() {
    double[] sums = new double[2];
    long count = 0;
    for (String name : new FreshWeights(config, 1).names()) {
      float[] weights = floats(new FreshWeights(config, 1).tensor(name));
      assertThat(weights).isEqualTo(floats(new FreshWeights(config, 1).tensor(name)));
      if (name.contains("norm")) {
        assertThat(weights).containsOnly(1);
      } else {
        assertThat(weights).isNotEqualTo(floats(new FreshWeights(config, 2).tensor(name)));
        for (float weight : weights) {
          sums[0] += weight;
          sums[1] += weight * weight;
        }
        count += weights.length;
      }
    }
    // Four standard errors of a mean and of a variance of that many normal numbers.
    assertThat(sums[0] / count).isCloseTo(0, within(4 * 0.2 / Math.sqrt(count)));
    assertThat(sums[1] / count / 0.04).isCloseTo(1, within(4 * Math.sqrt(2.0 / count)));
  }

  private static float[] floats(Tensor tensor) {
    return tensor.segment().toArray(ValueLayout.JAVA_FLOAT);
  }

  @Test
  void aSavedFolderIsTheSameModel(@TempDir Path folder) {
    try (Decoder saved =
        Decoder.over(
            config,
            new ParameterStore(backend, new FreshWeights(config, 1), n -> true, DType.F32))) {
      ModelFolder.save(
          folder,
          ModelFolder.weights(saved),
          config.json(),
          null,
          WeightFolderWriter.DEFAULT_MAX_SHARD_BYTES);
      assertThat(Json.readObject(folder.resolve("config.json")).path("dtype").asText())
          .isEqualTo("float32");
      TokenBatch batch = TokenBatch.of(List.of(TOKENS));
      try (Decoder loaded = ModelFolder.load(folder, backend)) {
        assertThat(loaded.config().layers()).isEqualTo(config.layers());
        assertThat(logits(loaded, batch, null)).isDeepEqualTo(logits(saved, batch, null));
        assertThat(loaded.parameters().unused()).isEmpty();
        assertThat(loaded.parameters().trainable()).isEmpty();
      }
    }
  }
}
