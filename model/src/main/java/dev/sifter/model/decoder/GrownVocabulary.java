package dev.sifter.model.decoder;

import dev.sifter.engine.random.Philox;
import dev.sifter.engine.random.RandomStream;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Storage;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.model.ModelException;
import dev.sifter.model.config.ModelConfig;
import dev.sifter.model.weights.HostFloats;
import dev.sifter.model.weights.WeightCast;
import dev.sifter.model.weights.WeightSource;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The weights of a model with rows for more tokens. A new row is drawn around the mean of the old
 * ones, with a 10⁻⁹th of their variance: such a token is about as probable as the average one
 * (Hewitt 2021; transformers' {@code mean_resizing}, which takes the covariance where this takes
 * its diagonal), and two new ones are not quite the same.
 */
public final class GrownVocabulary {
  private static final double VARIANCE_SHARE = 1e-9;

  /** Any: the numbers are too small for it to matter. */
  private static final long SEED = 0;

  private GrownVocabulary() {}

  /**
   * All weights, of which embeddings and head, with its bias, are copies with more rows.
   *
   * @param weights the model's, in host memory; they must live as long as the result
   * @param vocabSize rows to have, at least the model's
   * @throws ModelException if the model has more already
   */
  public static Map<String, Tensor> of(WeightSource weights, ModelConfig config, int vocabSize) {
    if (vocabSize < config.vocabSize()) {
      throw new ModelException(
          "the model has %d rows of embeddings; they cannot become %d"
              .formatted(config.vocabSize(), vocabSize));
    }
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    weights.names().forEach(name -> tensors.put(name, weights.tensor(name)));
    grow(tensors, weights.keyOf(config.embeddingWeightName()), vocabSize);
    if (!config.tieWordEmbeddings()) {
      grow(tensors, weights.keyOf(config.headWeightName()), vocabSize);
    }
    if (config.head().bias()) {
      grow(tensors, weights.keyOf(config.headBiasName()), vocabSize);
    }
    return tensors;
  }

  private static void grow(Map<String, Tensor> tensors, String key, int vocabSize) {
    Tensor old = tensors.get(key);
    boolean isBias = old.shape().rank() == 1;
    Tensor table = isBias ? old.reshape(old.elements(), 1) : old;
    int added = vocabSize - table.rows();
    if (added <= 0) {
      return;
    }
    Tensor rows = WeightCast.to(table.dtype(), drawn(table, added));
    long bytes = table.byteSize() + rows.byteSize();
    MemorySegment grown = Arena.ofAuto().allocate(bytes, 64);
    MemorySegment.copy(table.segment(), 0, grown, 0, table.byteSize());
    MemorySegment.copy(rows.segment(), 0, grown, table.byteSize(), rows.byteSize());
    Shape shape = isBias ? Shape.of(vocabSize) : Shape.of(vocabSize, table.width());
    tensors.put(key, new Tensor(table.dtype(), shape, new Storage.Host(grown), 0));
  }

  /** New rows, fp32. */
  private static Tensor drawn(Tensor table, int count) {
    int width = table.width();
    double[] sum = new double[width];
    double[] squares = new double[width];
    float[] row = new float[width];
    for (int i = 0; i < table.rows(); i++) {
      HostFloats.read(table, (long) i * width, row, width);
      for (int j = 0; j < width; j++) {
        sum[j] += row[j];
        squares[j] += (double) row[j] * row[j];
      }
    }
    float[] values = new float[Math.multiplyExact(count, width)];
    Philox.normal(new RandomStream(SEED, 0), 1, values);
    for (int i = 0; i < values.length; i++) {
      double mean = sum[i % width] / table.rows();
      double variance = Math.max(squares[i % width] / table.rows() - mean * mean, 0);
      values[i] = (float) (mean + values[i] * Math.sqrt(VARIANCE_SHARE * variance));
    }
    MemorySegment segment = MemorySegment.ofArray(values);
    return new Tensor(DType.F32, Shape.of(count, width), new Storage.Host(segment), 0);
  }
}
