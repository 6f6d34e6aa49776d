package dev.sifter.train.cli;

import dev.sifter.engine.backend.Backend;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.lora.AdapterFolder;
import dev.sifter.model.lora.AdapterSet;
import java.nio.file.Path;
import java.util.Map;

/** A model in a conversation, whose adapters can be put on and taken off meanwhile. */
final class AdapterSwitch implements AutoCloseable {
  private static final String NONE = "none";

  private final Decoder model;
  private final AdapterSet set;
  private String current;

  private AdapterSwitch(Decoder model, AdapterSet set, String current) {
    this.model = model;
    this.set = set;
    this.current = current;
  }

  /** Loads a model with all adapters that are named, of which the first is on it. */
  static AdapterSwitch load(ModelOptions options, Backend backend) {
    Map<String, Path> adapters = options.adapters();
    if (adapters.isEmpty() || adapters.size() == 1 && !isShareable(options.adapter())) {
      return new AdapterSwitch(options.load(backend), null, null);
    }
    AdapterSet set = AdapterSet.open(options.folder(), backend);
    try {
      adapters.forEach(set::add);
      String first = adapters.keySet().iterator().next();
      set.use(first);
      return new AdapterSwitch(set.model(), set, first);
    } catch (RuntimeException e) {
      set.close();
      throw e;
    }
  }

  private static boolean isShareable(Path folder) {
    try (AdapterFolder adapter = AdapterFolder.open(folder)) {
      return adapter.leavesBaseAlone();
    }
  }

  /** The model, with what is on it now. */
  Decoder model() {
    return model;
  }

  /**
   * Puts an adapter on the model, or takes it off.
   *
   * @param name of an adapter, {@code none}, or empty to change nothing
   * @return what to tell the user
   */
  String use(String name) {
    if (set == null) {
      return "there are no adapters to switch; name them with --adapter NAME=DIR";
    }
    if (name.equals(NONE)) {
      set.disable();
      current = NONE;
    } else if (set.names().contains(name)) {
      set.use(name);
      current = name;
    } else if (!name.isEmpty()) {
      return "no adapter %s; there are %s and none".formatted(name, String.join(", ", set.names()));
    }
    return "adapter %s, of %s and none".formatted(current, String.join(", ", set.names()));
  }

  @Override
  public void close() {
    model.close();
  }
}
