package dev.sifter.tests.parity;

import static dev.sifter.tests.Closeness.assertClose;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.engine.backend.Backend;
import dev.sifter.model.Json;
import dev.sifter.model.ModelException;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.lora.AdaptedModel;
import dev.sifter.model.lora.AdapterCombination;
import dev.sifter.model.lora.AdapterSet;
import dev.sifter.model.lora.CombinationType;
import dev.sifter.tests.GoldenTensors;
import dev.sifter.tests.Goldens;
import dev.sifter.tests.Logits;
import dev.sifter.tests.TestBackends;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Adapters combined, against PEFT 0.21's {@code add_weighted_adapter}. Sums of two or three fp32
 * products of size 1 each: 1e-6. What goes through singular values is compared as the product B·A,
 * since its factors are free in sign: 1e-5, some dozens of fp32 roundings.
 */
class AdapterCombinationGoldensTest {
  private static final int[] TEXT = {3, 1, 4, 15, 9, 26, 5, 35};
  private static final double SUMS = 1e-6;
  private static final double PRODUCTS = 1e-5;

  @TempDir Path folder;

  private static Path adapter(String name) {
    return Goldens.golden("lora-combine/" + name);
  }

  private static AdapterCombination combination(JsonNode spec, CombinationType type) {
    List<Double> weights = new ArrayList<>();
    spec.path("weights").forEach(weight -> weights.add(weight.asDouble()));
    boolean byCount = spec.path("majority_sign_method").asText().equals("frequency");
    return new AdapterCombination(type, weights, spec.path("density").asDouble(0.5), byCount, 0, 1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "linear",
        "linear_negative",
        "cat",
        "svd",
        "ties",
        "ties_frequency",
        "magnitude_prune",
        "ties_svd"
      })
  void combinesAsPeftDoes(String name) {
    JsonNode spec = Json.readObject(adapter("combined.json")).path(name);
    List<Path> adapters = new ArrayList<>();
    spec.path("adapters").forEach(which -> adapters.add(adapter(which.asText())));
    CombinationType type = CombinationType.of(spec.path("combination_type").asText());
    combination(spec, type).write(adapters, folder, "base");
    try (GoldenTensors expected = GoldenTensors.open(adapter("combined.safetensors"));
        GoldenTensors actual = GoldenTensors.open(folder.resolve("adapter_model.safetensors"))) {
      int compared = 0;
      for (String key : expected.names()) {
        if (!key.startsWith(name + "/")) {
          continue;
        }
        String plain = key.substring(name.length() + 1);
        if (!name.endsWith("svd")) {
          assertClose(key, actual.floats(plain), expected.floats(key), 0, SUMS);
        } else if (plain.endsWith("lora_A.weight")) {
          String b = plain.replace("lora_A", "lora_B");
          float[] wanted = product(expected, name + "/" + b, key);
          assertClose(key, product(actual, b, plain), wanted, 0, PRODUCTS);
        }
        compared++;
      }
      assertThat(compared).isEqualTo(actual.names().size());
      assertThat(Json.readObject(folder.resolve("adapter_config.json")).path("lora_alpha").asInt())
          .isEqualTo((int) actual.shape(actual.names().iterator().next())[0]);
    }
  }

  private static float[] product(GoldenTensors file, String b, String a) {
    long[] shapeA = file.shape(a);
    long[] shapeB = file.shape(b);
    float[] left = file.floats(b);
    float[] right = file.floats(a);
    int rank = (int) shapeA[0];
    int in = (int) shapeA[1];
    float[] product = new float[(int) shapeB[0] * in];
    for (int i = 0; i < product.length; i++) {
      double sum = 0;
      for (int r = 0; r < rank; r++) {
        sum += (double) left[i / in * rank + r] * right[r * in + i % in];
      }
      product[i] = (float) sum;
    }
    return product;
  }

  /** PEFT 0.21.0 gives every layer max(r, *rank_pattern.values()) over all adapters. */
  @Test
  void approximatesAtTheLargestRankOfAnyLayer() throws IOException {
    Path patterned = folder.resolve("patterned");
    Files.createDirectories(patterned);
    for (String file : List.of("adapter_config.json", "adapter_model.safetensors")) {
      Files.copy(adapter("a").resolve(file), patterned.resolve(file));
    }
    ObjectNode config = Json.readObject(patterned.resolve("adapter_config.json"));
    config.putObject("rank_pattern").put("elsewhere", 6);
    Json.write(patterned.resolve("adapter_config.json"), config);
    new AdapterCombination(CombinationType.SVD, List.of(1.0, 1.0), 0.5, false, 0, 1)
        .write(List.of(patterned, adapter("b")), folder.resolve("svd"), "base");
    try (GoldenTensors combined = weights("svd")) {
      for (String key : combined.names()) {
        assertThat(combined.shape(key)[key.contains("lora_A") ? 0 : 1]).as(key).isEqualTo(6);
      }
    }
  }

  /** The seed decides what DARE drops; at full density it drops nothing. */
  @ParameterizedTest
  @EnumSource(names = {"DARE_LINEAR", "DARE_TIES", "DARE_LINEAR_SVD", "DARE_TIES_SVD"})
  void dropsBySeed(CombinationType type) {
    List<Path> adapters = List.of(adapter("a"), adapter("b"));
    List<Double> weights = List.of(0.7, 0.4);
    for (int i = 0; i < 3; i++) {
      long seed = i < 2 ? 1 : 2;
      new AdapterCombination(type, weights, 0.5, false, 0, seed)
          .write(adapters, folder.resolve("" + i), "base");
    }
    try (GoldenTensors first = weights("0");
        GoldenTensors again = weights("1");
        GoldenTensors other = weights("2")) {
      for (String key : first.names()) {
        assertThat(again.floats(key)).isEqualTo(first.floats(key));
        assertThat(other.floats(key)).isNotEqualTo(first.floats(key));
      }
      if (type == CombinationType.DARE_LINEAR) {
        // Each of two halves is zero with probability a half, their sum with a quarter.
        long zeros = 0;
        long elements = 0;
        for (String key : first.names()) {
          for (float value : first.floats(key)) {
            zeros += value == 0 ? 1 : 0;
            elements++;
          }
        }
        double deviation = Math.sqrt(elements * 0.25 * 0.75);
        assertThat((double) zeros)
            .isBetween(elements / 4.0 - 4 * deviation, elements / 4.0 + 4 * deviation);
      }
    }
  }

  private GoldenTensors weights(String name) {
    return GoldenTensors.open(folder.resolve(name).resolve("adapter_model.safetensors"));
  }

  @Test
  void unequalRanksNeedAnotherType() {
    AdapterCombination linear =
        new AdapterCombination(CombinationType.LINEAR, List.of(1.0, 1.0), 0, false, 0, 1);
    assertThatThrownBy(() -> linear.write(List.of(adapter("a"), adapter("c")), folder, "base"))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("ranks [4, 2]")
        .hasMessageContaining("use cat or svd");
  }

  @Test
  void severalAdaptersTakeTurnsOnOneBase() {
    Path base = Goldens.golden("lora/llama/base");
    for (String backendName : TestBackends.names()) {
      try (Backend backend = TestBackends.open(backendName);
          AdapterSet set = AdapterSet.open(base, backend)) {
        float[] plain = logits(set.model());
        Map<String, Path> adapters = new LinkedHashMap<>();
        adapters.put("first", adapter("a"));
        adapters.put("second", adapter("c"));
        // On more modules than the others, which must not keep it there.
        adapters.put("wide", Goldens.golden("lora/llama/all_linear"));
        adapters.put("third", adapter("b"));
        adapters.forEach(set::add);
        for (String name : List.of("third", "first", "wide", "second", "first")) {
          if (!name.equals("third")) { // on since it was added
            set.use(name);
          }
          try (Decoder alone = AdaptedModel.load(base, adapters.get(name), backend, false)) {
            assertThat(logits(set.model())).isEqualTo(logits(alone));
          }
        }
        set.disable();
        assertThat(logits(set.model())).isEqualTo(plain);
        assertThatThrownBy(() -> set.use("fourth"))
            .hasMessageContaining("[first, second, wide, third]");
      }
    }
  }

  private static float[] logits(Decoder model) {
    return Logits.of(model, TEXT);
  }
}
