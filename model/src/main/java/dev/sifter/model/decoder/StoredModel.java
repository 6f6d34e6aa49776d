package dev.sifter.model.decoder;

import dev.sifter.engine.tensor.Tensor;
import dev.sifter.model.config.ModelConfig;
import dev.sifter.model.config.ModelConfigReader;
import dev.sifter.model.weights.TiedWeights;
import dev.sifter.model.weights.WeightFolder;
import dev.sifter.model.weights.WeightSource;
import java.nio.file.Path;

/**
 * What a model folder describes and what it holds, in agreement about the output head. A
 * configuration may say that the head is the embedding table; as in transformers the files have the
 * last word: a head that differs from the table is a head of its own, and either of the two stands
 * for both where it is alone.
 *
 * @param config config.json, its {@code tie_word_embeddings} false where the files contradict it
 * @param weights all weights; of a tied pair only the table
 */
public record StoredModel(ModelConfig config, WeightSource weights) implements AutoCloseable {

  /**
   * Opens a model folder.
   *
   * @throws dev.sifter.model.ModelException if files are missing, broken or contradict each other
   */
  public static StoredModel open(Path folder) {
    ModelConfig config = ModelConfigReader.read(folder);
    WeightFolder weights = WeightFolder.open(folder);
    try {
      return agreed(config, weights);
    } catch (RuntimeException e) {
      weights.close();
      throw e;
    }
  }

  private static StoredModel agreed(ModelConfig config, WeightSource weights) {
    String head = weights.keyOf(config.headWeightName());
    if (!config.tieWordEmbeddings() || head == null) {
      return new StoredModel(config, weights);
    }
    String table = weights.keyOf(config.embeddingWeightName());
    if (table != null && !isSame(weights.tensor(table), weights.tensor(head))) {
      return new StoredModel(config.untied(), weights);
    }
    String name = table == null ? config.embeddingWeightName() : table;
    return new StoredModel(config, new TiedWeights(weights, name, head));
  }

  private static boolean isSame(Tensor a, Tensor b) {
    return a.dtype() == b.dtype()
        && a.shape().equals(b.shape())
        && a.segment().mismatch(b.segment()) < 0;
  }

  /**
   * Checks every weight that the configuration implies, as loading the model does.
   *
   * @throws dev.sifter.model.ModelException if one is missing, has another shape or no floating
   *     type, or holds NaN or infinity
   */
  public void requireComplete() {
    CheckedWeights checked = new CheckedWeights(weights);
    WeightShapes.of(config).forEach(checked::floating);
  }

  @Override
  public void close() {
    weights.close();
  }
}
