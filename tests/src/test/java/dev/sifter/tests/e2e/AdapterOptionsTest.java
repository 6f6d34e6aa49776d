package dev.sifter.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.engine.backend.Backend;
import dev.sifter.model.Json;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.ModelFolder;
import dev.sifter.model.lora.AdaptedModel;
import dev.sifter.model.lora.LoraConfig;
import dev.sifter.model.lora.LoraMerge;
import dev.sifter.model.lora.TargetModules;
import dev.sifter.tests.Closeness;
import dev.sifter.tests.Logits;
import dev.sifter.tests.TestBackends;
import dev.sifter.train.config.ConfigReader;
import dev.sifter.train.sft.SftConfig;
import dev.sifter.train.sft.SftRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Every option of an adapter through a configuration file: what the run has in memory at its end is
 * what its folder says over the base, and what a merge makes of both.
 */
class AdapterOptionsTest {
  /** Of fp32 logits; five times what summing in another order was seen to do. */
  private static final double ROUNDING = 2e-5;

  private static final int[] PROMPT = {5, 60, 8, 120, 33, 9, 77, 3, 41, 200};

  @TempDir static Path folder;
  private static Path model;
  private static Path data;

  @BeforeAll
  static void makeModel() {
    model = TinyModel.SMALLEST.write(folder.resolve("model"));
    data = TinyModel.writeConversations(folder.resolve("data.jsonl"), 12);
  }

  private static SftConfig read(String name, String options) throws IOException {
    Path file = folder.resolve(name + ".yaml");
    Files.writeString(
        file,
        """
        model_name_or_path: %s
        dataset_name: %s
        output_dir: %s
        use_peft: true
        lora_r: 4
        lora_dropout: 0.1
        max_steps: 3
        learning_rate: 0.02
        per_device_train_batch_size: 4
        save_strategy: "no"
        device: %s
        threads: 2
        %s
        """
            .formatted(model, data, folder.resolve(name), TestBackends.fastest(), options));
    return ConfigReader.read(file, List.of(), SftConfig.class);
  }

  private static float[] train(SftConfig config) {
    try (SftRun run = SftRun.open(config, false)) {
      run.run();
      return Logits.of(run.model(), PROMPT);
    }
  }

  @ParameterizedTest(name = "{1}")
  @CsvSource(
      delimiter = ';',
      value = {
        "dora; use_dora: true",
        "rslora; use_rslora: true",
        "bias-of-b; lora_bias: true",
        "gaussian; init_lora_weights: gaussian",
        "orthogonal; init_lora_weights: orthogonal",
        "pissa; init_lora_weights: pissa",
        "pissa-fast; init_lora_weights: pissa_niter_4",
        "pissa-dora; '{init_lora_weights: pissa, use_dora: true}'",
        "pissa-table; '{init_lora_weights: pissa, lora_target_modules: [embed_tokens, q_proj]}'",
        "olora; init_lora_weights: olora",
        "all; lora_target_modules: all-linear",
        "regex; lora_target_modules: '.*\\.1\\.mlp\\..*'",
        "head; lora_target_modules: [lm_head, q_proj]",
        "table; lora_target_modules: [embed_tokens, q_proj]",
        "dora-head; '{use_dora: true, lora_target_modules: [lm_head, q_proj]}'",
        "dora-table; '{use_dora: true, lora_target_modules: [embed_tokens, q_proj]}'",
        "both; lora_target_modules: [embed_tokens, lm_head]",
        "norms; lora_modules_to_save: [norm]",
        "untied; lora_modules_to_save: [embed_tokens]",
        "tied; '{lora_modules_to_save: [embed_tokens], ensure_weight_tying: true}'",
        "rows; trainable_token_indices: ['<|im_end|>', 7]",
        "plus; '{loraplus_lr_ratio: 16, lora_target_modules: all-linear}'",
        "patterns; '{rank_pattern: {q_proj: 2}, alpha_pattern: {v_proj: 6}}'",
        "some; '{layers_to_transform: [1], layers_pattern: [layers], exclude_modules: [v_proj]}'",
      })
  void theFolderHoldsWhatWasTrained(String name, String options) throws IOException {
    String lines = options.startsWith("{") ? flow(options) : options;
    SftConfig config = read(name, lines);
    float[] trained = train(config);
    Path adapter = Path.of(config.outputDir);
    try (Backend backend = TestBackends.open(TestBackends.fastest());
        Decoder base = ModelFolder.load(model, backend);
        Decoder loaded = AdaptedModel.load(model, adapter, backend, false)) {
      float[] again = Logits.of(loaded, PROMPT);
      Closeness.assertClose("loaded", again, trained, ROUNDING, 0);
      assertThat(Closeness.maxDifference(again, Logits.of(base, PROMPT)))
          .as("what the adapter changes")
          .isGreaterThan(100 * ROUNDING * Closeness.maxMagnitude(trained));
      // Tied embeddings are untied, so that the merge changes nothing; B's bias has nowhere to go.
      if (!name.equals("bias-of-b")) {
        try (Decoder merged = LoraMerge.of(loaded, !name.equals("tied")).toModel()) {
          Closeness.assertClose("merged", Logits.of(merged, PROMPT), trained, ROUNDING, 0);
        }
      }
    }
  }

  /** A mapping in one line as one option a line. */
  private static String flow(String options) {
    return options.substring(1, options.length() - 1).replaceAll(", (?=\\w+: )", "\n");
  }

  @Test
  void theFolderSaysWhatWasAskedFor() throws IOException {
    SftConfig config =
        read(
            "said",
            """
            trainable_token_indices: '<|im_end|>'
            exclude_modules: [v_proj]
            layers_to_transform: [1]
            rank_pattern: {q_proj: 2}
            alpha_pattern: {q_proj: 6}
            use_dora: true
            init_lora_weights: gaussian
            """);
    train(config);
    ObjectNode written = Json.readObject(folder.resolve("said/adapter_config.json"));
    assertThat(written.get("use_dora").asBoolean()).isTrue();
    assertThat(written.get("init_lora_weights").asText()).isEqualTo("gaussian");
    assertThat(written.get("layers_to_transform").get(0).asInt()).isEqualTo(1);
    assertThat(written.get("rank_pattern").get("q_proj").asInt()).isEqualTo(2);
    // The family's default targets are written out, and what is excluded beside them.
    assertThat(written.get("target_modules").toString()).isEqualTo("[\"q_proj\",\"v_proj\"]");
    assertThat(written.get("exclude_modules").toString()).isEqualTo("[\"v_proj\"]");
    assertThat(written.get("trainable_token_indices").toString()).isEqualTo("[0]");
  }

  /** Its B is zero and its g one: what the base makes of the dropped elements is added again. */
  @Test
  void dropoutLeavesAFreshHeadWithLengthsAsItWas() {
    LoraConfig lora =
        LoraConfig.builder()
            .useDora(true)
            .loraDropout(0.5)
            .targetModules(new TargetModules.Suffixes(List.of("lm_head")))
            .build();
    try (Backend backend = TestBackends.open("reference");
        Decoder base = ModelFolder.load(model, backend);
        Decoder fresh = AdaptedModel.fresh(model, backend, lora, 1)) {
      float[] expected = Logits.of(base, PROMPT);
      Closeness.assertClose("fresh", Logits.inTraining(fresh, 7, PROMPT), expected, ROUNDING, 0);
    }
  }

  @Test
  void loraPlusChangesTheResult() throws IOException {
    assertThat(train(read("fast", "loraplus_lr_ratio: 16")))
        .isNotEqualTo(train(read("slow", "loraplus_lr_ratio: 1")));
  }
}
