package dev.sifter.model.gguf;

import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.model.ModelException;
import dev.sifter.model.config.ModelConfig;
import dev.sifter.model.config.ModelConfig.Mixer;
import dev.sifter.model.config.RopeConfig;
import dev.sifter.model.config.RopeConfig.Scaling;
import dev.sifter.model.config.WeightNames.Module;
import dev.sifter.model.decoder.RopeDivisors;
import dev.sifter.model.decoder.StoredModel;
import dev.sifter.model.weights.WeightSource;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Writes a model folder as one GGUF file, by the rules of llama.cpp's converter. */
public final class GgufExport {
  private final ModelConfig config;
  private final GgufArchitecture architecture;
  private final GgufModules modules;
  private final WeightSource weights;
  private final GgufType type;
  private final GgufFile file = new GgufFile();
  private long elements;

  private GgufExport(ModelConfig config, WeightSource weights, GgufType type) {
    this.config = config;
    this.weights = weights;
    this.type = type;
    this.architecture = new GgufArchitecture(config);
    this.modules = new GgufModules(config, architecture);
  }

  /**
   * Writes a model folder.
   *
   * @param name what the file calls the model
   * @param type of the matrices; vectors, filters and learned positions stay fp32, and rows that do
   *     not divide into its blocks become fp16
   * @return what llama.cpp will not do as the model does, in words
   * @throws ModelException if a weight is missing or broken, or if GGUF has no place for this
   *     family, tokenizer or scaling of positions
   */
  public static List<String> write(Path folder, Path target, String name, GgufType type) {
    try (StoredModel model = StoredModel.open(folder)) {
      model.requireComplete();
      ModelConfig config = model.config();
      GgufExport export = new GgufExport(config, model.weights(), type);
      export.addTensors();
      export.addMetadata(name);
      new GgufVocabulary(folder, config).addTo(export.file);
      export.file.write(target);
      return export.notes();
    }
  }

  /** Where all layers slide, it lets them see everything. */
  private List<String> notes() {
    int window = config.layers().getFirst().slidingWindow();
    boolean all = config.layers().stream().allMatch(layer -> layer.slidingWindow() > 0);
    return all
        ? List.of(
            ("llama.cpp's %s has no sliding windows: texts of more than %d tokens are read"
                    + " differently there")
                .formatted(architecture.name(), window))
        : List.of();
  }

  private void addMetadata(String name) {
    RopeConfig rope = GgufFeatures.rope(config);
    file.string("general.architecture", architecture.name());
    file.string("general.type", "model");
    file.string("general.name", name);
    file.string("general.size_label", sizeLabel(elements));
    uint32("block_count", config.numHiddenLayers());
    uint32("context_length", config.maxPositionEmbeddings());
    uint32("embedding_length", config.hiddenSize());
    uint32("feed_forward_length", config.mlp().size());
    uint32("attention.head_count", config.attention().heads());
    addKeyHeads(config.attention().kvHeads());
    float32(
        config.norm().layer() ? "attention.layer_norm_epsilon" : "attention.layer_norm_rms_epsilon",
        config.norm().epsilon());
    uint32("attention.key_length", config.attention().headDim());
    uint32("attention.value_length", config.attention().headDim());
    file.uint32("general.file_type", type.fileType());
    uint32("vocab_size", config.vocabSize());
    if (rope != null) {
      float32("rope.freq_base", rope.theta());
      uint32("rope.dimension_count", rope.rotaryDim());
      addScaling(rope.scaling());
    }
    architecture.addTo(file);
    file.uint32("general.quantization_version", 2);
  }

  /** Layers that convolve are those without heads. */
  private void addKeyHeads(int kvHeads) {
    int[] byLayer =
        config.layers().stream()
            .mapToInt(layer -> layer.mixer() == Mixer.ATTENTION ? kvHeads : 0)
            .toArray();
    if (Arrays.stream(byLayer).allMatch(heads -> heads == kvHeads)) {
      uint32("attention.head_count_kv", kvHeads);
    } else {
      file.int32s(architecture.name() + ".attention.head_count_kv", byLayer);
    }
  }

  private void uint32(String key, long value) {
    file.uint32(architecture.name() + "." + key, value);
  }

  private void float32(String key, double value) {
    file.float32(architecture.name() + "." + key, value);
  }

  /** What tensors of divisors do not say. */
  private void addScaling(Scaling scaling) {
    switch (scaling) {
      case Scaling.Linear(double factor) -> {
        file.string(architecture.name() + ".rope.scaling.type", "linear");
        float32("rope.scaling.factor", factor);
      }
      case Scaling.Yarn yarn -> {
        file.string(architecture.name() + ".rope.scaling.type", "yarn");
        float32("rope.scaling.factor", yarn.factor());
        uint32("rope.scaling.original_context_length", yarn.originalMaxPositions());
      }
      case Scaling.LongRope longRope -> {
        uint32("rope.scaling.original_context_length", longRope.originalMaxPositions());
        float32("rope.scaling.attn_factor", longRope.attentionFactor());
      }
      default -> {}
    }
  }

  private void addTensors() {
    for (GgufModules.Named module : modules.all()) {
      boolean head = module.module() == Module.HEAD;
      add(module, ".weight", module.path() + ".weight");
      add(module, ".bias", head ? config.headBiasName() : module.path() + ".bias");
    }
    addDivisors(GgufFeatures.rope(config));
  }

  private void addDivisors(RopeConfig rope) {
    if (rope != null && rope.scaling() instanceof Scaling.Llama3) {
      addDivisors("rope_freqs", RopeDivisors.of(rope));
    } else if (rope != null && rope.scaling() instanceof Scaling.LongRope longRope) {
      addDivisors("rope_factors_long", floats(longRope.longFactors()));
      addDivisors("rope_factors_short", floats(longRope.shortFactors()));
    }
  }

  private void addDivisors(String name, float[] divisors) {
    Shape shape = Shape.of(divisors.length);
    file.tensor(name + ".weight", shape, GgufType.F32, () -> GgufRows.host(divisors, shape));
  }

  private static float[] floats(List<Double> numbers) {
    float[] result = new float[numbers.size()];
    for (int i = 0; i < result.length; i++) {
      result[i] = numbers.get(i).floatValue();
    }
    return result;
  }

  private void add(GgufModules.Named named, String suffix, String path) {
    Module module = named.module();
    String key = weights.keyOf(path);
    if (key == null) {
      return;
    }
    Shape stored = shape(named.of(weights.tensor(key)));
    boolean vector = stored.rank() <= 1;
    boolean turned = !vector && modules.isTurned(module);
    Shape shape = turned ? Shape.of(stored.dim(1), stored.dim(0)) : stored;
    int width = (int) shape.dim(shape.rank() - 1);
    boolean whole = vector || module == Module.POSITION_EMBEDDING || module == Module.CONVOLUTION;
    GgufType own = whole ? GgufType.F32 : type.fits(width) ? type : GgufType.F16;
    elements += shape.elements();
    file.tensor(
        named.name() + suffix,
        shape,
        own,
        () -> {
          Tensor tensor = named.of(weights.tensor(key));
          return turned ? GgufRows.transposed(tensor) : arranged(tensor, module, path);
        });
  }

  /** Without the extent of 1 that a filter for each column has. */
  private static Shape shape(Tensor stored) {
    Shape shape = stored.shape();
    return shape.rank() == 3 ? Shape.of(shape.rows(), shape.width()) : shape;
  }

  /** A stored tensor as llama.cpp has it. */
  private Tensor arranged(Tensor tensor, Module module, String path) {
    return isOffset(path)
        ? GgufRows.plus(tensor, config.norm().weightOffset())
        : modules.ordered(tensor, module);
  }

  /** Whether a tensor is a norm's weight that is stored less what is added to it. */
  private boolean isOffset(String path) {
    String module = path.replaceFirst("[.]weight$", "");
    return config.norm().weightOffset() != 0 && config.names().isNorm(module);
  }

  /** As 27K, 135M, 1.5B: at least two digits. */
  static String sizeLabel(long count) {
    String[] suffixes = {"K", "M", "B", "T"};
    int index = count > 1e12 ? 3 : count > 1e9 ? 2 : count > 1e6 ? 1 : 0;
    double scaled = count / Math.pow(1000, index + 1);
    int digits = String.valueOf(Math.round(scaled)).replaceFirst("^0+", "").length();
    return String.format(
        Locale.ROOT, "%." + Math.max(2 - digits, 0) + "f%s", scaled, suffixes[index]);
  }
}
