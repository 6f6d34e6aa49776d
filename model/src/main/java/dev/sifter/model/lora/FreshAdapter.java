package dev.sifter.model.lora;

import dev.sifter.engine.ops.DenseWeight;
import dev.sifter.engine.random.Philox;
import dev.sifter.engine.random.RandomStream;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.model.ModelException;
import dev.sifter.model.decoder.Adaptable;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.EmbeddingLayer;
import dev.sifter.model.decoder.LinearLayer;
import dev.sifter.model.decoder.ParameterStore;
import dev.sifter.model.lora.AdapterTensors.Matrix;

/** The A and B that training begins with, by {@link LoraInit}. */
final class FreshAdapter {
  /** Random streams of the initialisation; far from those that training steps use. */
  private static final long FIRST_STREAM = 1L << 62;

  private final ParameterStore store;
  private final LoraConfig config;
  private final long seed;

  /** A as the model keeps it, [r, in] or, of embeddings, [vocabSize, r]; B [out, r]. */
  record Pair(Tensor a, Tensor b) {}

  FreshAdapter(ParameterStore store, LoraConfig config, long seed) {
    this.store = store;
    this.config = config;
    this.seed = seed;
  }

  /**
   * A and B of one module; the base's weight is changed where the initialisation takes them from
   * it.
   *
   * @param index the module's number among the adapted ones
   */
  Pair draw(Adaptable module, int index) {
    RandomStream stream = new RandomStream(seed, FIRST_STREAM + index);
    int rank = config.rank(module.name());
    if (module instanceof EmbeddingLayer) {
      Matrix b = normal(stream, module.outputs(), rank, 1);
      return new Pair(zeros(module.inputs(), rank), upload(b));
    }
    return switch (config.initLoraWeights().kind()) {
      case DEFAULT -> {
        float[] a = new float[Math.multiplyExact(rank, module.inputs())];
        fillUniform(stream, 1 / Math.sqrt(module.inputs()), a);
        Tensor uniform = upload(new Matrix(rank, module.inputs(), a));
        yield new Pair(uniform, zeros(module.outputs(), rank));
      }
      case GAUSSIAN -> {
        Matrix a = normal(stream, rank, module.inputs(), 1.0 / rank);
        yield new Pair(upload(a), zeros(module.outputs(), rank));
      }
      case ORTHOGONAL -> orthogonal(module, rank, stream);
      case PISSA, OLORA -> fromBase(store, config, linear(module));
    };
  }

  /**
   * Takes out of the base what an adapter that began with its largest directions began with: the
   * base that such an adapter was trained on.
   */
  static void removeFromBase(ParameterStore store, LoraConfig config, Decoder model) {
    if (config.initLoraWeights().kind().changesBase()) {
      for (Adaptable module : new LoraSelection(config, model.config()).adapted(model)) {
        if (module instanceof EmbeddingLayer) {
          continue; // Begins at random, as draw() has it.
        }
        Pair pair = fromBase(store, config, linear(module));
        store.release(pair.a);
        store.release(pair.b);
      }
    }
  }

  private static Pair fromBase(ParameterStore store, LoraConfig config, LinearLayer layer) {
    if (!(layer.weight() instanceof DenseWeight weight)) {
      throw new ModelException(
          "init_lora_weights %s changes the base, which 4 bits cannot hold: leave load_in_4bit out"
              .formatted(config.initLoraWeights()));
    }
    LoraInit init = config.initLoraWeights();
    int rank = config.rank(layer.name());
    float scale = config.scale(layer.name());
    Factors factors =
        init.kind() == LoraInit.Kind.OLORA
            ? Factors.byQr(store, weight, rank)
            : Factors.bySingularValues(store, weight, rank, scale, init.iterations());
    Pair pair =
        new Pair(
            AdapterTensors.upload(store, factors.a(), shape(factors.a())),
            AdapterTensors.upload(store, factors.b(), shape(factors.b())));
    LoraMerge.add(store, weight, layer.change(pair.a, pair.b, -scale), weight.variable().value());
    return pair;
  }

  /** Two random mixtures of the odd and of the even rows of one orthogonal matrix: B·A is zero. */
  private Pair orthogonal(Adaptable module, int rank, RandomStream stream) {
    if (rank % 2 != 0) {
      throw new ModelException(
          "init_lora_weights orthogonal needs an even rank, but '%s' has %d"
              .formatted(module.name(), rank));
    }
    int half = rank / 2;
    int in = module.inputs();
    int out = module.outputs();
    float[] numbers = new float[rank * rank + half * (in + out)];
    Philox.normal(stream, 1, numbers);
    double[][] q = Factors.orthonormal(numbers, rank);
    float[] a = new float[rank * in];
    float[] b = new float[out * rank];
    int at = rank * rank;
    for (int i = 0; i < in; i++, at += half) {
      for (int column = 0; column < rank; column++) {
        a[column * in + i] = (float) (mixture(numbers, at, q, 0, column) / 10);
      }
    }
    for (int i = 0; i < out; i++, at += half) {
      for (int column = 0; column < rank; column++) {
        b[i * rank + column] = (float) (mixture(numbers, at, q, 1, column) / 10);
      }
    }
    return new Pair(upload(new Matrix(rank, in, a)), upload(new Matrix(out, rank, b)));
  }

  private static double mixture(float[] numbers, int at, double[][] q, int first, int column) {
    double sum = 0;
    for (int row = first, k = at; row < q.length; row += 2, k++) {
      sum += numbers[k] * q[row][column];
    }
    return sum;
  }

  private static LinearLayer linear(Adaptable module) {
    if (module instanceof LinearLayer linear) {
      return linear;
    }
    throw new ModelException(
        "init_lora_weights pissa and olora cannot be had on '%s'; leave it out of target_modules"
            .formatted(module.name()));
  }

  private static Matrix normal(RandomStream stream, int rows, int width, double deviation) {
    float[] values = new float[Math.multiplyExact(rows, width)];
    Philox.normal(stream, deviation, values);
    return new Matrix(rows, width, values);
  }

  private Tensor upload(Matrix matrix) {
    return AdapterTensors.upload(store, matrix, shape(matrix));
  }

  private static Shape shape(Matrix matrix) {
    return Shape.of(matrix.rows(), matrix.width());
  }

  private Tensor zeros(int rows, int width) {
    Tensor zeros = store.allocate(store.computeType(), Shape.of(rows, width));
    store.backend().pointwise().fill(zeros, 0);
    return zeros;
  }

  private static void fillUniform(RandomStream stream, double bound, float[] out) {
    int[] four = new int[4];
    for (int i = 0; i < out.length; i++) {
      if ((i & 3) == 0) {
        Philox.block(stream, i >>> 2, four);
      }
      out[i] = (float) ((2.0 * Philox.uniform(four[i & 3]) - 1) * bound);
    }
  }
}
