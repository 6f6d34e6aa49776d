package dev.sifter.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the first block gets of the embeddings. */
class InputEmbeddingTest {
  private static final int TOKENS = 50;
  private static final int WIDTH = 16;

  /**
   * The largest noise before the first block with neftune_noise_alpha 5, by transformers 5.18.0:
   * Gemma's table scales an embedding before the noise comes to it, Granite's model both.
   */
  @ParameterizedTest(name = "{0}")
  @CsvSource({"llama, 0.17671862", "gemma, 0.17671862", "granite, 2.1206234"})
  void noiseIsAsLargeAsInTransformers(String family, double largest) {
    ObjectNode json =
        Json.mapper()
            .createObjectNode()
            .put("model_type", family)
            .put("vocab_size", 60)
            .put("hidden_size", WIDTH)
            .put("intermediate_size", 24)
            .put("num_hidden_layers", 1)
            .put("num_attention_heads", 2)
            .put("num_key_value_heads", 2)
            .put("head_dim", 8)
            .put("embedding_multiplier", 12.0)
            .put("max_position_embeddings", 64)
            .put("initializer_range", 0.02);
    ModelConfig config = ModelConfigReader.read(json);
    try (Backend backend = Backends.open("reference", 1);
        ParameterStore store =
            new ParameterStore(backend, new FreshWeights(config, 1), name -> false, DType.F32);
        TensorArena arena = backend.newStepArena("step")) {
      InputEmbedding embedding =
          new InputEmbedding(config, new ModelWeights(config, store), DType.F32);
      Tape tape = Tape.recording(backend, arena, 0, 0);
      float[] plain = rows(tape, embedding, 0);
      float[] noisy = rows(tape, embedding, (float) (5 / Math.sqrt(TOKENS * WIDTH)));
      double most = 0;
      for (int i = 0; i < plain.length; i++) {
        most = Math.max(most, Math.abs(noisy[i] - plain[i]));
      }
      // Of 800 draws the largest is within a hundredth of the bound.
      assertThat(most).isBetween(0.99 * largest, 1.001 * largest);
    }
  }

  private static float[] rows(Tape tape, InputEmbedding embedding, float noise) {
    TokenBatch batch = TokenBatch.of(List.of(IntStream.range(0, TOKENS).toArray()));
    try (Variable rows = embedding.forward(tape, batch, noise)) {
      float[] values = new float[TOKENS * WIDTH];
      tape.backend().download(rows.value(), MemorySegment.ofArray(values));
      return values;
    }
  }
}
