package dev.sifter.model.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.engine.backend.ActivationKind;
import dev.sifter.model.Json;
import dev.sifter.model.ModelException;
import dev.sifter.model.config.ModelConfig.Mixer;
import dev.sifter.model.config.ModelConfig.QueryKeyNorm;
import dev.sifter.model.config.RopeConfig.Scaling;
import dev.sifter.model.config.WeightNames.Module;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Defaults and spellings of config.json, as transformers reads them. */
class ModelConfigReaderTest {
  private static ObjectNode minimal(String family) {
    return Json.mapper()
        .createObjectNode()
        .put("model_type", family)
        .put("vocab_size", 100)
        .put("hidden_size", 64)
        .put("intermediate_size", 128)
        .put("num_hidden_layers", 4)
        .put("num_attention_heads", 8);
  }

  @Test
  void defaultsOfLlama() {
    ModelConfig config = ModelConfigReader.read(minimal("llama"));
    assertThat(config.attention().kvHeads()).isEqualTo(8);
    assertThat(config.attention().headDim()).isEqualTo(8);
    assertThat(config.attention().queryWidth()).isEqualTo(64);
    assertThat(config.mlp().activation()).isEqualTo(ActivationKind.SILU);
    assertThat(config.norm().epsilon()).isEqualTo(1e-6);
    assertThat(config.tieWordEmbeddings()).isFalse();
    assertThat(rope(config)).isEqualTo(new RopeConfig(10_000, 8, false, false, new Scaling.None()));
    assertThat(config.numHiddenLayers()).isEqualTo(4);
    assertThat(config.tokenIds()).isEqualTo(new ModelConfig.TokenIds(-1, List.of(), -1));
  }

  @ParameterizedTest
  @CsvSource({
    "llama,false,false,false,8",
    "mistral,false,false,false,8",
    "qwen2,true,false,false,8",
    "qwen3,false,false,true,128"
  })
  void familiesDiffer(
      String family, boolean qkvBias, boolean outputBias, boolean queryKeyNorm, int headDim) {
    ModelConfig config = ModelConfigReader.read(minimal(family));
    assertThat(config.attention().queryKeyValueBias()).isEqualTo(qkvBias);
    assertThat(config.attention().outputBias()).isEqualTo(outputBias);
    assertThat(config.attention().queryKeyNorm())
        .isEqualTo(queryKeyNorm ? QueryKeyNorm.HEAD : QueryKeyNorm.NONE);
    assertThat(config.attention().headDim()).isEqualTo(headDim);
  }

  private static RopeConfig rope(ModelConfig config) {
    return config.layers().getFirst().rope();
  }

  /** An entry that names an option, module or kind that there is not fails here. */
  @Test
  void everyFamilyIsComplete() {
    for (String family : Family.all()) {
      ObjectNode json = minimal(family).put("ffn_dim", 128).put("head_dim", 8);
      json.put("num_key_value_heads", 4);
      json.put("n_embd", 64).put("n_layer", 4).put("n_head", 8).put("rotary_dim", 8);
      json.put("num_layers", 4).put("num_heads", 8);
      if (family.equals("granitemoehybrid")) {
        json.put("num_local_experts", 0);
        json.putArray("layer_types").addAll(Collections.nCopies(4, json.textNode("attention")));
      }
      if (family.equals("gpt_neo")) {
        json.putArray("attention_types").addArray().add(json.arrayNode().add("local")).add(4);
      }
      ModelConfig config = ModelConfigReader.read(json);
      assertThat(config.modelType()).isEqualTo(family);
      assertThat(config.layers()).hasSize(4);
      assertThat(config.loraTargets()).isNotEmpty();
      assertThat(config.names().has(Module.EMBEDDING)).isTrue();
      assertThat(Family.of(json).architecture()).containsPattern("ForCausalLM$|LMHeadModel$");
    }
  }

  /** Switches of the reference that would change the result, and that nothing here computes. */
  @ParameterizedTest
  @CsvSource({
    "stablelm,qk_layernorm",
    "gpt_bigcode,add_cross_attention",
    "cohere,use_qk_norm",
    "falcon,alibi"
  })
  void whatAFamilyCannotDoIsRefused(String family, String key) {
    ObjectNode json = minimal(family).put("n_embd", 64).put("n_layer", 4).put("n_head", 8);
    json.put("num_key_value_heads", 4);
    ModelConfigReader.read(json.put(key, false));
    assertThatThrownBy(() -> ModelConfigReader.read(json.put(key, true)))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("'" + key + "' is true; for " + family + " only [false,null]");
  }

  @ParameterizedTest
  @CsvSource({"falcon,n_embed,64", "gptj,rope_scaling,{}"})
  void whatAFamilyNeverHasIsRefused(String family, String key, String value) throws Exception {
    ObjectNode json = minimal(family).put("n_embd", 64).put("n_layer", 4).put("n_head", 8);
    ModelConfigReader.read(json.put("rotary_dim", 8).putNull(key));
    json.set(key, Json.mapper().readTree(value));
    assertThatThrownBy(() -> ModelConfigReader.read(json))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("'%s' is %s; for %s only [null]".formatted(key, value, family));
  }

  /** A config.json of Falcon says which norms there are, and how many keys. */
  @Test
  void variantsOfAFamily() {
    ModelConfig shared = ModelConfigReader.read(minimal("falcon"));
    assertThat(shared.attention().kvHeads()).isEqualTo(1);
    assertThat(shared.residual().parallel()).isTrue();
    assertThat(shared.names().has(Module.MLP_NORM)).isFalse();

    ObjectNode serial = minimal("falcon").put("multi_query", false).put("parallel_attn", false);
    assertThat(ModelConfigReader.read(serial).attention().kvHeads()).isEqualTo(8);
    assertThat(ModelConfigReader.read(serial).residual().parallel()).isFalse();
    assertThat(ModelConfigReader.read(serial).names().path(0, Module.MLP_NORM))
        .isEqualTo("transformer.h.0.post_attention_layernorm");

    ObjectNode later = minimal("falcon").put("new_decoder_architecture", true);
    later.put("num_kv_heads", 2);
    assertThat(ModelConfigReader.read(later).attention().kvHeads()).isEqualTo(2);
    assertThat(ModelConfigReader.read(later).names().path(0, Module.MLP_NORM))
        .isEqualTo("transformer.h.0.ln_mlp");
    later.put("num_ln_in_parallel_attn", 1);
    assertThat(ModelConfigReader.read(later).names().has(Module.MLP_NORM)).isFalse();
    assertThatThrownBy(() -> ModelConfigReader.read(later.put("parallel_attn", false)))
        .isInstanceOf(ModelException.class)
        .hasMessage("'parallel_attn' is false; for falcon only [true,null] is supported");
  }

  /** Of Granite 4.0 those without experts and without Mamba's layers are known. */
  @Test
  void attentionInAllLayersOrNone() {
    ObjectNode json = minimal("granitemoehybrid");
    assertThatThrownBy(() -> ModelConfigReader.read(json))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("'num_local_experts' is missing; for granitemoehybrid only [0]");
    json.put("num_local_experts", 0);
    assertThatThrownBy(() -> ModelConfigReader.read(json))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("layer type 'linear_attention' is not supported");
    json.putArray("layer_types").addAll(Collections.nCopies(4, json.textNode("attention")));
    assertThat(rope(ModelConfigReader.read(json))).isNull();
    json.put("position_embedding_type", "rope");
    assertThat(rope(ModelConfigReader.read(json)).theta()).isEqualTo(10_000);
    json.putArray("layer_types").addAll(Collections.nCopies(4, json.textNode("mamba")));
    assertThatThrownBy(() -> ModelConfigReader.read(json))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("layer type 'mamba' is not supported");
  }

  @ParameterizedTest
  @CsvSource({"hidden_dropout,0.1", "attention_dropout,0.1", "num_ln_in_parallel_attn,2"})
  void numbersThatAFamilyCannotHaveAreRefused(String key, double value) {
    ObjectNode json = minimal("falcon").put(key, value);
    assertThatThrownBy(() -> ModelConfigReader.read(json))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("'" + key + "' is " + value + "; for falcon only [");
  }

  /** GPT-J counts the elements of a head that it rotates. */
  @Test
  void rotatedElementsByNumber() {
    ObjectNode json = minimal("gptj").put("n_embd", 64).put("n_layer", 4).put("n_head", 8);
    RopeConfig rope = rope(ModelConfigReader.read(json.put("rotary_dim", 6)));
    assertThat(rope).isEqualTo(new RopeConfig(10_000, 6, true, false, new Scaling.None()));
    assertThatThrownBy(() -> ModelConfigReader.read(json.put("rotary_dim", 64)))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("turn 64 of a head's 8 elements");
  }

  @Test
  void quartersOfTheHeads() {
    ObjectNode json = minimal("codegen").put("n_embd", 60).put("n_layer", 4).put("rotary_dim", 8);
    ModelConfigReader.read(json.put("n_head", 4));
    assertThatThrownBy(() -> ModelConfigReader.read(json.put("n_head", 6)))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("'n_head' is 6, but must be a multiple of 4");
  }

  @Test
  void attentionBiasOfLlamaIsOnAllFourProjections() {
    ModelConfig config = ModelConfigReader.read(minimal("llama").put("attention_bias", true));
    assertThat(config.attention().queryKeyValueBias()).isTrue();
    assertThat(config.attention().outputBias()).isTrue();
  }

  @Test
  void slidingWindows() {
    ObjectNode mistral = minimal("mistral").put("sliding_window", 16);
    assertThat(ModelConfigReader.read(mistral).layers())
        .allSatisfy(layer -> assertThat(layer.slidingWindow()).isEqualTo(16));
    assertThat(ModelConfigReader.read(mistral.putNull("sliding_window")).layers())
        .allSatisfy(layer -> assertThat(layer.slidingWindow()).isZero());

    ObjectNode qwen = minimal("qwen2").put("sliding_window", 16).put("max_window_layers", 3);
    assertThat(windows(qwen)).containsExactly(0, 0, 0, 0);
    qwen.put("use_sliding_window", true);
    assertThat(windows(qwen)).containsExactly(0, 0, 0, 16);
    qwen.putArray("layer_types")
        .add("sliding_attention")
        .add("full_attention")
        .add("sliding_attention")
        .add("full_attention");
    assertThat(windows(qwen)).containsExactly(16, 0, 16, 0);
  }

  /** GPT-Neo's [[types], times]; as many times as there are layers for, whatever it says. */
  @Test
  void layersInRuns() {
    ObjectNode json = minimal("gpt_neo").put("num_layers", 4).put("num_heads", 8);
    ArrayNode run = json.putArray("attention_types").addArray();
    run.addArray().add("global").add("local");
    run.add(Integer.MAX_VALUE);
    assertThat(windows(json)).containsExactly(0, 256, 0, 256);
    run.set(1, 1);
    assertThatThrownBy(() -> ModelConfigReader.read(json))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("'attention_types' names 2 layers, but there are 4");
  }

  private static List<Integer> windows(ObjectNode json) {
    return ModelConfigReader.read(json).layers().stream()
        .map(ModelConfig.Layer::slidingWindow)
        .toList();
  }

  @Test
  void endTokensAreOneOrSeveral() {
    ObjectNode json = minimal("llama").put("eos_token_id", 2).put("bos_token_id", 1);
    assertThat(ModelConfigReader.read(json).tokenIds())
        .isEqualTo(new ModelConfig.TokenIds(1, List.of(2), -1));
    json.putArray("eos_token_id").add(2).add(5);
    assertThat(ModelConfigReader.read(json).tokenIds().eos()).containsExactly(2, 5);
  }

  @Test
  void bothSpellingsOfRopeMeanTheSame() {
    ObjectNode old = minimal("llama").put("rope_theta", 500_000.0);
    old.putObject("rope_scaling")
        .put("type", "llama3")
        .put("factor", 8)
        .put("low_freq_factor", 1)
        .put("high_freq_factor", 4)
        .put("original_max_position_embeddings", 8192);
    ObjectNode now = minimal("llama");
    now.putObject("rope_parameters")
        .put("rope_type", "llama3")
        .put("rope_theta", 500_000.0)
        .put("factor", 8)
        .put("low_freq_factor", 1)
        .put("high_freq_factor", 4)
        .put("original_max_position_embeddings", 8192);
    assertThat(rope(ModelConfigReader.read(old)))
        .isEqualTo(rope(ModelConfigReader.read(now)))
        .isEqualTo(new RopeConfig(500_000, 8, false, false, new Scaling.Llama3(8, 1, 4, 8192)));
  }

  /** Most families of transformers ignore the key, and fail where angles are scaled as well. */
  @Test
  void partialRotationIsTheFamilysToOffer() {
    ObjectNode phi = minimal("phi3").put("partial_rotary_factor", 0.5);
    assertThat(rope(ModelConfigReader.read(phi)).rotaryDim()).isEqualTo(4);
    assertRefused(phi.put("partial_rotary_factor", 0.4), "3 of a head's 8 elements");
    assertRefused(phi.put("partial_rotary_factor", 2), "16 of a head's 8 elements");
    ObjectNode llama = minimal("llama").put("partial_rotary_factor", 0.5);
    assertThat(rope(ModelConfigReader.read(llama)).rotaryDim()).isEqualTo(8);
    llama.putObject("rope_scaling").put("type", "linear").put("factor", 2);
    assertRefused(llama, "partial_rotary_factor", "0.5", "'linear'", "whole heads");
  }

  private static void assertRefused(ObjectNode json, String... parts) {
    assertThatThrownBy(() -> ModelConfigReader.read(json))
        .isInstanceOf(ModelException.class)
        .hasMessageContainingAll(parts);
  }

  /** transformers divides by them. */
  @Test
  void divisorsOfNothingAreRefused() {
    ObjectNode gemma = minimal("gemma2").put("head_dim", 8);
    assertRefused(
        gemma.put("final_logit_softcapping", 0), "'final_logit_softcapping' is 0", "be positive");
    gemma.putNull("final_logit_softcapping").put("attn_logit_softcapping", -50.0);
    assertRefused(gemma, "'attn_logit_softcapping' is -50.0", "be positive");
    gemma.putNull("attn_logit_softcapping").put("query_pre_attn_scalar", 0);
    assertRefused(gemma, "'query_pre_attn_scalar' is 0", "be positive");
    assertRefused(minimal("granite").put("logits_scaling", 0), "'logits_scaling' is 0");
  }

  @ParameterizedTest
  @ValueSource(doubles = {-0.1, 1, 1.5})
  void dropoutOfAllOrLessThanNothingIsRefused(double share) {
    assertRefused(
        minimal("llama").put("attention_dropout", share),
        "'attention_dropout' is " + share,
        "at least 0 and below 1");
  }

  @Test
  void anglesThatMakeNoSenseAreRefused() {
    assertRefused(minimal("llama").put("rope_theta", 0), "'rope_theta' must be positive", "0.0");
    ObjectNode json = minimal("llama");
    ObjectNode yarn = json.putObject("rope_scaling").put("type", "yarn").put("factor", 0);
    assertRefused(json, "'factor' must be positive", "0.0");
    yarn.put("factor", 4).put("beta_fast", -1);
    assertRefused(json, "'beta_fast' must be positive", "-1.0");
    yarn.put("beta_fast", "32");
    assertRefused(json, "'beta_fast' must be a number", "\"32\"");
    yarn.putNull("beta_fast").put("original_max_position_embeddings", 0);
    assertRefused(json, "original_max_position_embeddings", "positive integer", "0");
    yarn.put("original_max_position_embeddings", 64).put("attention_factor", 0);
    assertRefused(json, "'attention_factor' must be positive");
    ObjectNode longRope = json.putObject("rope_scaling").put("type", "longrope");
    longRope.putArray("short_factor").add(1).add(0).add(1).add(1);
    assertRefused(json, "'short_factor' must hold positive numbers", "[1.0, 0.0, 1.0, 1.0]");
  }

  /** The attention factor of YaRN's paper: 0.1 ln(factor) + 1. */
  @Test
  void yarnDefaults() {
    ObjectNode json = minimal("llama").put("max_position_embeddings", 4096);
    json.putObject("rope_scaling")
        .put("rope_type", "yarn")
        .put("factor", 4)
        .put("original_max_position_embeddings", 1024);
    Scaling.Yarn yarn = (Scaling.Yarn) rope(ModelConfigReader.read(json)).scaling();
    assertThat(yarn.attentionFactor()).isCloseTo(0.1 * Math.log(4) + 1, within(1e-15));
    assertThat(yarn.betaFast()).isEqualTo(32);
    assertThat(yarn.betaSlow()).isEqualTo(1);
    assertThat(yarn.originalMaxPositions()).isEqualTo(1024);
    assertThat(yarn.truncate()).isTrue();
  }

  /** What is of a mixer is of the blocks that have it, and the family's names are told apart. */
  @Test
  void someBlocksConvolve() {
    ObjectNode json = minimal("lfm2");
    json.putArray("full_attn_idxs").add(1);
    ModelConfig config = ModelConfigReader.read(json);
    assertThat(config.layers())
        .extracting(ModelConfig.Layer::mixer)
        .containsExactly(Mixer.CONVOLUTION, Mixer.ATTENTION, Mixer.CONVOLUTION, Mixer.CONVOLUTION);
    assertThat(config.has(1, Module.QUERY)).isTrue();
    assertThat(config.has(1, Module.CONVOLUTION)).isFalse();
    assertThat(config.has(2, Module.QUERY)).isFalse();
    assertThat(config.has(2, Module.UP)).isTrue();
    assertThat(config.names().isOfMlp("model.layers.2.feed_forward.w3")).isTrue();
    assertThat(config.names().isOfMlp("model.layers.2.conv.in_proj")).isFalse();
  }

  @Test
  void onlySomeFamiliesConvolve() {
    ObjectNode json = minimal("mistral");
    json.putArray("layer_types").add("conv").add("conv").add("conv").add("conv");
    assertRefused(json, "layer type 'conv' is not supported");
  }

  /** Under the key that says so already, else the other would be believed. */
  @Test
  void aHeadOfItsOwnIsWrittenWhereItIsRead() {
    ObjectNode json = minimal("lfm2").put("tie_embedding", true);
    ModelConfig untied = ModelConfigReader.read(json).untied();
    assertThat(untied.tieWordEmbeddings()).isFalse();
    assertThat(untied.json().path("tie_embedding").asBoolean(true)).isFalse();
    assertThat(untied.json().has("tie_word_embeddings")).isFalse();
  }
}
