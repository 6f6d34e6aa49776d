package dev.sifter.train.sft;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sifter.model.lora.LoraConfig;
import dev.sifter.model.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Reads {@code trainable_token_indices}: ids as in PEFT, or tokens as the vocabulary spells them.
 */
final class TrainedTokens {
  private static final String OPTION = "trainable_token_indices";

  private TrainedTokens() {}

  /**
   * Ids by module. A single token is a list of one, as in every option that takes a list.
   *
   * @param option a list, of the embeddings' rows, or lists by module
   * @param tokenizer is asked for where a token is named by its text
   * @throws IllegalArgumentException if it is something else, or a token is not in the vocabulary
   */
  static Map<String, List<Integer>> resolve(JsonNode option, Supplier<Tokenizer> tokenizer) {
    Map<String, List<Integer>> tokens = new LinkedHashMap<>();
    if (option.isObject()) {
      option
          .properties()
          .forEach(entry -> tokens.put(entry.getKey(), ids(entry.getValue(), tokenizer)));
    } else if (!option.isNull()) {
      tokens.put(LoraConfig.EMBEDDINGS, ids(option, tokenizer));
    }
    return tokens;
  }

  private static List<Integer> ids(JsonNode list, Supplier<Tokenizer> tokenizer) {
    if (list.isArray() && list.isEmpty()) {
      throw refusal(list);
    }
    Tokenizer vocabulary = null;
    List<Integer> ids = new ArrayList<>();
    for (JsonNode token : list.isArray() ? list : List.of(list)) {
      if (!token.isInt() && !token.isTextual()) {
        throw refusal(token);
      }
      if (token.isTextual() && vocabulary == null) {
        vocabulary = tokenizer.get();
      }
      int id = token.isInt() ? token.asInt() : id(token.asText(), vocabulary);
      if (ids.contains(id)) {
        throw new IllegalArgumentException("%s names token %d twice".formatted(OPTION, id));
      }
      ids.add(id);
    }
    return ids;
  }

  private static int id(String token, Tokenizer vocabulary) {
    return vocabulary
        .id(token)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "%s names '%s', which is no token of the model; add it with sifter add-tokens"
                        .formatted(OPTION, token)));
  }

  private static IllegalArgumentException refusal(JsonNode value) {
    return new IllegalArgumentException(
        "%s has %s; it must be a list of ids or tokens, or such lists by module"
            .formatted(OPTION, value));
  }
}
