package dev.sifter.tests.parity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.engine.Backends;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.GrownVocabulary;
import dev.sifter.model.decoder.StoredModel;
import dev.sifter.model.lora.AdaptedModel;
import dev.sifter.model.lora.AdapterFolder;
import dev.sifter.model.lora.LoraConfig;
import dev.sifter.model.lora.TargetModules;
import dev.sifter.model.weights.HostFloats;
import dev.sifter.tests.GoldenTensors;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The output head of Phi, whose bias goes where its weight goes. */
class HeadBiasTest {
  private static final ObjectNode PHI = FormulaModel.configuration("phi");

  @TempDir private Path folder;

  /** The keys that PEFT 0.21 writes under transformers 5.18.0. */
  @Test
  void anAdapterOfTheHeadBringsItsBias() {
    FormulaModel.write(folder, PHI, FormulaModel.weights(PHI));
    LoraConfig lora =
        LoraConfig.defaults().toBuilder()
            .targetModules(new TargetModules.Suffixes(List.of("lm_head")))
            .build();
    Path adapter = folder.resolve("adapter");
    try (Backend backend = Backends.open("reference", 1);
        Decoder model = AdaptedModel.fresh(folder, backend, lora, 1)) {
      AdapterFolder.save(adapter, model, lora, folder.toString());
    }
    try (GoldenTensors saved = GoldenTensors.open(adapter.resolve("adapter_model.safetensors"))) {
      assertThat(saved.names())
          .containsExactlyInAnyOrder(
              "base_model.model.lm_head.base_layer.bias",
              "base_model.model.lm_head.base_layer.weight",
              "base_model.model.lm_head.lora_A.weight",
              "base_model.model.lm_head.lora_B.weight");
    }
  }

  /** New tokens get the mean, as in transformers. */
  @Test
  void theBiasGrowsWithTheVocabulary() {
    FormulaModel.write(folder, PHI, FormulaModel.weights(PHI));
    try (StoredModel stored = StoredModel.open(folder)) {
      Tensor bias = GrownVocabulary.of(stored.weights(), stored.config(), 50).get("lm_head.bias");
      assertThat(bias.shape()).isEqualTo(Shape.of(50));
      float[] values = HostFloats.of(bias);
      double mean = 0;
      for (int i = 0; i < 48; i++) {
        mean += values[i] / 48.0;
      }
      assertThat((double) values[48]).isCloseTo(mean, within(1e-4));
      assertThat((double) values[49]).isCloseTo(mean, within(1e-4));
    }
  }
}
