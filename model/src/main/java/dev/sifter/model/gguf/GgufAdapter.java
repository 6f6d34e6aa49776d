package dev.sifter.model.gguf;

import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.model.ModelException;
import dev.sifter.model.config.ModelConfig;
import dev.sifter.model.config.WeightNames.Module;
import dev.sifter.model.decoder.HeadLayer;
import dev.sifter.model.decoder.StoredModel;
import dev.sifter.model.decoder.WeightShapes;
import dev.sifter.model.lora.AdapterFolder;
import dev.sifter.model.lora.AdapterFolder.Pair;
import dev.sifter.model.lora.LoraConfig;
import dev.sifter.model.weights.FiniteCheck;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Writes an adapter as a GGUF file, which llama.cpp lays over the one of its base ({@code --lora}).
 *
 * <p>There W·x becomes W·x + (α/r)·B·(A·x), with one α for the file and r the rows of each A. Where
 * modules differ in α, or rsLoRA divides by √r, B takes over the rest of the scale.
 */
public final class GgufAdapter {
  private static final String INSTEAD =
      "; merge the adapter (sifter merge), and export the merged model";

  private final GgufArchitecture architecture;
  private final GgufModules modules;
  private final AdapterFolder adapter;
  private final GgufType type;
  private final Map<String, Shape> shapes;
  private final GgufFile file = new GgufFile();

  private GgufAdapter(ModelConfig config, AdapterFolder adapter, GgufType type) {
    this.architecture = new GgufArchitecture(config);
    this.modules = new GgufModules(config, architecture);
    this.adapter = adapter;
    this.type = type;
    this.shapes = WeightShapes.of(config);
  }

  /**
   * Writes an adapter folder.
   *
   * @param model the folder of its base
   * @param name what the file calls the adapter
   * @param type of the matrices; those whose rows do not divide into its blocks become fp16
   * @throws ModelException if llama.cpp has no place for the base's family or for what the adapter
   *     changes, or if the adapter is not one of this base
   */
  public static void write(Path model, Path folder, Path target, String name, GgufType type) {
    try (StoredModel base = StoredModel.open(model);
        AdapterFolder adapter = AdapterFolder.open(folder)) {
      requireProducts(adapter);
      GgufAdapter export = new GgufAdapter(base.config(), adapter, type);
      export.addAll(name);
      export.file.write(target);
    }
  }

  /** Products of two matrices are all that llama.cpp adds. */
  private static void requireProducts(AdapterFolder adapter) {
    LoraConfig config = adapter.config();
    String more =
        config.useDora()
            ? "use_dora"
            : config.loraBias()
                ? "lora_bias"
                : adapter.leavesBaseAlone() ? null : "weights of the base that it changes";
    if (more != null) {
      throw new ModelException(
          "%s has %s, for which llama.cpp's adapters have no place%s"
              .formatted(adapter.origin(), more, INSTEAD));
    }
  }

  private void addAll(String name) {
    Map<String, List<GgufModules.Named>> byPath =
        modules.all().stream().collect(Collectors.groupingBy(GgufAdapter::adaptedPath));
    List<Pair> pairs = adapter.pairs();
    if (pairs.isEmpty()) {
      throw new ModelException(adapter.origin() + " adapts no module");
    }
    double alpha = alpha(pairs.getFirst());
    for (Pair pair : pairs) {
      List<GgufModules.Named> named = byPath.getOrDefault(pair.module(), List.of());
      if (named.isEmpty() || !architecture.takesAdapter(named.getFirst().module())) {
        throw new ModelException(
            "%s adapts '%s', where llama.cpp's %s takes no adapter%s"
                .formatted(adapter.origin(), pair.module(), architecture.name(), INSTEAD));
      }
      named.forEach(module -> add(module, pair, alpha(pair) / alpha));
    }
    file.string("general.architecture", architecture.name());
    file.string("general.type", "adapter");
    file.string("general.name", name);
    file.uint32("general.file_type", type.fileType());
    file.string("adapter.type", "lora");
    file.float32("adapter.lora.alpha", alpha);
  }

  private static String adaptedPath(GgufModules.Named module) {
    return module.module() == Module.HEAD ? HeadLayer.NAME : module.path();
  }

  /** The α that gives a module its scale when it is divided by the rank. */
  private double alpha(Pair pair) {
    return (double) adapter.config().scale(pair.module()) * pair.a().shape().dim(0);
  }

  private void add(GgufModules.Named module, Pair pair, double factor) {
    requireShapes(module, pair);
    if (!FiniteCheck.isFinite(pair.a()) || !FiniteCheck.isFinite(pair.b())) {
      throw new ModelException(
          "%s holds NaN or infinity, in the adapter of '%s'"
              .formatted(adapter.origin(), pair.module()));
    }
    boolean embedding = module.module() == Module.EMBEDDING;
    Tensor a = embedding ? GgufRows.transposed(pair.a()) : pair.a();
    Tensor b = modules.ordered(module.of(pair.b()), module.module());
    add(module.name() + ".weight.lora_a", a);
    // A float's last bit is no difference of the modules' scales.
    add(
        module.name() + ".weight.lora_b",
        Math.abs(factor - 1) < 1e-6 ? b : GgufRows.times(b, factor));
  }

  private void requireShapes(GgufModules.Named module, Pair pair) {
    Shape base = shapes.get(module.path() + ".weight");
    boolean turned = modules.isTurned(module.module()) || module.module() == Module.EMBEDDING;
    long outputs = base.dim(turned ? 1 : 0);
    long inputs = base.dim(turned ? 0 : 1);
    if (pair.a().shape().dim(1) != inputs || pair.b().shape().dim(0) != outputs) {
      throw new ModelException(
          "%s adapts '%s' from %d to %d, but the base's goes from %d to %d: name the adapter's base"
              .formatted(
                  adapter.origin(),
                  pair.module(),
                  pair.a().shape().dim(1),
                  pair.b().shape().dim(0),
                  inputs,
                  outputs));
    }
  }

  private void add(String name, Tensor tensor) {
    GgufType own = type.fits(tensor.width()) ? type : GgufType.F16;
    file.tensor(name, tensor.shape(), own, () -> tensor);
  }
}
