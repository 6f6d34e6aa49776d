package dev.sifter.tests.badinput;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sifter.tests.e2e.TinyModel;
import dev.sifter.train.config.ConfigReader;
import dev.sifter.train.sft.SftConfig;
import dev.sifter.train.sft.SftRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Options of an adapter that are out of range, name nothing, or contradict each other. */
class AdapterChoicesTest {
  @TempDir static Path folder;
  private static Path model;
  private static Path data;

  @BeforeAll
  static void makeModel() {
    model = TinyModel.SMALLEST.write(folder.resolve("model"));
    data = TinyModel.writeConversations(folder.resolve("data.jsonl"), 4);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '"',
      value = {
        "lora_r: 0; lora_r is 0; at least 1",
        "lora_r: 100, init_lora_weights: pissa; a rank of 100; lower lora_r",
        "lora_alpha: 0; lora_alpha is 0; above 0",
        "lora_dropout: 1; lora_dropout is 1; below 1",
        "bias: some; bias is some; none, all, lora_only",
        "init_lora_weights: best; init_lora_weights is 'best'; gaussian",
        "init_lora_weights: pissa_niter_-1; 'pissa_niter_-1'; a number",
        "init_lora_weights: pissa, load_in_4bit: true; pissa changes the base; load_in_4bit",
        "init_lora_weights: orthogonal, lora_r: 3; orthogonal needs an even rank; 3",
        "lora_target_modules: [query]; target_modules [query]; self_attn.q_proj",
        "lora_target_modules: 3; modules are given as 3; all-linear",
        "lora_target_modules: [q_proj, null]; names are given as; text",
        "lora_target_modules: '(q_proj'; (q_proj; regular expression",
        "exclude_modules: [query]; exclude_modules names 'query'; self_attn.q_proj",
        "exclude_modules: '.*query'; exclude_modules names '.*query'; self_attn.q_proj",
        "exclude_modules: all-linear; exclude_modules is all-linear; nothing",
        "exclude_modules: [q_proj, v_proj]; exclude_modules; self_attn.q_proj",
        "layers_to_transform: [2]; layers_to_transform names block 2; 0 to 1",
        "layers_to_transform: [-1]; layers_to_transform names block -1; 0 to 1",
        "layers_to_transform: [0], lora_target_modules: '.*q_proj'; layers_to_transform; list",
        "layers_pattern: [layers]; layers_pattern; layers_to_transform",
        "layers_to_transform: [0], layers_pattern: [h]; layers_to_transform; self_attn.q_proj",
        "rank_pattern: {query: 3}; rank_pattern names 'query'; self_attn.q_proj",
        "rank_pattern: {k_proj: 3}; rank_pattern names 'k_proj'; self_attn.v_proj",
        "rank_pattern: {q_proj: 0}; rank_pattern; at least 1",
        "rank_pattern: {'(': 1}; rank_pattern has '('; regular expression",
        "alpha_pattern: {query: 3}; alpha_pattern names 'query'; self_attn.q_proj",
        "alpha_pattern: {q_proj: -1}; alpha_pattern; above 0",
        "lora_modules_to_save: [query]; modules_to_save names 'query'; model.embed_tokens",
        "trainable_token_indices: [99999]; trainable_token_indices names token 99999; tokens",
        "trainable_token_indices: [1, 1]; trainable_token_indices names token 1 twice; twice",
        "trainable_token_indices: ['<|x|>']; trainable_token_indices names '<|x|>'; add-tokens",
        "trainable_token_indices: {lm_head: [1]}; trainable_token_indices names 'lm_head'; rows",
        "trainable_token_indices: true; trainable_token_indices has true; list",
        "trainable_token_indices: [1.5]; trainable_token_indices has 1.5; list",
        "trainable_token_indices: [1], lora_target_modules: [embed_tokens]; adapts as a whole;"
            + " rows",
        "trainable_token_indices: [1], lora_modules_to_save: [embed_tokens]; trains in full; rows",
        "use_dora: true, lora_bias: true; use_dora and lora_bias; exclude each other",
        "use_dora: true, lora_target_modules: [lm_head], trainable_token_indices: [1];"
            + " use_dora on 'lm_head'; leave it out of target_modules",
        "lora_bias: true, lora_target_modules: [lm_head]; lora_bias cannot be had on 'lm_head';"
            + " leave it out of target_modules",
        "ensure_weight_tying: true, lora_target_modules: [embed_tokens];"
            + " ensure_weight_tying with an adapter on 'model.embed_tokens'; modules_to_save",
        "load_in_4bit: true, use_peft: false; load_in_4bit is true; use_peft",
        "load_in_4bit: true, bnb_4bit_quant_type: fp4; bnb_4bit_quant_type is fp4; nf4",
      })
  void isRefused(String options, String what, String remedy) throws IOException {
    Path file = folder.resolve("run.yaml");
    String use = options.contains("use_peft") ? "" : "use_peft: true, ";
    Files.writeString(
        file,
        "{model_name_or_path: %s, dataset_name: %s, output_dir: %s, device: reference, %s%s}"
            .formatted(model, data, folder.resolve("out"), use, options));
    assertThatThrownBy(
            () -> {
              SftConfig config = ConfigReader.read(file, List.of(), SftConfig.class);
              SftRun.open(config, false).close();
            })
        .isInstanceOf(RuntimeException.class)
        .hasMessageContaining(what)
        .hasMessageContaining(remedy);
  }
}
