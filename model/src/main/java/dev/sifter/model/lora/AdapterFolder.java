package dev.sifter.model.lora;

import dev.sifter.engine.autograd.Parameter;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.model.Json;
import dev.sifter.model.ModelException;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.LinearLayer;
import dev.sifter.model.weights.OverlaidWeights;
import dev.sifter.model.weights.SafetensorsFile;
import dev.sifter.model.weights.SafetensorsWriter;
import dev.sifter.model.weights.WeightSource;
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
  private static final String CONFIG = "adapter_config.json";
  private static final String WEIGHTS = "adapter_model.safetensors";

  private final Path folder;
  private final LoraConfig config;
  private final SafetensorsFile file;

  private AdapterFolder(Path folder) {
    this.folder = folder;
    try {
      this.config = AdapterConfigFile.read(Json.readObject(folder.resolve(CONFIG)));
    } catch (ModelException e) {
      throw new ModelException(folder.resolve(CONFIG) + ": " + e.getMessage(), e);
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

  /** The configuration. */
  public LoraConfig config() {
    return config;
  }

  /**
   * The base's weights with those that this adapter brings along; closing it closes all.
   *
   * @throws ModelException if the adapter brings a weight that the base does not have
   */
  public WeightSource over(WeightSource base) {
    Map<String, Tensor> replacements = new LinkedHashMap<>();
    for (String key : file.entries().keySet()) {
      if (!key.contains(".lora_")) {
        String name = key.replace(LoraAdapters.KEY_PREFIX, "").replace(".base_layer.", ".");
        if (!key.startsWith(LoraAdapters.KEY_PREFIX) || base.keyOf(name) == null) {
          throw new ModelException(
              "%s: '%s' is neither an adapter nor a weight of %s"
                  .formatted(folder, key, base.origin()));
        }
        replacements.put(base.keyOf(name), file.tensor(key));
      }
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
    List<LinearLayer> adapted =
        model.linearLayers().stream().filter(layer -> layer.adapter() != null).toList();
    for (LinearLayer layer : adapted) {
      tensors.put(LoraAdapters.keyOfA(layer), layer.adapter().a().value());
      tensors.put(LoraAdapters.keyOfB(layer), layer.adapter().b().value());
    }
    LoraSelection selection = new LoraSelection(config, model.config());
    for (Parameter parameter : model.parameters().all()) {
      String name = parameter.name();
      if (!name.startsWith(LoraAdapters.KEY_PREFIX) && selection.trainsBaseWeight(name)) {
        tensors.put(keyOfBaseWeight(name, adapted), parameter.value());
      }
    }
    SafetensorsWriter.write(folder.resolve(WEIGHTS), tensors);
    List<String> names = adapted.stream().map(LinearLayer::name).toList();
    Json.write(folder.resolve(CONFIG), AdapterConfigFile.write(config, names, baseModel));
  }

  /** PEFT keeps an adapted layer's own bias under {@code base_layer}. */
  private static String keyOfBaseWeight(String name, List<LinearLayer> adapted) {
    int dot = name.lastIndexOf('.');
    String module = name.substring(0, dot);
    boolean inside = adapted.stream().anyMatch(layer -> layer.name().equals(module));
    return LoraAdapters.KEY_PREFIX + (inside ? module + ".base_layer" + name.substring(dot) : name);
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
