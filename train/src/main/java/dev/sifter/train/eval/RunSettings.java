package dev.sifter.train.eval;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.Hashes;
import dev.sifter.model.chat.ChatTemplate;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.ModelFolder;
import dev.sifter.model.tokenizer.SpecialTokens;
import dev.sifter.model.tokenizer.Tokenizer;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What figures depend on, under the harness's names where it has them. Its versions of Python's
 * libraries have no counterpart and are left out.
 */
record RunSettings(
    Decoder decoder, Tokenizer tokenizer, ChatTemplate template, EvalOptions options) {
  private static final String SOURCE = "sifter";

  /** Whose rules the figures follow; others score the same benchmarks otherwise. */
  private static final String SCORING = "lm-evaluation-harness 0.4.13";

  /**
   * The settings of one evaluation.
   *
   * @param invocation null if the run was not started from the command line
   * @param modelIdentity hash of its files; null if it was not taken
   */
  ObjectNode json(Invocation invocation, String modelIdentity, int maxLength, Instant start) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("model", SOURCE);
    if (invocation != null) {
      invocation.addTo(json);
    }
    json.put("model_num_parameters", decoder.parameterCount());
    json.put("model_dtype", ModelFolder.typeName(decoder.parameters().activationType()));
    json.put("device", decoder.backend().name());
    boolean unbounded = options.maxBatchSize() == Integer.MAX_VALUE;
    json.put("batch_size", unbounded ? "auto" : String.valueOf(options.maxBatchSize()));
    json.put("limit", options.limit() == 0 ? null : options.limit());
    json.put("scoring", SCORING);
    json.put("predict_only", options.predictOnly());
    json.put("bootstrap_iters", options.bootstrapIterations());
    json.put("fewshot_seed", options.fewshotSeed());
    json.put("model_sha256", modelIdentity);
    json.put("model_source", SOURCE);
    String modelName = invocation == null ? null : invocation.modelName();
    json.put("model_name", modelName);
    json.put("model_name_sanitized", modelName == null ? null : sanitized(modelName));
    json.put("date", start.toEpochMilli() / 1000.0);
    json.put("pretty_env_info", environment());
    putTokenizer(json, maxLength);
    putConversation(json);
    return json;
  }

  /** As the harness makes a folder's name of a model's. */
  private static String sanitized(String modelName) {
    return modelName.replaceAll("[\"<>:/|\\\\?*\\[\\]]+", "__");
  }

  private static String environment() {
    return "JDK %s, %s %s, %d cores"
        .formatted(
            Runtime.version(),
            System.getProperty("os.name"),
            System.getProperty("os.arch"),
            Runtime.getRuntime().availableProcessors());
  }

  private void putTokenizer(ObjectNode json, int maxLength) {
    SpecialTokens tokens = tokenizer.specialTokens();
    putToken(json, "tokenizer_pad_token", tokens.pad(), tokenizer.padId());
    putToken(json, "tokenizer_eos_token", tokens.eos(), tokenizer.eosId());
    putToken(json, "tokenizer_bos_token", tokens.bos(), tokenizer.bosId());
    OptionalInt eos = tokenizer.eosId();
    json.put("eot_token_id", eos.isPresent() ? eos.getAsInt() : null);
    json.put("max_length", maxLength);
  }

  /** Text and id; the id of a token that there is not is Python's None. */
  private static void putToken(
      ObjectNode json, String key, Optional<SpecialTokens.Token> token, OptionalInt id) {
    json.putArray(key)
        .add(token.map(SpecialTokens.Token::content).orElse(null))
        .add(id.isPresent() ? String.valueOf(id.getAsInt()) : "None");
  }

  private void putConversation(ObjectNode json) {
    String system = options.systemInstruction().isEmpty() ? null : options.systemInstruction();
    String source = template == null ? null : template.source();
    json.put("system_instruction", system);
    json.put("system_instruction_sha", system == null ? null : Hashes.sha256(system));
    json.put("fewshot_as_multiturn", options.fewshotAsMultiturn());
    json.put("chat_template", source);
    json.put("chat_template_sha", source == null ? null : Hashes.sha256(source));
  }
}
