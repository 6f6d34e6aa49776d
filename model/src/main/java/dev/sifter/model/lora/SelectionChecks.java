package dev.sifter.model.lora;

import dev.sifter.model.ModelException;
import dev.sifter.model.decoder.Adaptable;
import dev.sifter.model.decoder.Decoder;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Refuses options of a fresh adapter that name nothing, or what another option says otherwise: they
 * would be passed over in silence, and the run be another than was meant. Adapters that are loaded
 * are taken as they are, since PEFT leaves such options in their files.
 */
final class SelectionChecks {
  private final LoraConfig config;
  private final LoraSelection selection;
  private final Set<String> modules = new LinkedHashSet<>();
  private final Set<String> linear = new LinkedHashSet<>();
  private final Set<String> adapted = new LinkedHashSet<>();
  private final int blocks;

  private SelectionChecks(LoraConfig config, Decoder model) {
    this.config = config;
    this.selection = new LoraSelection(config, model.config());
    this.blocks = model.config().layers().size();
    model
        .parameters()
        .loaded()
        .forEach(weight -> modules.add(weight.name().substring(0, weight.name().lastIndexOf('.'))));
    for (Adaptable module : model.adaptableModules()) {
      modules.add(module.name());
      linear.add(module.name());
      if (selection.isAdapted(module.name())) {
        adapted.add(module.name());
      }
    }
  }

  /**
   * Checks the options of an adapter against the model that it is for.
   *
   * @throws ModelException that names the option
   */
  static void check(LoraConfig config, Decoder model) {
    SelectionChecks checks = new SelectionChecks(config, model);
    checks.layers();
    checks.names();
    checks.trainedTokens();
  }

  private void layers() {
    List<Integer> layers =
        config.layersToTransform() == null ? List.of() : config.layersToTransform();
    for (int layer : layers) {
      if (layer < 0 || layer >= blocks) {
        throw new ModelException(
            "layers_to_transform names block %d, but the model has blocks 0 to %d"
                .formatted(layer, blocks - 1));
      }
    }
    if (!layers.isEmpty() && config.targetModules() instanceof TargetModules.Regex) {
      throw new ModelException(
          "layers_to_transform goes with a list of target_modules; a regular expression says itself"
              + " which blocks it means");
    }
    if (layers.isEmpty() && !config.layersPattern().isEmpty()) {
      throw new ModelException("layers_pattern goes with layers_to_transform, which is not given");
    }
  }

  private void names() {
    for (String name : config.modulesToSave()) {
      requireUsed(
          "modules_to_save",
          name,
          modules,
          module -> module.endsWith(name) || module.contains(name + "."));
    }
    config.rankPattern().keySet().forEach(key -> requirePattern("rank_pattern", key));
    config.alphaPattern().keySet().forEach(key -> requirePattern("alpha_pattern", key));
    switch (config.excludeModules()) {
      case TargetModules.Suffixes(List<String> names) -> names.forEach(this::requireExcluded);
      case TargetModules.Regex regex ->
          requireUsed("exclude_modules", regex.pattern().pattern(), linear, regex::matches);
      case TargetModules.AllLinear _ ->
          throw new ModelException("exclude_modules is all-linear, which leaves nothing to adapt");
      case null -> {}
    }
  }

  private void requireExcluded(String name) {
    requireUsed(
        "exclude_modules", name, linear, new TargetModules.Suffixes(List.of(name))::matches);
  }

  private void requirePattern(String option, String key) {
    requireUsed(option, key, adapted, module -> LoraConfig.isMatch(key, module));
  }

  private static void requireUsed(
      String option, String name, Collection<String> modules, Predicate<String> matches) {
    if (modules.stream().noneMatch(matches)) {
      throw new ModelException(
          "%s names '%s', but there is none among %s"
              .formatted(option, name, modules.stream().limit(10).toList()));
    }
  }

  /** Rows that are trained one by one, in a table that is trained otherwise too. */
  private void trainedTokens() {
    if (!selection.trainsRows()) {
      return;
    }
    String table = selection.embedding();
    if (adapted.contains(table)) {
      throw new ModelException(
          "trainable_token_indices trains rows of '%s', which target_modules adapts as a whole: leave one out"
              .formatted(table));
    }
    if (selection.trainsBaseWeight(table + ".weight")) {
      throw new ModelException(
          "trainable_token_indices trains rows of '%s', which modules_to_save trains in full: leave one out"
              .formatted(table));
    }
  }
}
