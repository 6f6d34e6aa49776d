package dev.sifter.model.tokenizer;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.Json;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads and writes the files of a tokenizer. */
final class TokenizerFiles {
  static final String DEFINITION = "tokenizer.json";
  static final String CONFIG = "tokenizer_config.json";
  static final String SENTENCE_PIECE = "tokenizer.model";
  static final String SPECIAL_TOKENS = "special_tokens_map.json";

  /** Several times the largest tokenizer.json that is published. */
  private static final long MAX_BYTES = 256L << 20;

  private static final List<String> ROLES =
      List.of(
          "bos_token",
          "eos_token",
          "unk_token",
          "sep_token",
          "pad_token",
          "cls_token",
          "mask_token");

  private static final ObjectMapper JSON = new ObjectMapper();

  private TokenizerFiles() {}

  /** Loads a folder, or one file of any kind. */
  static Tokenizer load(Path path) {
    if (!Files.isDirectory(path)) {
      return loadFile(path, JSON.createObjectNode());
    }
    for (String name : List.of(DEFINITION, SENTENCE_PIECE)) {
      if (Files.exists(path.resolve(name))) {
        return loadFile(path.resolve(name), readConfig(path));
      }
    }
    throw new TokenizerException(
        "%s has neither %s nor %s; a tokenizer is read from one of them"
            .formatted(path, DEFINITION, SENTENCE_PIECE));
  }

  private static Tokenizer loadFile(Path file, ObjectNode config) {
    byte[] bytes = readBytes(file);
    try {
      // A SentencePiece model begins with the tag of its first piece; tiktoken's is plain text.
      if (bytes.length > 0 && bytes[0] == 0x0A) {
        return SentencePieceModel.read(bytes, config);
      }
      String name = file.getFileName().toString();
      return name.endsWith(".model") || name.endsWith(".tiktoken")
          ? TiktokenFile.read(bytes, PreTokenizer.LLAMA3, List.of())
          : read(parse(file, bytes), config);
    } catch (TokenizerException e) {
      throw new TokenizerException(file + ": " + e.getMessage(), e);
    }
  }

  /** Loads a file of tiktoken. */
  static Tokenizer loadTiktoken(Path file, String splitRegex, List<String> specialTokens) {
    return TiktokenFile.read(readBytes(file), splitRegex, specialTokens);
  }

  private static ObjectNode readConfig(Path folder) {
    ObjectNode config = JSON.createObjectNode();
    // The older file gives only what the newer one leaves out.
    for (String name : List.of(SPECIAL_TOKENS, CONFIG)) {
      if (Files.exists(folder.resolve(name))) {
        config.setAll(parse(folder.resolve(name), readBytes(folder.resolve(name))));
      }
    }
    return config;
  }

  private static byte[] readBytes(Path file) {
    try {
      long size = Files.size(file);
      if (size > MAX_BYTES) {
        throw new TokenizerException(
            "%s has %d bytes; more than %d are not read".formatted(file, size, MAX_BYTES));
      }
      return Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      throw new TokenizerException(file + " does not exist", e);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }

  private static ObjectNode parse(Path file, byte[] bytes) {
    try {
      if (JSON.readTree(bytes) instanceof ObjectNode object) {
        return object;
      }
      throw new TokenizerException("%s holds no JSON object".formatted(file));
    } catch (JsonProcessingException e) {
      throw new TokenizerException("%s is not valid JSON: %s".formatted(file, Json.reason(e)), e);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }

  /** Makes a tokenizer of the two JSON objects; takes the first apart. */
  static Tokenizer read(ObjectNode definition, ObjectNode config) {
    JsonAt root = new JsonAt(definition, "");
    TokenModel model = TokenModel.parse(root.get("model"));
    List<AddedToken> added = addedTokens(root.get("added_tokens"), model.vocabulary());
    addFromConfig(new JsonAt(config, CONFIG), model.vocabulary(), added);
    ((ObjectNode) definition.get("model")).remove(List.of("vocab", "merges"));
    definition.remove("added_tokens");
    return new Tokenizer(definition, config, model, added);
  }

  private static List<AddedToken> addedTokens(JsonAt json, Vocabulary vocabulary) {
    List<AddedToken> tokens = new ArrayList<>();
    if (json.absent()) {
      return tokens;
    }
    Map<Long, String> seen = new HashMap<>();
    for (JsonAt element : json.elements()) {
      long id = element.get("id").integer();
      if (id < 0 || id > Vocabulary.MAX_ID) {
        throw element.get("id").wrong("an id from 0 to " + Vocabulary.MAX_ID);
      }
      AddedToken token = AddedToken.parse(element, (int) id, false);
      int known = vocabulary.id(token.content());
      String holder = known >= 0 ? null : vocabulary.token((int) id);
      holder = holder == null ? seen.get(id) : holder;
      if (known >= 0 && known != id) {
        throw new TokenizerException(
            "%s.id: \"%s\" has id %d here and %d in model.vocab"
                .formatted(element.path(), token.content(), id, known));
      }
      if (holder != null && !holder.equals(token.content())) {
        throw new TokenizerException(
            "%s.id: id %d of \"%s\" is already that of \"%s\""
                .formatted(element.path(), id, token.content(), holder));
      }
      seen.put(id, token.content());
      tokens.add(token);
    }
    tokens.sort(Comparator.comparingInt(AddedToken::id));
    return tokens;
  }

  /** Adds the tokens that only the configuration names, as transformers does, with the next ids. */
  private static void addFromConfig(JsonAt config, Vocabulary vocabulary, List<AddedToken> added) {
    Set<String> known = new HashSet<>();
    added.forEach(token -> known.add(token.content()));
    List<JsonAt> wanted = new ArrayList<>();
    JsonAt decoder = config.get("added_tokens_decoder");
    if (!decoder.absent()) {
      decoder.node().properties().stream()
          .sorted(Comparator.comparingLong(entry -> idKey(decoder, entry.getKey())))
          .forEach(entry -> wanted.add(decoder.get(entry.getKey())));
    }
    ROLES.forEach(role -> wanted.add(config.get(role)));
    for (String list : List.of("additional_special_tokens", "extra_special_tokens")) {
      if (config.get(list).node().isArray()) {
        wanted.addAll(config.get(list).elements());
      }
    }
    for (JsonAt token : wanted) {
      String content = tokenContent(token);
      if (content != null && !content.isEmpty() && known.add(content)) {
        added.add(newToken(token, content, vocabulary, added));
      }
    }
  }

  private static long idKey(JsonAt decoder, String key) {
    try {
      return Long.parseLong(key);
    } catch (NumberFormatException e) {
      throw new TokenizerException("%s: \"%s\" is no id".formatted(decoder.path(), key), e);
    }
  }

  private static AddedToken newToken(
      JsonAt json, String content, Vocabulary vocabulary, List<AddedToken> added) {
    int id = vocabulary.id(content);
    if (id < 0) {
      id = vocabulary.size();
      for (AddedToken token : added) {
        id = Math.max(id, token.id() + 1);
      }
    }
    return json.node().isObject()
        ? AddedToken.parse(json, id, true)
        : AddedToken.special(content, id);
  }

  /** The text of a token that is given as a string or as an object; null if there is none. */
  static String tokenContent(JsonAt token) {
    if (token.absent()) {
      return null;
    }
    return token.node().isObject() ? token.get("content").string() : token.string();
  }

  /** Writes a tokenizer's two files, each beside its place first. */
  static void save(
      Path folder,
      ObjectNode definition,
      ObjectNode config,
      TokenModel model,
      List<AddedToken> added)
      throws IOException {
    Files.createDirectories(folder);
    Path written = folder.resolve(DEFINITION + ".tmp");
    try (JsonGenerator json =
        JSON.getFactory().createGenerator(written.toFile(), JsonEncoding.UTF8)) {
      json.useDefaultPrettyPrinter();
      writeDefinition(json, definition, model, added);
    }
    Files.move(written, folder.resolve(DEFINITION), StandardCopyOption.REPLACE_EXISTING);
    ObjectNode saved = config.deepCopy();
    if (!saved.has("tokenizer_class")) {
      saved.put("tokenizer_class", "PreTrainedTokenizerFast");
    }
    Path savedConfig = folder.resolve(CONFIG + ".tmp");
    JSON.writerWithDefaultPrettyPrinter().writeValue(savedConfig.toFile(), saved);
    Files.move(savedConfig, folder.resolve(CONFIG), StandardCopyOption.REPLACE_EXISTING);
  }

  /** See {@link Tokenizer#fingerprint}. */
  static String fingerprint(
      ObjectNode definition, ObjectNode config, TokenModel model, List<AddedToken> added) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      OutputStream hashed = new DigestOutputStream(OutputStream.nullOutputStream(), digest);
      try (JsonGenerator json = JSON.getFactory().createGenerator(hashed, JsonEncoding.UTF8)) {
        writeDefinition(json, definition, model, added);
        json.writeTree(config);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (IOException | NoSuchAlgorithmException e) {
      throw new IllegalStateException("cannot hash a tokenizer", e);
    }
  }

  private static void writeDefinition(
      JsonGenerator json, ObjectNode definition, TokenModel model, List<AddedToken> added)
      throws IOException {
    json.writeStartObject();
    json.writeStringField("version", definition.path("version").asText("1.0"));
    for (String name : List.of("truncation", "padding")) {
      json.writeFieldName(name);
      JSON.writeTree(json, definition.path(name).deepCopy());
    }
    json.writeArrayFieldStart("added_tokens");
    for (AddedToken token : added) {
      JSON.writeTree(json, token.toJson());
    }
    json.writeEndArray();
    for (String name : List.of("normalizer", "pre_tokenizer", "post_processor", "decoder")) {
      json.writeFieldName(name);
      JSON.writeTree(json, definition.path(name).deepCopy());
    }
    json.writeObjectFieldStart("model");
    for (Map.Entry<String, JsonNode> field : definition.path("model").properties()) {
      json.writeFieldName(field.getKey());
      JSON.writeTree(json, field.getValue());
    }
    model.writeVocabulary(json);
    json.writeEndObject();
    json.writeEndObject();
  }
}
