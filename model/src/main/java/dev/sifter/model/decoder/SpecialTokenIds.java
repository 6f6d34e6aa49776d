package dev.sifter.model.decoder;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.Json;
import dev.sifter.model.tokenizer.Tokenizer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;

/**
 * Keeps the special tokens of a model folder's configurations in step with its tokenizer: whoever
 * loads the folder, or a file exported from it, must stop where the model was taught to.
 */
public final class SpecialTokenIds {
  private static final String EOS = "eos_token_id";

  private SpecialTokenIds() {}

  /**
   * Writes the ids of a tokenizer's special tokens into {@code config.json} and, where there is
   * one, {@code generation_config.json}, as transformers' {@code align_special_tokens} does before
   * training. End tokens that a list names already stay in it; a role that the tokenizer does not
   * name is left as it is.
   */
  public static void align(Path folder, Tokenizer tokenizer) {
    Path configFile = folder.resolve("config.json");
    Path generationFile = folder.resolve("generation_config.json");
    ObjectNode config = Json.readObject(configFile);
    ObjectNode generation = Files.exists(generationFile) ? Json.readObject(generationFile) : null;
    ObjectNode configBefore = config.deepCopy();
    ObjectNode generationBefore = generation == null ? null : generation.deepCopy();
    alignEnds(config, generation, tokenizer.eosId());
    align("bos_token_id", config, generation, tokenizer.bosId());
    align("pad_token_id", config, generation, tokenizer.padId());
    if (!config.equals(configBefore)) {
      Json.write(configFile, config);
    }
    if (generation != null && !generation.equals(generationBefore)) {
      Json.write(generationFile, generation);
    }
  }

  private static void alignEnds(ObjectNode config, ObjectNode generation, OptionalInt eos) {
    if (eos.isEmpty()) {
      return;
    }
    IntNode id = IntNode.valueOf(eos.getAsInt());
    boolean inConfig = names(config.path(EOS), id);
    if (inConfig && (generation == null || names(generation.path(EOS), id))) {
      return;
    }
    config.set(EOS, config.path(EOS).isArray() ? first(id, config.path(EOS)) : id);
    if (generation != null) {
      generation.set(EOS, first(id, generation.path(EOS)));
    }
  }

  private static boolean names(JsonNode ids, IntNode id) {
    if (ids.isArray()) {
      for (JsonNode one : ids) {
        if (one.equals(id)) {
          return true;
        }
      }
      return false;
    }
    return ids.equals(id);
  }

  /** The id, and after it the others: any of them ends a text. */
  private static ArrayNode first(IntNode id, JsonNode ids) {
    ArrayNode all = Json.mapper().createArrayNode().add(id);
    Iterable<JsonNode> others = ids.isInt() ? List.of(ids) : ids;
    for (JsonNode other : others) {
      if (!other.equals(id)) {
        all.add(other);
      }
    }
    return all;
  }

  private static void align(String role, ObjectNode config, ObjectNode generation, OptionalInt id) {
    if (id.isPresent()) {
      config.put(role, id.getAsInt());
      if (generation != null) {
        generation.put(role, id.getAsInt());
      }
    }
  }
}
