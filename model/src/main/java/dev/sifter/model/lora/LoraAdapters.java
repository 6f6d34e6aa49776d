package dev.sifter.model.lora;

import dev.sifter.engine.autograd.Parameter;
import dev.sifter.engine.ops.LoraLinear;
import dev.sifter.engine.random.Philox;
import dev.sifter.engine.random.RandomStream;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.model.ModelException;
import dev.sifter.model.config.ModelConfig;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.LinearLayer;
import dev.sifter.model.decoder.ParameterStore;
import dev.sifter.model.weights.WeightSource;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;

/** Attaches low-rank adapters (Hu et al. 2021) to a model's linear layers. */
public final class LoraAdapters {
  /** What PEFT puts before a module's path in the keys of an adapter file. */
  static final String KEY_PREFIX = "base_model.model.";

  /** Random streams of the initialisation; far from those that training steps use. */
  private static final long FIRST_STREAM = 1L << 62;

  private LoraAdapters() {}

  /** Which weights of the base are trained beside the adapters: biases, modules_to_save. */
  public static Predicate<String> trainedBaseWeights(LoraConfig config, ModelConfig model) {
    return new LoraSelection(config, model)::trainsBaseWeight;
  }

  /**
   * Attaches fresh adapters.
   *
   * @param seed of A's random numbers
   * @return the adapted layers, in order
   * @throws ModelException if no layer matches
   */
  public static List<LinearLayer> attachFresh(Decoder model, LoraConfig config, long seed) {
    List<LinearLayer> layers = select(model, config);
    for (int i = 0; i < layers.size(); i++) {
      LinearLayer layer = layers.get(i);
      int rank = config.rank(layer.name());
      float[] a = new float[Math.multiplyExact(rank, layer.inputs())];
      RandomStream stream = new RandomStream(seed, FIRST_STREAM + i);
      if (config.initLoraWeights() == LoraConfig.Init.GAUSSIAN) {
        Philox.normal(stream, 1.0 / rank, a);
      } else {
        fillUniform(stream, 1 / Math.sqrt(layer.inputs()), a);
      }
      ParameterStore store = model.parameters();
      Tensor tensorA = floats(store, a, Shape.of(rank, layer.inputs()));
      Tensor tensorB = store.allocate(store.computeType(), Shape.of(layer.outputs(), rank));
      store.backend().pointwise().fill(tensorB, 0);
      attach(store, layer, config, tensorA, tensorB, true);
    }
    return layers;
  }

  /**
   * Attaches the adapters of a file.
   *
   * @param trainable whether they are trained further
   * @throws ModelException if the file lacks an adapter that the configuration implies or holds one
   *     that it does not, a shape differs, or a value is NaN or infinite
   */
  public static List<LinearLayer> attachLoaded(
      Decoder model, LoraConfig config, WeightSource file, boolean trainable) {
    List<LinearLayer> layers = select(model, config);
    ParameterStore store = model.parameters();
    Set<String> unused = new TreeSet<>(file.names());
    for (LinearLayer layer : layers) {
      int rank = config.rank(layer.name());
      Tensor a = copied(store, file, keyOfA(layer), Shape.of(rank, layer.inputs()));
      Tensor b = copied(store, file, keyOfB(layer), Shape.of(layer.outputs(), rank));
      attach(store, layer, config, a, b, trainable);
      unused.removeAll(List.of(keyOfA(layer), keyOfB(layer)));
    }
    unused.removeIf(key -> !key.contains(".lora_"));
    if (!unused.isEmpty()) {
      throw new ModelException(
          "%s holds %d adapters for which adapter_config.json names no layer, '%s' among them"
              .formatted(file.origin(), unused.size(), unused.iterator().next()));
    }
    return layers;
  }

  private static List<LinearLayer> select(Decoder model, LoraConfig config) {
    LoraSelection selection = new LoraSelection(config, model.config());
    List<LinearLayer> layers = new ArrayList<>();
    for (LinearLayer layer : model.linearLayers()) {
      if (selection.isAdapted(layer.name())) {
        layers.add(layer);
      }
    }
    if (layers.isEmpty()) {
      List<String> names = model.linearLayers().stream().map(LinearLayer::name).limit(7).toList();
      throw new ModelException(
          "target_modules %s match no linear layer; the first block has %s"
              .formatted(config.targetModules(), names));
    }
    return layers;
  }

  private static void attach(
      ParameterStore store,
      LinearLayer layer,
      LoraConfig config,
      Tensor a,
      Tensor b,
      boolean trainable) {
    Parameter parameterA = store.add(keyOfA(layer), a, trainable);
    Parameter parameterB = store.add(keyOfB(layer), b, trainable);
    layer.adapter(
        new LoraLinear.Adapter(
            parameterA, parameterB, config.scale(layer.name()), (float) config.loraDropout()));
  }

  private static Tensor copied(ParameterStore store, WeightSource file, String key, Shape shape) {
    if (!file.names().contains(key)) {
      throw new ModelException("%s lacks '%s'".formatted(file.origin(), key));
    }
    Tensor source = file.tensor(key);
    if (!source.shape().equals(shape)) {
      throw new ModelException(
          "%s: '%s' is %s, but the model and adapter_config.json imply %s"
              .formatted(file.origin(), key, source.shape(), shape));
    }
    Tensor copy = store.allocate(store.computeType(), shape);
    store.backend().pointwise().cast(store.adopt(source), copy);
    if (!Double.isFinite(store.backend().optimizer().squaredNorm(copy))) {
      throw new ModelException("%s: '%s' holds NaN or infinity".formatted(file.origin(), key));
    }
    return copy;
  }

  private static Tensor floats(ParameterStore store, float[] values, Shape shape) {
    Tensor tensor = store.allocate(store.computeType(), shape);
    if (store.computeType() == DType.F64) {
      double[] wide = new double[values.length];
      for (int i = 0; i < wide.length; i++) {
        wide[i] = values[i];
      }
      store.backend().upload(MemorySegment.ofArray(wide), tensor);
    } else {
      store.backend().upload(MemorySegment.ofArray(values), tensor);
    }
    return tensor;
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

  static String keyOfA(LinearLayer layer) {
    return KEY_PREFIX + layer.name() + ".lora_A.weight";
  }

  static String keyOfB(LinearLayer layer) {
    return KEY_PREFIX + layer.name() + ".lora_B.weight";
  }
}
