package dev.sifter.model.config;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sifter.model.config.ModelConfig.Mixer;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * What a family calls its modules in checkpoints. A module without a name is one that the family
 * does not have.
 *
 * @param paths by module: the path within the model, or within a block
 * @param block the path of a block, up to its number
 */
public record WeightNames(Map<Module, String> paths, String block) {

  /** The parts of a decoder. */
  public enum Module {
    /** Token embeddings. */
    EMBEDDING,
    /** Learned positions. */
    POSITION_EMBEDDING,
    /** From the embeddings' width to the blocks' (OPT-350m). */
    EMBEDDING_PROJECTION,
    /** Of what the blocks are given first (nanochat). */
    EMBEDDING_NORM,
    /** Before the attention, or the convolution; after its residual sum where norms come last. */
    ATTENTION_NORM,
    /** Query projection. */
    QUERY(Mixer.ATTENTION),
    /** Key projection. */
    KEY(Mixer.ATTENTION),
    /** Value projection. */
    VALUE(Mixer.ATTENTION),
    /** The three in one. */
    QUERY_KEY_VALUE(Mixer.ATTENTION),
    /** Norm of the queries. */
    QUERY_NORM(Mixer.ATTENTION),
    /** Norm of the keys. */
    KEY_NORM(Mixer.ATTENTION),
    /** The attention's output projection. */
    ATTENTION_OUTPUT(Mixer.ATTENTION),
    /** A convolution's gates and values in one: the gate of what enters it first. */
    CONVOLUTION_INPUT(Mixer.CONVOLUTION),
    /** The filters of a convolution. */
    CONVOLUTION(Mixer.CONVOLUTION),
    /** The convolution's output projection. */
    CONVOLUTION_OUTPUT(Mixer.CONVOLUTION),
    /** Of the attention's output, before the residual sum. */
    ATTENTION_POST_NORM,
    /** Before the MLP; after its residual sum where norms come last. */
    MLP_NORM,
    /** Gate of a gated MLP. */
    GATE,
    /** The MLP's first projection. */
    UP,
    /** Gate and first projection in one, the gate first. */
    GATE_UP,
    /** The MLP's last projection. */
    DOWN,
    /** Of the MLP's output, before the residual sum. */
    MLP_POST_NORM,
    /** After the last block. */
    FINAL_NORM,
    /** From the blocks' width to the head's (OPT-350m). */
    OUTPUT_PROJECTION,
    /** The output head, where it is not tied to the embeddings. */
    HEAD;

    private final Mixer mixer;

    Module() {
      this(null);
    }

    Module(Mixer mixer) {
      this.mixer = mixer;
    }

    /** The mixer that it is a part of; null if it is of none. */
    Mixer mixer() {
      return mixer;
    }
  }

  private static final Set<Module> NORMS =
      EnumSet.of(
          Module.EMBEDDING_NORM,
          Module.ATTENTION_NORM,
          Module.QUERY_NORM,
          Module.KEY_NORM,
          Module.ATTENTION_POST_NORM,
          Module.MLP_NORM,
          Module.MLP_POST_NORM,
          Module.FINAL_NORM);

  private static final Set<Module> MLP =
      EnumSet.of(Module.GATE, Module.UP, Module.GATE_UP, Module.DOWN);

  static WeightNames of(JsonNode names) {
    Map<Module, String> paths = new EnumMap<>(Module.class);
    for (Map.Entry<String, JsonNode> entry : names.properties()) {
      if (!entry.getKey().equals("block") && !entry.getValue().isNull()) {
        paths.put(
            Module.valueOf(entry.getKey().toUpperCase(Locale.ROOT)), entry.getValue().asText());
      }
    }
    return new WeightNames(paths, names.path("block").asText());
  }

  /** Whether the family has this module. */
  public boolean has(Module module) {
    return paths.containsKey(module);
  }

  /** Whether the module of a path is a norm. */
  public boolean isNorm(String path) {
    return isAmong(NORMS, path);
  }

  /** Whether the module of a path is a projection of an MLP. */
  public boolean isOfMlp(String path) {
    return isAmong(MLP, path);
  }

  private boolean isAmong(Set<Module> modules, String path) {
    return modules.stream()
        .filter(this::has)
        .map(paths::get)
        .anyMatch(name -> path.equals(name) || path.startsWith(block) && path.endsWith("." + name));
  }

  /** The path of a module outside the blocks. */
  public String path(Module module) {
    return paths.get(module);
  }

  /** The path of a block's module. */
  public String path(int layer, Module module) {
    return block + layer + "." + paths.get(module);
  }
}
