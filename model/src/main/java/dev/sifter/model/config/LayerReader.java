package dev.sifter.model.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.ModelException;
import dev.sifter.model.config.ModelConfig.Mixer;
import java.util.ArrayList;
import java.util.List;

/** Reads what differs from block to block: mixers, sliding windows, rotary positions. */
final class LayerReader {
  private static final String SLIDING = "sliding_attention";
  private static final String FULL = "full_attention";
  private static final String CONVOLUTION = "conv";

  private final FamilyOptions options;
  private final int count;
  private final RopeConfig fullRope;
  private final RopeConfig slidingRope;

  LayerReader(FamilyOptions options, ObjectNode json, int headDim, int maxPositions) {
    this.options = options;
    this.count = options.positive("num_hidden_layers");
    if (options.isSet("learned_position_offset")) {
      this.fullRope = null;
      this.slidingRope = null;
      return;
    }
    RopeConfigReader reader = new RopeConfigReader(options, json, headDim, maxPositions);
    boolean differ = options.isSet("local_rope_theta");
    this.fullRope = differ ? reader.readFull(FULL) : reader.read();
    this.slidingRope = differ ? reader.readLocal(SLIDING) : fullRope;
  }

  List<ModelConfig.Layer> read() {
    List<String> types = types();
    List<ModelConfig.Layer> layers = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      if (types.isEmpty() ? !attends(i) : isConvolution(types.get(i))) {
        layers.add(new ModelConfig.Layer(Mixer.CONVOLUTION, 0, null));
        continue;
      }
      boolean rotates = rotates(i);
      boolean sliding = types.isEmpty() ? slides(i, rotates) : isSliding(types.get(i));
      boolean windowed = sliding && options.isSet("sliding_window");
      int window = windowed ? options.positive("sliding_window") : 0;
      RopeConfig rope = sliding ? slidingRope : fullRope;
      boolean still = !rotates || (!sliding && onlyWindowsRotate());
      layers.add(new ModelConfig.Layer(Mixer.ATTENTION, window, still ? null : rope));
    }
    return List.copyOf(layers);
  }

  /** The type of each layer, or none where config.json does not list them. */
  private List<String> types() {
    List<String> types = new ArrayList<>();
    for (JsonNode entry : options.node("layer_types")) {
      if (entry.isArray()) {
        // GPT-Neo's [[types], n]: these types, n times over.
        int times = Math.min(entry.path(1).asInt(), count);
        for (int i = 0; i < times; i++) {
          entry.path(0).forEach(type -> types.add(type.asText()));
        }
      } else {
        types.add(entry.asText());
      }
    }
    if (options.isSet("layer_types") && types.size() < count) {
      throw new ModelException(
          "'%s' names %d layers, but there are %d"
              .formatted(options.key("layer_types"), types.size(), count));
    }
    return types;
  }

  /** Whether layers without a window have no positions, where others have one. */
  private boolean onlyWindowsRotate() {
    return options.text("rope_where").equals("sliding") && options.isSet("sliding_window");
  }

  /** Whether a layer attends, where config.json lists those that do. */
  private boolean attends(int layer) {
    if (!options.isSet("attention_layers")) {
      return true;
    }
    for (JsonNode number : options.node("attention_layers")) {
      if (number.asInt(-1) == layer) {
        return true;
      }
    }
    return false;
  }

  private boolean isConvolution(String type) {
    return type.equals(CONVOLUTION) && options.isSet("convolution_taps");
  }

  private static boolean isSliding(String type) {
    return switch (type) {
      case SLIDING, "local" -> true;
      case FULL, "global", "attention" -> false;
      default ->
          throw new ModelException(
              "layer type '%s' is not supported; supported are %s and %s"
                  .formatted(type, FULL, SLIDING));
    };
  }

  /** Whether a layer's attention slides, where config.json does not list its layers. */
  private boolean slides(int layer, boolean rotates) {
    if (!options.flag("use_sliding_window")) {
      return false;
    }
    if (options.isSet("full_attention_interval")) {
      int interval = options.positive("full_attention_interval");
      return layer % interval != (options.flag("full_attention_first") ? 0 : interval - 1);
    }
    if (options.text("sliding_where").equals("no_rope")) {
      return !rotates;
    }
    return layer >= options.node("first_sliding_layer").asInt();
  }

  /** Whether a layer has rotary positions; SmolLM3 leaves them out in every fourth. */
  private boolean rotates(int layer) {
    JsonNode list = options.node("no_rope_layers");
    if (list.isArray()) {
      return list.path(layer).asInt(1) != 0;
    }
    return !options.isSet("no_rope_layer_interval")
        || (layer + 1) % options.positive("no_rope_layer_interval") != 0;
  }
}
