package dev.sifter.model.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What {@code tokenizer_config.json} says of special and added tokens, read as transformers 5 does.
 *
 * <p>Two older files may lie beside it. Where the configuration has {@code added_tokens_decoder}
 * they are ignored. Where it has not, the roles in {@code special_tokens_map.json} win over its
 * own, and {@code added_tokens.json} names tokens by their ids.
 *
 * @param json the configuration, with what the older files add to it
 */
record TokenizerConfig(ObjectNode json) {
  static final String FILE = "tokenizer_config.json";

  private static final String ROLES_FILE = "special_tokens_map.json";
  private static final String ADDED_FILE = "added_tokens.json";

  /** The older files, which a configuration that was written by itself makes superfluous. */
  static final List<String> OLDER_FILES = List.of(ROLES_FILE, ADDED_FILE);

  private static final String DECODER = "added_tokens_decoder";
  private static final String EXTRA = "extra_special_tokens";
  private static final String ADDITIONAL = "additional_special_tokens";
  private static final List<String> ROLES =
      List.of(
          "bos_token",
          "eos_token",
          "unk_token",
          "sep_token",
          "pad_token",
          "cls_token",
          "mask_token");

  /** The configuration of a tokenizer that has none. */
  static TokenizerConfig none() {
    return new TokenizerConfig(JsonNodeFactory.instance.objectNode());
  }

  /**
   * Reads the configuration of a folder; one without any has an empty one.
   *
   * @throws TokenizerException if a file is malformed, or asks for special tokens to be split
   */
  static TokenizerConfig read(Path folder) {
    ObjectNode json = readIfThere(folder.resolve(FILE));
    if (json.path("split_special_tokens").asBoolean()) {
      throw new TokenizerException(
          "%s: split_special_tokens: true, which cuts special tokens into pieces, is not supported;"
                  .formatted(folder.resolve(FILE))
              + " set it to false");
    }
    if (json.path(DECODER).isObject()) {
      return new TokenizerConfig(json);
    }
    addRoles(json, readIfThere(folder.resolve(ROLES_FILE)));
    TokenizerConfig config = new TokenizerConfig(json);
    ObjectNode added = readIfThere(folder.resolve(ADDED_FILE));
    if (!added.isEmpty()) {
      ObjectNode definition = readIfThere(folder.resolve(TokenizerFiles.DEFINITION));
      json.set(DECODER, config.decoder(added, definition.path("added_tokens")));
    }
    return config;
  }

  private static ObjectNode readIfThere(Path file) {
    return Files.exists(file)
        ? TokenizerFiles.readObject(file)
        : JsonNodeFactory.instance.objectNode();
  }

  /** Of roles the older file's count, of all else the configuration's. */
  private static void addRoles(ObjectNode json, ObjectNode roles) {
    boolean listed = json.path(ADDITIONAL).isArray() || json.path(EXTRA).isArray();
    for (Map.Entry<String, JsonNode> entry : roles.properties()) {
      String name = entry.getKey();
      boolean there = name.equals(ADDITIONAL) ? listed : json.has(name);
      if (ROLES.contains(name) || !there) {
        json.set(name, entry.getValue());
      }
    }
  }

  /** The tokens of {@code added_tokens.json}, those of {@code tokenizer.json} in their places. */
  private ObjectNode decoder(ObjectNode added, JsonNode defined) {
    Set<String> special = new HashSet<>(names().values());
    extra().forEach(token -> special.add(content(token)));
    ObjectNode decoder = json.objectNode();
    for (Map.Entry<String, JsonNode> entry : added.properties()) {
      String content = entry.getKey();
      decoder
          .putObject(entry.getValue().asText())
          .put("content", content)
          .put("special", special.contains(content));
    }
    defined.forEach(token -> decoder.set(token.path("id").asText(), token.deepCopy()));
    return decoder;
  }

  /**
   * The texts of the tokens that have a name, by that name: the roles, then the model's own such as
   * {@code image_token}. Chat templates see them as variables.
   */
  Map<String, String> names() {
    Map<String, String> names = new LinkedHashMap<>();
    named().forEach((name, token) -> names.put(name, content(token)));
    return names;
  }

  private Map<String, JsonAt> named() {
    Map<String, JsonAt> named = new LinkedHashMap<>();
    for (String role : ROLES) {
      JsonAt token = at(role);
      if (!token.absent()) {
        named.put(role, token);
      }
    }
    for (Map.Entry<String, JsonNode> entry : json.properties()) {
      JsonNode value = entry.getValue();
      boolean isToken = value.isTextual() || value.path("content").isTextual();
      if (entry.getKey().endsWith("_token") && isToken) {
        named.putIfAbsent(entry.getKey(), at(entry.getKey()));
      }
    }
    if (json.path(EXTRA).isObject()) {
      JsonAt extra = at(EXTRA);
      extra.node().fieldNames().forEachRemaining(name -> named.put(name, extra.get(name)));
    }
    return named;
  }

  /** The special tokens without a name; the older list counts where the newer one is empty. */
  private List<JsonAt> extra() {
    boolean newer = json.path(EXTRA).isArray() && !json.path(EXTRA).isEmpty();
    JsonAt list = at(newer ? EXTRA : ADDITIONAL);
    return list.node().isArray() ? list.elements() : List.of();
  }

  private JsonAt at(String name) {
    return new JsonAt(json, FILE).get(name);
  }

  /** The text of a token that is given as a string or as an object. */
  private static String content(JsonAt token) {
    return token.node().isObject() ? token.get("content").string() : token.string();
  }

  /**
   * The added tokens: those of {@code tokenizer.json}, with the options that the configuration
   * gives them, and those that only the configuration names, with the next ids.
   */
  List<AddedToken> added(List<AddedToken> defined, Vocabulary vocabulary) {
    Map<String, AddedToken> tokens = new LinkedHashMap<>();
    defined.forEach(token -> tokens.put(token.content(), token));
    Map<String, JsonAt> named = named();
    Set<String> names = new HashSet<>(names().values());
    JsonAt decoder = at(DECODER);
    if (decoder.absent()) {
      tokens.replaceAll((content, t) -> names.contains(content) ? t.asSpecial() : t);
    }
    for (JsonAt entry : byId(decoder)) {
      String content = content(entry);
      AddedToken token = AddedToken.parse(entry, id(content, tokens, vocabulary), false);
      tokens.put(content, names.contains(content) ? token.asSpecial() : token);
    }
    List<JsonAt> others = new ArrayList<>(named.values());
    others.addAll(extra());
    for (JsonAt token : others) {
      String content = content(token);
      if (!content.isEmpty() && !tokens.containsKey(content)) {
        int id = id(content, tokens, vocabulary);
        tokens.put(
            content,
            token.node().isObject()
                ? AddedToken.parse(token, id, true)
                : AddedToken.special(content, id));
      }
    }
    List<AddedToken> all = new ArrayList<>(tokens.values());
    all.sort(Comparator.comparingInt(AddedToken::id));
    return all;
  }

  private static List<JsonAt> byId(JsonAt decoder) {
    return decoder.node().properties().stream()
        .sorted(Comparator.comparingLong(entry -> idKey(decoder, entry.getKey())))
        .map(entry -> decoder.get(entry.getKey()))
        .toList();
  }

  private static long idKey(JsonAt decoder, String key) {
    try {
      return Long.parseLong(key);
    } catch (NumberFormatException e) {
      throw new TokenizerException("%s: \"%s\" is no id".formatted(decoder.path(), key), e);
    }
  }

  /** The id of a token: its own, or the next. */
  private static int id(String content, Map<String, AddedToken> tokens, Vocabulary vocabulary) {
    if (tokens.containsKey(content)) {
      return tokens.get(content).id();
    }
    int id = vocabulary.id(content);
    return id >= 0
        ? id
        : Math.max(
            vocabulary.size(),
            tokens.values().stream().mapToInt(token -> token.id() + 1).max().orElse(0));
  }

  /** The configuration with another token in a role. */
  TokenizerConfig with(String role, String token) {
    return new TokenizerConfig(json.deepCopy().put(role, token));
  }

  /** The configuration as it is written; where it lists the added tokens, it lists these. */
  ObjectNode toJson(List<AddedToken> added) {
    ObjectNode written = json.deepCopy();
    if (!written.has("tokenizer_class")) {
      written.put("tokenizer_class", "PreTrainedTokenizerFast");
    }
    if (written.has(DECODER)) {
      ObjectNode decoder = written.putObject(DECODER);
      for (AddedToken token : added) {
        ObjectNode entry = token.toJson();
        entry.remove("id");
        decoder.set(Integer.toString(token.id()), entry);
      }
    }
    return written;
  }
}
