package dev.sifter.model.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.Json;
import dev.sifter.model.config.ModelConfig;
import dev.sifter.model.config.ModelConfigReader;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Which layers are adapted, with which rank and scale, by PEFT's rules. */
class LoraSelectionTest {
  private static final String Q = "model.layers.1.self_attn.q_proj";
  private static final String UP = "model.layers.0.mlp.up_proj";

  private static ModelConfig model(boolean tied) {
    ObjectNode json =
        Json.mapper()
            .createObjectNode()
            .put("model_type", "llama")
            .put("vocab_size", 10)
            .put("hidden_size", 8)
            .put("intermediate_size", 8)
            .put("num_hidden_layers", 2)
            .put("num_attention_heads", 2)
            .put("tie_word_embeddings", tied);
    return ModelConfigReader.read(json);
  }

  private static LoraSelection selection(LoraConfig config) {
    return new LoraSelection(config, model(false));
  }

  private static LoraConfig config(
      TargetModules targets,
      TargetModules excluded,
      List<Integer> layers,
      List<String> saved,
      LoraConfig.Bias bias) {
    return LoraConfig.builder()
        .loraAlpha(16)
        .targetModules(targets)
        .excludeModules(excluded)
        .layersToTransform(layers)
        .modulesToSave(saved)
        .bias(bias)
        .build();
  }

  private static TargetModules suffixes(String... names) {
    return new TargetModules.Suffixes(List.of(names));
  }

  @Test
  void queryAndValueByDefault() {
    LoraSelection selection = selection(LoraConfig.defaults());
    assertThat(selection.isAdapted(Q)).isTrue();
    assertThat(selection.isAdapted("model.layers.0.self_attn.v_proj")).isTrue();
    assertThat(selection.isAdapted("model.layers.0.self_attn.k_proj")).isFalse();
    assertThat(selection.isAdapted(UP)).isFalse();
  }

  @Test
  void suffixesAreWholeNames() {
    LoraSelection selection =
        selection(config(suffixes("proj", "up_proj"), null, null, List.of(), LoraConfig.Bias.NONE));
    assertThat(selection.isAdapted(UP)).isTrue();
    assertThat(selection.isAdapted(Q)).isFalse();
  }

  @Test
  void expressionsMatchWholePaths() {
    TargetModules regex = new TargetModules.Regex(Pattern.compile(".*\\.1\\..*_proj"));
    LoraSelection selection = selection(config(regex, null, null, List.of(), LoraConfig.Bias.NONE));
    assertThat(selection.isAdapted(Q)).isTrue();
    assertThat(selection.isAdapted(UP)).isFalse();
    assertThat(selection.isAdapted(Q + "x")).isFalse();
  }

  @Test
  void exclusionsAndBlockNumbersNarrow() {
    LoraSelection selection =
        selection(
            config(
                new TargetModules.AllLinear(),
                suffixes("up_proj"),
                List.of(1),
                List.of("down_proj"),
                LoraConfig.Bias.NONE));
    assertThat(selection.isAdapted(Q)).isTrue();
    assertThat(selection.isAdapted(Q.replace(".1.", ".0."))).isFalse();
    assertThat(selection.isAdapted("model.layers.1.mlp.up_proj")).isFalse();
    assertThat(selection.isAdapted("model.layers.1.mlp.down_proj")).isFalse();
    assertThat(selection.trainsBaseWeight("model.layers.1.mlp.down_proj.weight")).isTrue();
  }

  @Test
  void biases() {
    for (LoraConfig.Bias bias : LoraConfig.Bias.values()) {
      LoraSelection selection = selection(config(suffixes("q_proj"), null, null, List.of(), bias));
      assertThat(selection.trainsBaseWeight(Q + ".bias")).isEqualTo(bias != LoraConfig.Bias.NONE);
      assertThat(selection.trainsBaseWeight(UP + ".bias")).isEqualTo(bias == LoraConfig.Bias.ALL);
      assertThat(selection.trainsBaseWeight(Q + ".weight")).isFalse();
    }
  }

  /** What PEFT 0.21 trains of a GPT-2 of one block, whose norms have biases too. */
  @Test
  void biasesOfNormsAreOfNoAdapter() {
    ObjectNode gpt2 =
        Json.mapper()
            .createObjectNode()
            .put("model_type", "gpt2")
            .put("vocab_size", 10)
            .put("n_embd", 8)
            .put("n_layer", 1)
            .put("n_head", 2)
            .put("n_positions", 16);
    LoraSelection selection =
        new LoraSelection(
            config(new TargetModules.AllLinear(), null, null, List.of(), LoraConfig.Bias.LORA_ONLY),
            ModelConfigReader.read(gpt2));
    assertThat(
            Stream.of("ln_1", "attn.c_attn", "attn.c_proj", "ln_2", "mlp.c_fc", "mlp.c_proj")
                .filter(name -> selection.trainsBaseWeight("transformer.h.0." + name + ".bias")))
        .containsExactly("attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj");
    assertThat(selection.trainsBaseWeight("transformer.ln_f.bias")).isFalse();
  }

  @Test
  void aHeadThatIsTrainedInFullIsUntied() {
    LoraConfig saved =
        config(suffixes("q_proj"), null, null, List.of("lm_head"), LoraConfig.Bias.NONE);
    assertThat(selection(saved).trainsBaseWeight("lm_head.weight")).isTrue();
    assertThat(selection(saved).unties()).isFalse();
    assertThat(new LoraSelection(saved, model(true)).unties()).isTrue();
    LoraConfig tied = saved.toBuilder().ensureWeightTying(true).build();
    LoraSelection selection = new LoraSelection(tied, model(true));
    assertThat(selection.unties()).isFalse();
    assertThat(selection.trainsBaseWeight("model.embed_tokens.weight")).isTrue();
  }

  @Test
  void onlyAllLinearLeavesEmbeddingsAndHeadOut() {
    LoraSelection all =
        selection(
            config(new TargetModules.AllLinear(), null, null, List.of(), LoraConfig.Bias.NONE));
    assertThat(all.isAdapted("lm_head")).isFalse();
    assertThat(all.isAdapted("model.embed_tokens")).isFalse();
    LoraSelection named =
        selection(
            config(
                suffixes("lm_head", "embed_tokens"), null, null, List.of(), LoraConfig.Bias.NONE));
    assertThat(named.isAdapted("lm_head")).isTrue();
    assertThat(named.isAdapted("model.embed_tokens")).isTrue();
  }

  /** As in PEFT, block numbers narrow suffixes, not modules that are named whole. */
  @Test
  void modulesNamedWholeAreAdaptedInAnyBlock() {
    LoraSelection selection =
        selection(
            config(suffixes(UP, "q_proj"), null, List.of(1), List.of(), LoraConfig.Bias.NONE));
    assertThat(selection.isAdapted(UP)).isTrue();
    assertThat(selection.isAdapted(Q)).isTrue();
    assertThat(selection.isAdapted(Q.replace(".1.", ".0."))).isFalse();
  }

  @Test
  void ranksAndScalesByPattern() {
    LoraConfig config =
        LoraConfig.builder()
            .loraAlpha(16)
            .rankPattern(Map.of("layers\\.1\\..*q_proj", 2))
            .alphaPattern(Map.of("up_proj", 4.0))
            .build();
    assertThat(config.rank(Q)).isEqualTo(2);
    assertThat(config.scale(Q)).isEqualTo(8);
    assertThat(config.rank(UP)).isEqualTo(8);
    assertThat(config.scale(UP)).isEqualTo(0.5f);
  }

  @Test
  void rankStabilisedScale() {
    LoraConfig config = LoraConfig.builder().loraAlpha(16).useRslora(true).build();
    assertThat((double) config.scale(Q)).isCloseTo(16 / Math.sqrt(8), within(1e-6));
  }

  /** PEFT takes the end of a path, whatever stands before it, for what is saved. */
  @Test
  void modulesToSaveAreNamedByAnEnd() {
    LoraSelection norms =
        selection(config(suffixes("q_proj"), null, null, List.of("norm"), LoraConfig.Bias.NONE));
    assertThat(norms.trainsBaseWeight("model.norm.weight")).isTrue();
    assertThat(norms.trainsBaseWeight("model.layers.0.input_layernorm.weight")).isTrue();
    assertThat(norms.trainsBaseWeight("lm_head.weight")).isFalse();
    LoraSelection mlp =
        selection(config(suffixes("q_proj"), null, null, List.of("0.mlp"), LoraConfig.Bias.NONE));
    assertThat(mlp.trainsBaseWeight(UP + ".weight")).isTrue();
    assertThat(mlp.trainsBaseWeight("model.layers.1.mlp.up_proj.weight")).isFalse();
  }
}
