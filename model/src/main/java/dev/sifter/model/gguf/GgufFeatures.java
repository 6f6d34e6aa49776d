package dev.sifter.model.gguf;

import dev.sifter.model.config.ModelConfig;
import dev.sifter.model.config.ModelConfig.Mixer;
import dev.sifter.model.config.RopeConfig;
import dev.sifter.model.config.RopeConfig.Scaling;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * What can be different in a decoder, by the names of {@code families.json}: numbers, flags, words,
 * and for what differs from layer to layer a list of flags. The implementations in llama.cpp have
 * most of it fixed, and read some of it from the file.
 */
final class GgufFeatures {
  private final ModelConfig config;
  private final Map<String, Object> values = new LinkedHashMap<>();

  private GgufFeatures(ModelConfig config) {
    this.config = config;
    addBlock();
    addAttention();
    addLayers();
  }

  /** Features by name. */
  static Map<String, Object> of(ModelConfig config) {
    return new GgufFeatures(config).values;
  }

  /** The angles of layers that see the whole context, or of all, where there is none; or null. */
  static RopeConfig rope(ModelConfig config) {
    return config.layers().stream()
        .filter(layer -> layer.slidingWindow() == 0)
        .map(ModelConfig.Layer::rope)
        .filter(Objects::nonNull)
        .findFirst()
        .orElseGet(
            () ->
                config.layers().stream()
                    .map(ModelConfig.Layer::rope)
                    .filter(Objects::nonNull)
                    .findFirst()
                    .orElse(null));
  }

  private void addBlock() {
    ModelConfig.Norm norm = config.norm();
    put("norm", norm.layer() ? "layer" : "rms");
    put("norm_weight", norm.weight());
    put("norm_bias", norm.layer() && norm.bias());
    put("norm_first", norm.first());
    put("parallel_residual", config.residual().parallel());
    put("residual_scale", config.residual().scale());
    put("embedding_scale", config.embeddings().scale());
    put("logits_scale", config.head().scale());
    put("logits_divisor", 1 / config.head().scale());
    put("logits_softcap", config.head().softcap());
    put("head_bias", config.head().bias());
    put("activation", config.mlp().activation().name().toLowerCase(Locale.ROOT));
    put("mlp_bias", config.mlp().bias());
  }

  private void addAttention() {
    ModelConfig.Attention attention = config.attention();
    put("qkv_bias", attention.queryKeyValueBias());
    put("attention_output_bias", attention.outputBias());
    put("qkv_clip", attention.clip());
    put("query_key_norm", attention.queryKeyNorm().name().toLowerCase(Locale.ROOT));
    put("query_key_norm_after_rope", attention.normsRotated());
    put("head_dim", (double) attention.headDim());
    if (attention.queryKeyValueBias()) {
      put("biased_head_dim", (double) attention.headDim());
    }
    put("attention_scale", attention.scale());
    put("attention_scale_by_depth", attention.scaledByDepth());
    put("attention_softcap", attention.softcap());
  }

  private void addLayers() {
    List<ModelConfig.Layer> layers = config.layers();
    put("full_layers", (double) layers.stream().filter(l -> l.slidingWindow() == 0).count());
    put(
        "convolving_layers",
        (double) layers.stream().filter(l -> l.mixer() == Mixer.CONVOLUTION).count());
    put("convolution_taps", config.convolution().taps());
    put("sliding_layers", layers.stream().map(layer -> layer.slidingWindow() > 0).toList());
    put("rotating_layers", layers.stream().map(layer -> layer.rope() != null).toList());
    layers.stream()
        .filter(layer -> layer.slidingWindow() > 0)
        .findFirst()
        .ifPresent(layer -> addWindow(layer.slidingWindow(), layer.rope()));
    RopeConfig rope = rope(config);
    put("rotary_dim", rope == null ? 0.0 : rope.rotaryDim());
    if (rope != null) {
      put("rope_scaling", scaling(rope.scaling()));
    }
  }

  private void addWindow(int window, RopeConfig local) {
    put("sliding_window", window);
    if (local != null) {
      put("local_rope_theta", local.theta());
    }
  }

  /** The kind of a scaling; YaRN's has parameters that a GGUF file of a text model does not say. */
  private static String scaling(Scaling scaling) {
    return switch (scaling) {
      case Scaling.None none -> "none";
      case Scaling.Linear linear -> "linear";
      case Scaling.Llama3 llama3 -> "llama3";
      case Scaling.Dynamic dynamic -> "dynamic";
      case Scaling.LongRope longRope -> "longrope";
      case Scaling.Yarn yarn -> isPlain(yarn) ? "yarn" : "yarn with parameters of its own";
    };
  }

  private static boolean isPlain(Scaling.Yarn yarn) {
    double attention = 0.1 * Math.log(yarn.factor()) + 1;
    return Math.abs(yarn.attentionFactor() - attention) < 1e-6
        && yarn.betaFast() == 32
        && yarn.betaSlow() == 1
        && yarn.truncate();
  }

  private void put(String name, Object value) {
    values.put(name, value);
  }
}
