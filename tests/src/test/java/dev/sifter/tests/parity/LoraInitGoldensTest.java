package dev.sifter.tests.parity;

import static dev.sifter.tests.Closeness.assertClose;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.ops.DenseWeight;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.LinearLayer;
import dev.sifter.model.decoder.ModelFolder;
import dev.sifter.model.lora.AdaptedModel;
import dev.sifter.model.lora.AdapterFolder;
import dev.sifter.model.lora.LoraConfig;
import dev.sifter.model.lora.LoraInit;
import dev.sifter.model.lora.PlainAdapter;
import dev.sifter.model.lora.TargetModules;
import dev.sifter.tests.GoldenTensors;
import dev.sifter.tests.Goldens;
import dev.sifter.tests.Logits;
import dev.sifter.tests.TestBackends;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Adapters that begin with directions of their base, against PEFT 0.21: A, B and what is left of
 * the base, whose weights are of size 1. A wrong scale, sign or order of directions is 1e-2 and
 * more.
 *
 * <p>QR: 1e-5, some dozens of roundings. Singular vectors, and the space of the first r of them,
 * are less sure by σ₁ over the gap between two singular values, up to 100 here: PEFT's own, in
 * fp32, lie up to 2e-5 from those of an fp64 decomposition. Vectors are compared up to their sign.
 */
class LoraInitGoldensTest {
  private static final int[] TEXT = {3, 1, 4, 15, 9, 26, 5, 35};
  private static final double CLOSE = 1e-5;
  private static final double SINGULAR = 1e-4;

  private static LoraConfig config(String base, String init) {
    List<String> targets =
        base.equals("gpt2") ? List.of("c_attn", "mlp.c_proj") : List.of("q_proj", "down_proj");
    return LoraConfig.builder()
        .r(4)
        .loraAlpha(6)
        .targetModules(new TargetModules.Suffixes(targets))
        .initLoraWeights(LoraInit.of(init))
        .build();
  }

  @ParameterizedTest
  @CsvSource({"llama,pissa", "llama,olora", "gpt2,pissa"})
  void beginsAsPeftDoes(String baseName, String init) {
    Path base = Goldens.golden("lora/" + baseName + "/base");
    Path file = Goldens.golden("lora-init/%s_%s.safetensors".formatted(baseName, init));
    double allowed = init.equals("pissa") ? SINGULAR : CLOSE;
    for (String backendName : TestBackends.names()) {
      try (Backend backend = TestBackends.open(backendName);
          GoldenTensors expected = GoldenTensors.open(file);
          Decoder model = AdaptedModel.fresh(base, backend, config(baseName, init), 1)) {
        int compared = 0;
        for (LinearLayer layer : model.linearLayers()) {
          if (layer.adapter() != null) {
            String path = "base_model.model." + layer.name();
            float[] a = floats(backend, layer.adapter().a().value());
            float[] b = floats(backend, layer.adapter().b().value());
            float[] wantedA = expected.floats(path + ".lora_A.weight");
            alignSigns(a, b, wantedA, 4);
            assertClose(path + " A", a, wantedA, 0, allowed);
            assertClose(path + " B", b, expected.floats(path + ".lora_B.weight"), 0, allowed);
            Tensor rest = ((DenseWeight) layer.weight()).variable().value();
            float[] wanted = expected.floats(path + ".base_layer.weight");
            assertClose(path + " base", floats(backend, rest), wanted, 0, allowed);
            compared += 3;
          }
        }
        assertThat(compared).isEqualTo(expected.names().size());
      }
    }
  }

  /** Turns each direction, a row of A and a column of B, to point as the wanted one does. */
  private static void alignSigns(float[] a, float[] b, float[] wanted, int rank) {
    int width = a.length / rank;
    for (int r = 0; r < rank; r++) {
      double dot = 0;
      for (int i = 0; i < width; i++) {
        dot += (double) a[r * width + i] * wanted[r * width + i];
      }
      if (dot < 0) {
        for (int i = 0; i < width; i++) {
          a[r * width + i] = -a[r * width + i];
        }
        for (int i = r; i < b.length; i += rank) {
          b[i] = -b[i];
        }
      }
    }
  }

  /** Base + adapter begins as the base; converted to a plain adapter, the base needs no change. */
  @ParameterizedTest
  @CsvSource({"pissa", "pissa_niter_4", "olora", "orthogonal"})
  void changesNothingAtFirst(String init, @TempDir Path folder) {
    Path base = Goldens.golden("lora/llama/base");
    LoraConfig config = config("llama", init);
    try (Backend backend = TestBackends.open("reference");
        Decoder plain = ModelFolder.load(base, backend);
        Decoder fresh = AdaptedModel.fresh(base, backend, config, 1)) {
      float[] expected = logits(plain);
      assertClose("fresh", logits(fresh), expected, CLOSE, 0);
      // Trained a little: every B is scaled.
      for (LinearLayer layer : fresh.linearLayers()) {
        if (layer.adapter() != null) {
          Tensor b = layer.adapter().b().value();
          backend.pointwise().scale(b, 1.1f, b);
        }
      }
      PlainAdapter.save(folder, fresh, config, base, base.toString());
      try (Decoder loaded = AdaptedModel.load(base, folder, backend, false)) {
        float[] trained = logits(fresh);
        assertClose("converted", logits(loaded), trained, CLOSE, 0);
        if (!init.equals("orthogonal")) {
          assertThat(loaded.linearLayers().getFirst().adapter().a().value().rows()).isEqualTo(8);
          assertThat(trained).isNotEqualTo(expected);
        }
      }
    }
  }

  /** As in PEFT they begin at random: their table is not among what a checkpoint takes apart. */
  @ParameterizedTest
  @CsvSource({"pissa", "olora"})
  void leavesEmbeddingsAlone(String init, @TempDir Path folder) {
    Path base = Goldens.golden("lora/llama/base");
    LoraConfig config =
        config("llama", init).toBuilder()
            .targetModules(new TargetModules.Suffixes(List.of("embed_tokens", "q_proj")))
            .build();
    try (Backend backend = TestBackends.open("reference");
        Decoder fresh = AdaptedModel.fresh(base, backend, config, 1)) {
      AdapterFolder.save(folder, fresh, config, base.toString());
      try (Decoder loaded = AdaptedModel.load(base, folder, backend, true)) {
        assertClose("loaded", logits(loaded), logits(fresh), CLOSE, 0);
      }
    }
  }

  private static float[] logits(Decoder model) {
    return Logits.of(model, TEXT);
  }

  private static float[] floats(Backend backend, Tensor tensor) {
    float[] values = new float[(int) tensor.elements()];
    backend.download(tensor, MemorySegment.ofArray(values));
    return values;
  }
}
