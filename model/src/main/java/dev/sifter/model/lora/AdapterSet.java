package dev.sifter.model.lora;

import dev.sifter.engine.backend.Backend;
import dev.sifter.model.ModelException;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.ModelFolder;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** A base with several adapters beside it, of which one at a time is on it, or none. */
public final class AdapterSet implements AutoCloseable {
  private final Decoder model;
  private final Map<String, AttachedAdapter> adapters = new LinkedHashMap<>();

  private AdapterSet(Decoder model) {
    this.model = model;
  }

  /** The model of a folder, without adapters yet. */
  public static AdapterSet open(Path base, Backend backend) {
    return new AdapterSet(ModelFolder.load(base, backend));
  }

  /** The model; closing this closes it. */
  public Decoder model() {
    return model;
  }

  /** Names of the adapters, in the order that they were added in. */
  public Set<String> names() {
    return adapters.keySet();
  }

  /**
   * Adds the adapter of a folder and puts it on the model.
   *
   * @throws ModelException if the name is taken, or the adapter changes the base itself: by weights
   *     trained in full, single tokens, or a start that took directions from it
   */
  public void add(String name, Path folder) {
    if (adapters.containsKey(name)) {
      throw new ModelException("there is an adapter '%s' already".formatted(name));
    }
    try (AdapterFolder file = AdapterFolder.open(folder)) {
      if (!file.leavesBaseAlone()) {
        throw new ModelException(
            "%s changes weights of the base itself, which the other adapters share: load it alone"
                .formatted(folder));
      }
      disable();
      adapters.put(name, new LoraAdapters(model, file.config(), name, false).load(file));
    }
  }

  /**
   * Puts an adapter on the model, in place of the one that was.
   *
   * @throws ModelException if there is none of this name
   */
  public void use(String name) {
    AttachedAdapter adapter = adapters.get(name);
    if (adapter == null) {
      throw new ModelException(
          "there is no adapter '%s' among %s".formatted(name, adapters.keySet()));
    }
    disable();
    adapter.enable();
  }

  /** Takes every adapter off: the model is its base. */
  public void disable() {
    adapters.values().forEach(AttachedAdapter::disable);
  }

  @Override
  public void close() {
    model.close();
  }
}
