package dev.sifter.model.lora;

import dev.sifter.model.ModelException;
import dev.sifter.model.config.ModelConfig;
import dev.sifter.model.config.WeightNames.Module;
import dev.sifter.model.decoder.Adaptable;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.HeadLayer;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Decides, by name alone, what is adapted and which weights of the base are trained. */
final class LoraSelection {
  private static final String HEAD = HeadLayer.NAME;
  private static final Pattern ANY_LAYER = Pattern.compile(".*?\\.[^.]*\\.(\\d+)\\..*");

  private final LoraConfig config;
  private final ModelConfig model;
  private final TargetModules targets;

  LoraSelection(LoraConfig config, ModelConfig model) {
    this.config = config;
    this.model = model;
    this.targets =
        config.targetModules() != null
            ? config.targetModules()
            : new TargetModules.Suffixes(model.loraTargets());
    for (String module : config.trainableTokenIndices().keySet()) {
      boolean isTable =
          module.equals(LoraConfig.EMBEDDINGS)
              || module.equals(embedding())
              || module.equals(lastPart(embedding()));
      if (!isTable) {
        throw new ModelException(
            "trainable_token_indices names '%s'; only rows of '%s' can be trained"
                .formatted(module, embedding()));
      }
    }
  }

  private static String lastPart(String path) {
    return path.substring(path.lastIndexOf('.') + 1);
  }

  /** The path of the table of token embeddings. */
  String embedding() {
    return model.names().path(Module.EMBEDDING);
  }

  /**
   * The modules of a model that get an adapter, in order.
   *
   * @throws ModelException if there is none
   */
  List<Adaptable> adapted(Decoder decoder) {
    List<Adaptable> chosen = new ArrayList<>();
    for (Adaptable module : decoder.adaptableModules()) {
      if (isAdapted(module.name())) {
        chosen.add(module);
      }
    }
    if (chosen.isEmpty()) {
      List<String> names = decoder.linearLayers().stream().map(Adaptable::name).limit(7).toList();
      throw new ModelException(
          "target_modules %s match no linear layer%s; the first block has %s"
              .formatted(targets, limits(), names));
    }
    chosen.stream().filter(this::tiesAdapters).findFirst().ifPresent(LoraSelection::refuseTying);
    return chosen;
  }

  /** Whether PEFT would let embeddings and the head that is tied to them share one adapter. */
  private boolean tiesAdapters(Adaptable module) {
    return model.tieWordEmbeddings()
        && config.ensureWeightTying()
        && isOutsideBlocks(module.name());
  }

  private static void refuseTying(Adaptable module) {
    throw new ModelException(
        ("ensure_weight_tying with an adapter on '%s', which the tied one would share, is not"
                + " supported; train it in full by modules_to_save, or turn one off")
            .formatted(module.name()));
  }

  /** The options that leave modules out, for a sentence. */
  private String limits() {
    List<String> given = new ArrayList<>();
    if (config.excludeModules() != null) {
      given.add("exclude_modules");
    }
    if (config.layersToTransform() != null) {
      given.add("layers_to_transform");
    }
    if (!config.modulesToSave().isEmpty()) {
      given.add("modules_to_save");
    }
    return given.isEmpty() ? "" : " that is left by " + String.join(", ", given);
  }

  /** Whether a module gets an adapter. */
  boolean isAdapted(String module) {
    if (config.excludeModules() != null && config.excludeModules().matches(module)) {
      return false;
    }
    // A choice by name alone, such as all-linear, means norms as little as PEFT does.
    if (model.names().isNorm(module) || isSaved(module) || !targets.matches(module)) {
      return false;
    }
    return switch (targets) {
      case TargetModules.AllLinear() -> !isOutsideBlocks(module) && isInChosenBlock(module);
      // As in PEFT, a module that is named whole is adapted whatever its block.
      case TargetModules.Suffixes(List<String> names) ->
          names.contains(module) || isInChosenBlock(module);
      case TargetModules.Regex(Pattern pattern) -> true;
    };
  }

  private boolean isOutsideBlocks(String module) {
    return module.equals(HEAD) || module.equals(embedding());
  }

  private boolean isInChosenBlock(String module) {
    List<Integer> layers = config.layersToTransform();
    if (layers == null || layers.isEmpty()) {
      return true;
    }
    List<Pattern> patterns =
        config.layersPattern().isEmpty()
            ? List.of(ANY_LAYER)
            : config.layersPattern().stream()
                .map(name -> Pattern.compile("(?:^|.*?\\.)" + name + "\\.(\\d+)\\..*"))
                .toList();
    for (Pattern pattern : patterns) {
      Matcher matcher = pattern.matcher(module);
      if (matcher.matches()) {
        return layers.contains(Integer.parseInt(matcher.group(1)));
      }
    }
    return false;
  }

  /** Whether a weight of the base is trained beside the adapters. */
  boolean trainsBaseWeight(String weight) {
    int dot = weight.lastIndexOf('.');
    String module = weight.substring(0, dot);
    boolean isBias = weight.endsWith(".bias");
    boolean trainsBias =
        switch (config.bias()) {
          case NONE -> false;
          case ALL -> isBias;
          case LORA_ONLY -> isBias && isAdapted(module);
        };
    boolean isHead = module.equals(headOnDisk());
    boolean isTable = module.equals(embedding());
    return trainsBias || (isHead ? isSaved(HEAD) : isSaved(module)) || (isTable && savesTiedHead());
  }

  private String headOnDisk() {
    return model.names().path(Module.HEAD);
  }

  /**
   * Whether modules_to_save names a module, or one that it is part of. As in PEFT the end of a path
   * is enough: norm also names input_layernorm.
   */
  private boolean isSaved(String module) {
    for (int end = module.length(); end > 0; end = module.lastIndexOf('.', end - 1)) {
      if (config.modulesToSave().stream().anyMatch(module.substring(0, end)::endsWith)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Whether embeddings that are trained in full stay tied to the head, which is saved with them.
   */
  boolean savesTiedHead() {
    return model.tieWordEmbeddings()
        && config.ensureWeightTying()
        && (isSaved(embedding()) || isSaved(HEAD));
  }

  /** Whether an adapter changes rows of the embedding table. */
  boolean trainsRows() {
    return !config.trainableTokenIndices().isEmpty();
  }

  /**
   * Whether a model with tied embeddings no longer has them so: one of the two is trained in full,
   * and nothing asks for both to follow.
   */
  boolean unties() {
    return model.tieWordEmbeddings()
        && !config.ensureWeightTying()
        && (isSaved(embedding()) || isSaved(HEAD));
  }
}
