package dev.sifter.model.gguf;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.Json;
import dev.sifter.model.ModelException;
import dev.sifter.model.chat.ChatTemplates;
import dev.sifter.model.config.ModelConfig;
import dev.sifter.model.tokenizer.Tokenizer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The tokenizer of a model folder as GGUF's keys. */
final class GgufVocabulary {
  private static final int NORMAL = 1;
  private static final int UNKNOWN = 2;
  private static final int CONTROL = 3;
  private static final int USER_DEFINED = 4;
  private static final int UNUSED = 5;
  private static final int BYTE = 6;

  /** What llama.cpp gives tokens that no merge makes: the last to be tried. */
  private static final float NO_SCORE = -1000;

  private final Path folder;
  private final Path definition;
  private final ModelConfig config;
  private final ObjectNode tokenizer;
  private final ObjectNode options;

  GgufVocabulary(Path folder, ModelConfig config) {
    this.folder = folder;
    this.config = config;
    this.definition = folder.resolve("tokenizer.json");
    this.tokenizer = Json.readObject(definition);
    Path file = folder.resolve("tokenizer_config.json");
    this.options = Files.exists(file) ? Json.readObject(file) : Json.mapper().createObjectNode();
  }

  /**
   * Adds the keys.
   *
   * @throws ModelException if GGUF has no place for this kind of tokenizer
   */
  void addTo(GgufFile file) {
    JsonNode model = tokenizer.path("model");
    boolean byteLevel = tokenizer.path("decoder").toString().contains("ByteLevel");
    boolean pieces = model.path("byte_fallback").asBoolean(false);
    if (!model.path("type").asText("BPE").equals("BPE") || byteLevel == pieces) {
      throw new ModelException(
          definition + ": only BPE, by bytes or with byte fallback, can be exported");
    }
    GgufPreTokenizer preTokenizer = new GgufPreTokenizer(definition, tokenizer);
    String[] tokens = new String[config.vocabSize()];
    int[] types = new int[tokens.length];
    read(model, tokens, types, byteLevel);
    file.string("tokenizer.ggml.model", byteLevel ? "gpt2" : "llama");
    file.string("tokenizer.ggml.pre", byteLevel ? preTokenizer.name() : "default");
    file.strings("tokenizer.ggml.tokens", Arrays.asList(tokens));
    if (!byteLevel) {
      file.float32s("tokenizer.ggml.scores", scores(tokens, types, merges(model)));
    }
    file.int32s("tokenizer.ggml.token_type", types);
    if (byteLevel) {
      file.strings("tokenizer.ggml.merges", merges(model));
    }
    GgufSpecialTokens.of(Tokenizer.load(folder), config, options).addTo(file);
    if (!byteLevel) {
      file.bool("tokenizer.ggml.add_space_prefix", preTokenizer.addsSpace());
    }
    addTemplates(file);
  }

  private void read(JsonNode model, String[] tokens, int[] types, boolean byteLevel) {
    String unknown = model.path("unk_token").asText("");
    for (var entry : model.path("vocab").properties()) {
      int id = entry.getValue().asInt(-1);
      if (id < 0 || id >= tokens.length) {
        throw new ModelException(
            "%s: token %d, but the model has %d".formatted(folder, id, tokens.length));
      }
      String token = entry.getKey();
      boolean isByte = !byteLevel && token.matches("<0x[0-9A-F]{2}>");
      tokens[id] = token;
      types[id] = token.equals(unknown) ? UNKNOWN : isByte ? BYTE : NORMAL;
    }
    for (JsonNode added : tokenizer.path("added_tokens")) {
      int id = added.path("id").asInt();
      if (id < tokens.length) {
        tokens[id] = added.path("content").asText();
        boolean special = added.path("special").asBoolean();
        types[id] = types[id] == UNKNOWN ? UNKNOWN : special ? CONTROL : USER_DEFINED;
      }
    }
    for (int id = 0; id < tokens.length; id++) {
      if (tokens[id] == null) {
        tokens[id] = "[PAD" + id + "]";
        types[id] = UNUSED;
      }
    }
  }

  /**
   * Whoever reads the file merges two pieces to that of the best score first: the one that the
   * first merge makes. Pieces that no merge makes come after them.
   */
  private static float[] scores(String[] tokens, int[] types, List<String> merges) {
    Map<String, Integer> ranks = new HashMap<>();
    for (String merge : merges) {
      ranks.putIfAbsent(merge.replaceFirst(" ", ""), ranks.size());
    }
    float[] scores = new float[types.length];
    int rank = ranks.size();
    boolean pieces = false;
    for (int id = 0; id < types.length; id++) {
      if (types[id] == NORMAL) {
        Integer merged = ranks.get(tokens[id]);
        scores[id] = -(float) (merged != null ? merged : rank++);
        pieces = true;
      } else if (pieces) {
        scores[id] = NO_SCORE;
      }
    }
    return scores;
  }

  private static List<String> merges(JsonNode model) {
    List<String> merges = new ArrayList<>();
    for (JsonNode merge : model.path("merges")) {
      merges.add(
          merge.isArray() ? merge.path(0).asText() + " " + merge.path(1).asText() : merge.asText());
    }
    return merges;
  }

  /** The template for chats, and those of other names. */
  private void addTemplates(GgufFile file) {
    ChatTemplates templates = ChatTemplates.of(folder);
    List<String> others = new ArrayList<>();
    for (String name : templates.names()) {
      String source = templates.named(name).source();
      if (name.equals(ChatTemplates.DEFAULT)) {
        file.string("tokenizer.chat_template", source);
      } else {
        String key = name.replaceAll("[^A-Za-z0-9]", "_");
        file.string("tokenizer.chat_template." + key, source);
        others.add(key);
      }
    }
    if (!others.isEmpty()) {
      file.strings("tokenizer.chat_templates", others);
    }
  }
}
