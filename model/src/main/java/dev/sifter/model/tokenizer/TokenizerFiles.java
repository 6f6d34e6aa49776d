package dev.sifter.model.tokenizer;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.AtomicFiles;
import dev.sifter.model.FileErrors;
import dev.sifter.model.Hashes;
import dev.sifter.model.Json;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/** Reads and writes the files of a tokenizer. */
final class TokenizerFiles {
  static final String DEFINITION = "tokenizer.json";
  static final String SENTENCE_PIECE = "tokenizer.model";

  /** Several times the largest tokenizer.json that is published. */
  private static final long MAX_BYTES = 256L << 20;

  private static final ObjectMapper JSON = new ObjectMapper();

  private TokenizerFiles() {}

  /** Loads a folder, or one file of any kind. */
  static Tokenizer load(Path path) {
    if (!Files.isDirectory(path)) {
      return loadFile(path, TokenizerConfig.none());
    }
    for (String name : List.of(DEFINITION, SENTENCE_PIECE)) {
      if (Files.exists(path.resolve(name))) {
        return loadFile(path.resolve(name), TokenizerConfig.read(path));
      }
    }
    throw new TokenizerException(
        "%s has neither %s nor %s; a tokenizer is read from one of them"
            .formatted(path, DEFINITION, SENTENCE_PIECE));
  }

  private static Tokenizer loadFile(Path file, TokenizerConfig config) {
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

  /** Reads a JSON object. */
  static ObjectNode readObject(Path file) {
    return parse(file, readBytes(file));
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
      throw FileErrors.because("cannot read " + file, e);
    }
  }

  private static ObjectNode parse(Path file, byte[] bytes) {
    try {
      if (Json.reader().readTree(bytes) instanceof ObjectNode object) {
        return object;
      }
      throw new TokenizerException("%s holds no JSON object".formatted(file));
    } catch (JsonProcessingException e) {
      throw new TokenizerException("%s is not valid JSON: %s".formatted(file, Json.reason(e)), e);
    } catch (IOException e) {
      throw FileErrors.because("cannot read " + file, e);
    }
  }

  /** Makes a tokenizer of its definition, which it takes apart, and its configuration. */
  static Tokenizer read(ObjectNode definition, TokenizerConfig config) {
    JsonAt root = new JsonAt(definition, "");
    TokenModel model = TokenModel.parse(root.get("model"));
    List<AddedToken> added = addedTokens(root.get("added_tokens"), model.vocabulary());
    ((ObjectNode) definition.get("model")).remove(List.of("vocab", "merges"));
    definition.remove("added_tokens");
    return new Tokenizer(definition, config, model, config.added(added, model.vocabulary()));
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

  /**
   * Writes a tokenizer's two files, each beside its place first, and removes the older ones that
   * they replace: left there, they would overrule the new roles.
   */
  static void save(
      Path folder,
      ObjectNode definition,
      TokenizerConfig config,
      TokenModel model,
      List<AddedToken> added) {
    AtomicFiles.write(
        folder.resolve(DEFINITION),
        out -> {
          try (JsonGenerator json = JSON.getFactory().createGenerator(out, JsonEncoding.UTF8)) {
            json.useDefaultPrettyPrinter();
            writeDefinition(json, definition, model, added);
          }
        });
    Json.write(folder.resolve(TokenizerConfig.FILE), config.toJson(added));
    for (String older : TokenizerConfig.OLDER_FILES) {
      try {
        Files.deleteIfExists(folder.resolve(older));
      } catch (IOException e) {
        throw FileErrors.because("cannot remove " + folder.resolve(older), e);
      }
    }
  }

  /** See {@link Tokenizer#fingerprint}. */
  static String fingerprint(
      ObjectNode definition, TokenizerConfig config, TokenModel model, List<AddedToken> added) {
    try {
      MessageDigest digest = Hashes.sha256();
      OutputStream hashed = new DigestOutputStream(OutputStream.nullOutputStream(), digest);
      try (JsonGenerator json = JSON.getFactory().createGenerator(hashed, JsonEncoding.UTF8)) {
        writeDefinition(json, definition, model, added);
        json.writeTree(config.json());
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (IOException e) {
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
