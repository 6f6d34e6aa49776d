package dev.sifter.model.gguf;

import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Storage;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.model.ModelException;
import dev.sifter.model.config.ModelConfig;
import dev.sifter.model.config.RopeConfig;
import dev.sifter.model.config.RopeConfig.Scaling;
import dev.sifter.model.config.WeightNames.Module;
import dev.sifter.model.decoder.RopeDivisors;
import dev.sifter.model.decoder.StoredModel;
import dev.sifter.model.weights.HostFloats;
import dev.sifter.model.weights.WeightSource;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Writes a model folder as one GGUF file, by the rules of llama.cpp's converter. */
public final class GgufExport {
  private static final Map<String, String> ARCHITECTURES =
      Map.of("llama", "llama", "mistral", "llama", "qwen2", "qwen2", "qwen3", "qwen3");

  private static final Map<Module, String> BLOCK_NAMES = new EnumMap<>(Module.class);

  static {
    BLOCK_NAMES.put(Module.ATTENTION_NORM, "attn_norm");
    BLOCK_NAMES.put(Module.QUERY, "attn_q");
    BLOCK_NAMES.put(Module.KEY, "attn_k");
    BLOCK_NAMES.put(Module.VALUE, "attn_v");
    BLOCK_NAMES.put(Module.ATTENTION_OUTPUT, "attn_output");
    BLOCK_NAMES.put(Module.QUERY_NORM, "attn_q_norm");
    BLOCK_NAMES.put(Module.KEY_NORM, "attn_k_norm");
    BLOCK_NAMES.put(Module.MLP_NORM, "ffn_norm");
    BLOCK_NAMES.put(Module.GATE, "ffn_gate");
    BLOCK_NAMES.put(Module.UP, "ffn_up");
    BLOCK_NAMES.put(Module.DOWN, "ffn_down");
  }

  private final ModelConfig config;
  private final String architecture;
  private final WeightSource weights;
  private final GgufType type;
  private final GgufFile file = new GgufFile();
  private long elements;

  private GgufExport(ModelConfig config, WeightSource weights, GgufType type) {
    this.config = config;
    this.weights = weights;
    this.type = type;
    this.architecture = ARCHITECTURES.get(config.modelType());
    if (architecture == null) {
      throw new ModelException(
          "model_type '%s' cannot be exported as GGUF; these can: %s"
              .formatted(config.modelType(), ARCHITECTURES.keySet().stream().sorted().toList()));
    }
  }

  /**
   * Writes a model folder.
   *
   * @param name what the file calls the model
   * @param type of the matrices; vectors stay fp32, and rows that do not divide into its blocks
   *     become fp16
   * @throws ModelException if GGUF has no place for this family, tokenizer or scaling of positions
   */
  public static void write(Path folder, Path target, String name, GgufType type) {
    try (StoredModel model = StoredModel.open(folder)) {
      ModelConfig config = model.config();
      GgufExport export = new GgufExport(config, model.weights(), type);
      export.addTensors();
      export.addMetadata(name);
      new GgufVocabulary(folder, config).addTo(export.file);
      export.file.write(target);
    }
  }

  private void addMetadata(String name) {
    RopeConfig rope = config.layers().getFirst().rope();
    file.string("general.architecture", architecture);
    file.string("general.type", "model");
    file.string("general.name", name);
    file.string("general.size_label", sizeLabel(elements));
    uint32("block_count", config.numHiddenLayers());
    uint32("context_length", config.maxPositionEmbeddings());
    uint32("embedding_length", config.hiddenSize());
    uint32("feed_forward_length", config.mlp().size());
    uint32("attention.head_count", config.attention().heads());
    uint32("attention.head_count_kv", config.attention().kvHeads());
    file.float32(architecture + ".rope.freq_base", rope.theta());
    file.float32(architecture + ".attention.layer_norm_rms_epsilon", config.norm().epsilon());
    uint32("attention.key_length", config.attention().headDim());
    uint32("attention.value_length", config.attention().headDim());
    file.uint32("general.file_type", type.fileType());
    uint32("vocab_size", config.vocabSize());
    uint32("rope.dimension_count", rope.rotaryDim());
    addScaling(rope.scaling());
    int window = slidingWindow();
    if (window > 0) {
      uint32("attention.sliding_window", window);
    }
    file.uint32("general.quantization_version", 2);
  }

  /** The window of all layers; 0 for none. */
  private int slidingWindow() {
    List<Integer> windows =
        config.layers().stream().map(ModelConfig.Layer::slidingWindow).distinct().toList();
    if (windows.size() > 1) {
      throw new ModelException(
          "layers have sliding windows of %s positions, 0 for none; GGUF has one for all of %s:"
                  .formatted(windows, architecture)
              + " export to hf instead");
    }
    return windows.getFirst();
  }

  private void uint32(String key, long value) {
    file.uint32(architecture + "." + key, value);
  }

  private void addScaling(Scaling scaling) {
    switch (scaling) {
      case Scaling.None none -> {}
      case Scaling.Llama3 llama3 -> {} // A tensor of divisors says it.
      case Scaling.Linear(double factor) -> {
        file.string(architecture + ".rope.scaling.type", "linear");
        file.float32(architecture + ".rope.scaling.factor", factor);
      }
      case Scaling.Yarn yarn -> {
        file.string(architecture + ".rope.scaling.type", "yarn");
        file.float32(architecture + ".rope.scaling.factor", yarn.factor());
        uint32("rope.scaling.original_context_length", yarn.originalMaxPositions());
      }
      case Scaling.Dynamic dynamic -> throw refused("dynamic");
      case Scaling.LongRope longRope -> throw refused("longrope");
    }
  }

  private static ModelException refused(String scaling) {
    return new ModelException(
        "rope_type '%s' has no place in GGUF; export to hf instead".formatted(scaling));
  }

  private void addTensors() {
    add("token_embd", config.names().path(Module.EMBEDDING), 0);
    for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
      for (Map.Entry<Module, String> entry : BLOCK_NAMES.entrySet()) {
        if (config.names().has(entry.getKey())) {
          String name = "blk.%d.%s".formatted(layer, entry.getValue());
          add(name, config.names().path(layer, entry.getKey()), heads(entry.getKey()));
        }
      }
    }
    add("output_norm", config.names().path(Module.FINAL_NORM), 0);
    if (!config.tieWordEmbeddings()) {
      add("output", config.names().path(Module.HEAD), 0);
    }
    RopeConfig rope = config.layers().getFirst().rope();
    if (rope.scaling() instanceof Scaling.Llama3) {
      float[] divisors = RopeDivisors.of(rope);
      file.tensor("rope_freqs.weight", host(divisors, Shape.of(divisors.length)), GgufType.F32);
    }
  }

  /** Heads whose rows are reordered: GGUF's Llama rotates neighbours, Hugging Face's halves. */
  private int heads(Module module) {
    if (!architecture.equals("llama")) {
      return 0;
    }
    return switch (module) {
      case QUERY -> config.attention().heads();
      case KEY -> config.attention().kvHeads();
      default -> 0;
    };
  }

  private void add(String name, String path, int heads) {
    for (String part : new String[] {".weight", ".bias"}) {
      String key = weights.keyOf(path + part);
      if (key == null) {
        continue;
      }
      Tensor tensor = weights.tensor(key);
      elements += tensor.elements();
      if (heads > 0) {
        tensor = permuted(tensor, heads);
      }
      boolean vector = tensor.shape().rank() <= 1;
      GgufType own = vector ? GgufType.F32 : type.fits(tensor.width()) ? type : GgufType.F16;
      file.tensor(name + part, tensor, own);
    }
  }

  /** Rows of a head from (first half, second half) to pairs of one of each. */
  private static Tensor permuted(Tensor tensor, int heads) {
    float[] values = HostFloats.of(tensor);
    int rows = (int) tensor.shape().dim(0);
    int width = values.length / rows;
    int half = rows / heads / 2;
    float[] result = new float[values.length];
    for (int row = 0; row < rows; row++) {
      int head = row / (2 * half);
      int within = row % (2 * half);
      int source = head * 2 * half + within % 2 * half + within / 2;
      System.arraycopy(values, source * width, result, row * width, width);
    }
    return host(result, tensor.shape());
  }

  private static Tensor host(float[] values, Shape shape) {
    return new Tensor(DType.F32, shape, new Storage.Host(MemorySegment.ofArray(values)), 0);
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
