package dev.sifter.train.optim;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WeightDecayTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "model.embed_tokens.weight",
        "lm_head.weight",
        "model.layers.0.self_attn.q_proj.weight",
        "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight",
        "base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight",
        "transformer.h.0.attn.c_attn.weight",
        "model.normaliser.weight"
      })
  void matricesDecay(String name) {
    assertThat(WeightDecay.appliesTo(name)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "model.norm.weight",
        "model.layers.0.input_layernorm.weight",
        "model.layers.0.post_attention_layernorm.weight",
        "model.layers.0.self_attn.q_norm.weight",
        "model.decoder.final_layer_norm.weight",
        "model.layers.0.self_attn.q_proj.bias",
        "transformer.h.11.ln_1.weight",
        "transformer.ln_f.weight",
        "transformer.h.0.ln_attn.weight",
        "base_model.model.transformer.h.0.ln_mlp.weight",
        "gpt_neox.final_layer_norm.bias"
      })
  void normsAndBiasesDoNot(String name) {
    assertThat(WeightDecay.appliesTo(name)).isFalse();
  }
}
