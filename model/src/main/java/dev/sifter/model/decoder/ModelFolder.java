package dev.sifter.model.decoder;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.model.FileErrors;
import dev.sifter.model.Json;
import dev.sifter.model.chat.TemplateFiles;
import dev.sifter.model.config.ModelConfig;
import dev.sifter.model.config.ModelConfigReader;
import dev.sifter.model.weights.QuantState;
import dev.sifter.model.weights.Quantization;
import dev.sifter.model.weights.WeightFolderWriter;
import dev.sifter.model.weights.WeightSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** Model folders as transformers reads and writes them. */
public final class ModelFolder {
  /** What travels with the weights when a model is written from another. */
  private static final List<String> COMPANIONS =
      List.of(
          "generation_config.json",
          "tokenizer.json",
          "tokenizer.model",
          "tokenizer_config.json",
          "special_tokens_map.json",
          "added_tokens.json",
          "vocab.json",
          "merges.txt");

  /**
   * Those that say the same as tokenizer_config.json in an older way, and overrule it: from another
   * folder they must not stay.
   */
  private static final List<String> OVERRULING =
      List.of("special_tokens_map.json", "added_tokens.json");

  private ModelFolder() {}

  /**
   * Loads a model to be used as it is.
   *
   * @throws dev.sifter.model.ModelException if files are missing, broken or contradict each other
   */
  public static Decoder load(Path folder, Backend backend) {
    return load(folder, backend, name -> false);
  }

  /** Loads a model to be used as it is, with its linear layers in 4 bits. */
  public static Decoder load(Path folder, Backend backend, Quantization quantization) {
    StoredModel stored = StoredModel.open(folder);
    ParameterStore store = new ParameterStore(backend, stored.weights(), name -> false, DType.F32);
    return Decoder.over(stored.config(), store.quantizing(quantization));
  }

  /** Loads a model; weights that {@code trainable} accepts get fp32 memory and a gradient. */
  public static Decoder load(Path folder, Backend backend, Predicate<String> trainable) {
    StoredModel stored = StoredModel.open(folder);
    ParameterStore store = new ParameterStore(backend, stored.weights(), trainable, DType.F32);
    return Decoder.over(stored.config(), store);
  }

  /**
   * Loads a model to train it further: as the folder describes it that its training began with.
   * What was written since names the tokenizer's padding token, whose embedding is not trained.
   */
  public static Decoder loadTrained(Path beginning, Path checkpoint, Backend backend) {
    try (StoredModel first = StoredModel.open(beginning)) {
      return trained(first.config(), StoredModel.open(checkpoint).weights(), backend);
    }
  }

  /**
   * Begins the model that a folder's {@code config.json} describes, with weights that nobody has
   * trained.
   */
  public static Decoder fresh(Path folder, long seed, Backend backend) {
    ModelConfig config = ModelConfigReader.read(folder);
    return trained(config, new FreshWeights(config, seed), backend);
  }

  /** The model that {@link #fresh} would begin, of zeros: for a run that is planned only. */
  public static Decoder blank(Path folder, Backend backend) {
    ModelConfig config = ModelConfigReader.read(folder);
    return trained(config, new BlankWeights(config), backend);
  }

  /** As {@link #loadTrained}, where the folder that training began with has no weights. */
  public static Decoder loadBegun(Path beginning, Path checkpoint, Backend backend) {
    return trained(
        ModelConfigReader.read(beginning), StoredModel.open(checkpoint).weights(), backend);
  }

  private static Decoder trained(ModelConfig config, WeightSource weights, Backend backend) {
    return Decoder.over(config, new ParameterStore(backend, weights, name -> true, DType.F32));
  }

  /** All weights of a model by their checkpoint names, adapters left out. */
  public static Map<String, Tensor> weights(Decoder model) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    model.parameters().loaded().forEach(p -> tensors.put(p.name(), p.value()));
    return tensors;
  }

  /**
   * Writes weights and configuration, and copies tokenizer, template and generation settings.
   *
   * @param tensors by checkpoint name
   * @param json config.json, whose {@code dtype} is set to the tensors' common type
   * @param companions the folder to copy the other files from; null for none
   */
  public static void save(
      Path folder, Map<String, Tensor> tensors, ObjectNode json, Path companions, long shardBytes) {
    WeightFolderWriter.write(folder, tensors, shardBytes);
    ObjectNode config = json.deepCopy();
    config.put(
        config.has("torch_dtype") ? "torch_dtype" : "dtype",
        typeName(tensors.values().iterator().next().dtype()));
    if (tensors.keySet().stream().anyMatch(name -> name.endsWith(QuantState.SUFFIX))) {
      boolean nested =
          tensors.keySet().stream().anyMatch(name -> name.endsWith(QuantState.NESTED_ABSMAX));
      config
          .putObject("quantization_config")
          .put("quant_method", "bitsandbytes")
          .put("load_in_4bit", true)
          .put("load_in_8bit", false)
          .put("bnb_4bit_quant_type", "nf4")
          .put("bnb_4bit_use_double_quant", nested)
          .put("bnb_4bit_compute_dtype", "float32")
          .put("bnb_4bit_quant_storage", "uint8");
    }
    Json.write(folder.resolve("config.json"), config);
    if (companions != null) {
      copyCompanions(companions, folder);
    }
  }

  /** What {@code config.json} calls a type of weights. */
  public static String typeName(DType dtype) {
    return switch (dtype) {
      case F32 -> "float32";
      case F64 -> "float64";
      case BF16 -> "bfloat16";
      case F16 -> "float16";
      case I32, U8 -> throw new IllegalArgumentException("weights cannot be integers");
    };
  }

  /**
   * Copies what is not weights: tokenizer, template, generation settings. Where the tokenizer takes
   * the place of another, nothing of that one stays to contradict it.
   */
  public static void copyCompanions(Path from, Path to) {
    boolean hasTokenizer = Files.exists(from.resolve("tokenizer_config.json"));
    try {
      Files.createDirectories(to);
      for (String name : COMPANIONS) {
        Path source = from.resolve(name);
        Path target = to.resolve(name);
        if (Files.exists(source) && !(Files.exists(target) && Files.isSameFile(source, target))) {
          Files.copy(source, target, StandardCopyOption.REPLACE_EXISTING);
        } else if (hasTokenizer && OVERRULING.contains(name) && !Files.exists(source)) {
          Files.deleteIfExists(target);
        }
      }
    } catch (IOException e) {
      throw FileErrors.because("cannot copy the tokenizer from " + from + " to " + to, e);
    }
    TemplateFiles.copy(from, to);
  }
}
