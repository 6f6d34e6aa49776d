package dev.sifter.model.lora;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.engine.autograd.Parameter;
import dev.sifter.engine.ops.DenseWeight;
import dev.sifter.engine.ops.LoraAdapter;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.model.Json;
import dev.sifter.model.ModelException;
import dev.sifter.model.config.ModelConfig;
import dev.sifter.model.decoder.Adaptable;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.EmbeddingLayer;
import dev.sifter.model.decoder.HeadLayer;
import dev.sifter.model.decoder.LinearLayer;
import dev.sifter.model.weights.OverlaidWeights;
import dev.sifter.model.weights.SafetensorsFile;
import dev.sifter.model.weights.SafetensorsWriter;
import dev.sifter.model.weights.WeightSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * An adapter on disk, in PEFT's format: {@code adapter_config.json} and {@code
 * adapter_model.safetensors}. Trained biases and modules of the base lie in the same file, under
 * their own names.
 */
public final class AdapterFolder implements WeightSource {
  static final String CONFIG = "adapter_config.json";
  static final String WEIGHTS = "adapter_model.safetensors";

  /** Modules of which PEFT saves the base too when they are adapted. */
  private static final List<String> SAVED_WITH_BASE = List.of("embed_tokens", "lm_head");

  private final Path folder;
  private final LoraConfig config;
  private final SafetensorsFile file;

  private AdapterFolder(Path folder) {
    this.folder = folder;
    Path settings = folder.resolve(CONFIG);
    if (!isAdapter(folder) && Files.exists(folder.resolve("config.json"))) {
      throw new ModelException(
          "%s is a model, not an adapter: it has config.json, but no %s".formatted(folder, CONFIG));
    }
    ObjectNode json = Json.readObject(settings);
    try {
      this.config = AdapterConfigFile.read(json);
    } catch (ModelException e) {
      throw new ModelException(settings + ": " + e.getMessage(), e);
    }
    this.file = SafetensorsFile.open(folder.resolve(WEIGHTS));
  }

  /**
   * Opens an adapter.
   *
   * @throws ModelException if files are missing or broken, or use a feature that is not supported
   */
  public static AdapterFolder open(Path folder) {
    return new AdapterFolder(folder);
  }

  /** Whether a folder holds an adapter, as PEFT writes it. */
  public static boolean isAdapter(Path folder) {
    return Files.exists(folder.resolve(CONFIG));
  }

  /** The configuration. */
  public LoraConfig config() {
    return config;
  }

  /**
   * Whether the base stays as it is under this adapter, so that others can share it: no weights
   * trained in full, no single tokens, no start that took directions from it.
   */
  public boolean leavesBaseAlone() {
    return config.modulesToSave().isEmpty()
        && config.bias() == LoraConfig.Bias.NONE
        && config.trainableTokenIndices().isEmpty()
        && !config.initLoraWeights().kind().changesBase();
  }

  /**
   * An adapted module's two matrices, as they are kept.
   *
   * @param module its path
   * @param a [r, inputs]; of embeddings [r, vocabSize]
   * @param b [outputs, r]
   */
  public record Pair(String module, Tensor a, Tensor b) {}

  /**
   * The matrices of all adapted modules, by path.
   *
   * @throws ModelException if one of two is missing, or their ranks differ
   */
  public List<Pair> pairs() {
    return file.entries().keySet().stream()
        .filter(AdapterKeys::isA)
        .sorted()
        .map(key -> pair(AdapterKeys.moduleOfA(key), key, AdapterKeys.bOf(key)))
        .toList();
  }

  private Pair pair(String module, String a, String b) {
    if (!file.entries().containsKey(b)) {
      throw new ModelException("%s has '%s', but lacks '%s'".formatted(folder, a, b));
    }
    Pair pair = new Pair(module, file.tensor(a), file.tensor(b));
    if (pair.a.shape().rank() != 2
        || pair.b.shape().rank() != 2
        || pair.a.shape().dim(0) != pair.b.shape().dim(1)) {
      throw new ModelException(
          "%s: '%s' is %s and '%s' %s; the first's rows must be the second's columns"
              .formatted(folder, a, pair.a.shape(), b, pair.b.shape()));
    }
    return pair;
  }

  /**
   * The base's weights with those that this adapter brings along; closing it closes all.
   *
   * @param model the base's configuration
   * @throws ModelException if the adapter brings a weight that the base does not have
   */
  public WeightSource over(WeightSource base, ModelConfig model) {
    Map<String, Tensor> replacements = new LinkedHashMap<>();
    String head = model.headWeightName();
    if (new LoraSelection(config, model).unties()) {
      replacements.put(head, base.tensor(base.keyOf(model.embeddingWeightName())));
    }
    for (String key : file.entries().keySet()) {
      if (AdapterKeys.isAdapterPart(key) || AdapterKeys.isCopy(key)) {
        continue;
      }
      String name = key.replace(AdapterKeys.PREFIX, "").replace(AdapterKeys.BASE_LAYER, ".");
      boolean isHead = name.equals(HeadLayer.NAME + ".weight");
      if (isHead && model.tieWordEmbeddings() && !replacements.containsKey(head)) {
        continue; // The same numbers as the embeddings' own.
      }
      String baseKey = isHead ? head : base.keyOf(name);
      if (!key.startsWith(AdapterKeys.PREFIX) || baseKey == null) {
        throw new ModelException(
            "%s: '%s' is neither an adapter nor a weight of %s"
                .formatted(folder, key, base.origin()));
      }
      replacements.put(baseKey, file.tensor(key));
    }
    return new OverlaidWeights(base, replacements, folder.toString(), this::close);
  }

  /**
   * Writes a model's adapters and the weights trained beside them.
   *
   * @param baseModel what the configuration names as the base
   */
  public static void save(Path folder, Decoder model, LoraConfig config, String baseModel) {
    Map<String, Tensor> tensors = new TreeMap<>();
    List<Adaptable> adapted = adapted(model);
    adapted.forEach(module -> put(tensors, model, module));
    write(folder, tensors, model, config, adapted, baseModel);
  }

  static List<Adaptable> adapted(Decoder model) {
    return model.adaptableModules().stream().filter(module -> module.adapter() != null).toList();
  }

  /** Adds the weights trained beside the parts of an adapter, and writes all. */
  static void write(
      Path folder,
      Map<String, Tensor> tensors,
      Decoder model,
      LoraConfig config,
      List<Adaptable> adapted,
      String baseModel) {
    if (model.embeddingLayer().trainedRows() != null) {
      tensors.put(
          AdapterKeys.trainedRows(model.embeddingLayer()),
          model.embeddingLayer().trainedRows().rows().value());
    }
    putBaseWeights(tensors, model, config, adapted);
    SafetensorsWriter.write(folder.resolve(WEIGHTS), tensors);
    List<String> names = adapted.stream().map(Adaptable::name).toList();
    boolean fanInFanOut =
        adapted.stream()
            .anyMatch(
                module ->
                    module instanceof LinearLayer linear
                        && linear.weight() instanceof DenseWeight dense
                        && !dense.outputsFirst());
    LoraConfig said =
        config.targetModules() != null
            ? config
            : config.toBuilder()
                .targetModules(new TargetModules.Suffixes(model.config().loraTargets()))
                .build();
    Json.write(
        folder.resolve(CONFIG), AdapterConfigFile.write(said, names, fanInFanOut, baseModel));
  }

  static void put(Map<String, Tensor> tensors, Decoder model, Adaptable module) {
    LoraAdapter part = module.adapter();
    Tensor a = part.a().value();
    if (module instanceof EmbeddingLayer) {
      var byRank = AdapterTensors.transposed(AdapterTensors.floats(model.parameters(), a));
      a = AdapterTensors.hostTensor(byRank);
    }
    tensors.put(AdapterKeys.a(module), a);
    tensors.put(AdapterKeys.b(module), part.b().value());
    if (part.bias() != null) {
      tensors.put(AdapterKeys.biasOfB(module), part.bias().value());
    }
    if (part.dora() != null) {
      tensors.put(AdapterKeys.magnitude(module), part.dora().magnitude().value());
    }
  }

  private static void putBaseWeights(
      Map<String, Tensor> tensors, Decoder model, LoraConfig config, List<Adaptable> adapted) {
    LoraSelection selection = new LoraSelection(config, model.config());
    for (Parameter parameter : model.parameters().loaded()) {
      if (selection.trainsBaseWeight(parameter.name())) {
        tensors.put(keyOfBaseWeight(parameter.name(), model, adapted), parameter.value());
      }
    }
    if (selection.savesTiedHead()) {
      tensors.put(
          AdapterKeys.PREFIX + HeadLayer.NAME + ".weight", model.headLayer().weight().value());
    }
    for (Adaptable module : adapted) {
      String last = module.name().substring(module.name().lastIndexOf('.') + 1);
      if (SAVED_WITH_BASE.contains(last) && config.trainableTokenIndices().isEmpty()) {
        putTable(tensors, model, module);
      }
    }
  }

  /** The weights of the embedding or of the head, which PEFT saves with an adapter of it. */
  private static void putTable(Map<String, Tensor> tensors, Decoder model, Adaptable module) {
    String path = AdapterKeys.PREFIX + module.name() + AdapterKeys.BASE_LAYER;
    if (module instanceof EmbeddingLayer embedding) {
      tensors.put(path + "weight", embedding.table().value());
      return;
    }
    HeadLayer head = model.headLayer();
    tensors.put(path + "weight", head.weight().value());
    if (head.bias() != null) {
      tensors.put(path + "bias", head.bias().value());
    }
  }

  /** PEFT keeps an adapted layer's own bias under {@code base_layer}. */
  private static String keyOfBaseWeight(String name, Decoder model, List<Adaptable> adapted) {
    int dot = name.lastIndexOf('.');
    String module = name.substring(0, dot);
    if (name.equals(model.config().headWeightName())) {
      return AdapterKeys.PREFIX + HeadLayer.NAME + ".weight";
    }
    boolean inside = adapted.stream().anyMatch(layer -> layer.name().equals(module));
    return AdapterKeys.PREFIX + (inside ? module + ".base_layer" + name.substring(dot) : name);
  }

  @Override
  public Set<String> names() {
    return file.entries().keySet();
  }

  @Override
  public Tensor tensor(String name) {
    return file.tensor(name);
  }

  @Override
  public String origin() {
    return folder.toString();
  }

  @Override
  public void close() {
    file.close();
  }
}
