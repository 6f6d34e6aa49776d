package dev.sifter.model.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.Json;
import dev.sifter.model.generate.SearchRules.EarlyStopping;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GenerationConfigReaderTest {
  @TempDir private Path folder;

  private void write(String json) throws IOException {
    Files.writeString(folder.resolve("generation_config.json"), json);
  }

  private static ObjectNode json(String text) throws IOException {
    return (ObjectNode) Json.mapper().readTree(text);
  }

  @Test
  void readsAFolder() throws IOException {
    assertThat(GenerationConfigReader.read(folder)).isEqualTo(GenerationConfig.DEFAULT);
    Files.writeString(folder.resolve("config.json"), "{\"eos_token_id\": 2, \"top_k\": 3}");
    assertThat(GenerationConfigReader.read(folder).eosTokenIds()).containsExactly(2);
    assertThat(GenerationConfigReader.read(folder).topK()).isEqualTo(50);
    write(
        """
        {"eos_token_id": [5, 2], "do_sample": true, "temperature": 0.6, "top_p": 0.9,
         "max_length": 40, "min_length": 3, "min_new_tokens": 2, "suppress_tokens": [7, 9],
         "stop_strings": ["a", "b"], "top_k": null}\
        """);
    GenerationConfig config = GenerationConfigReader.read(folder);
    assertThat(config.eosTokenIds()).containsExactly(5, 2);
    assertThat(config.doSample()).isTrue();
    assertThat(config.temperature()).isEqualTo(0.6);
    assertThat(config.topP()).isEqualTo(0.9);
    assertThat(config.topK()).isEqualTo(50);
    assertThat(config.maxLength()).isEqualTo(40);
    assertThat(config.minLength()).isEqualTo(3);
    assertThat(config.minNewTokens()).isEqualTo(2);
    assertThat(config.rules().suppressTokens()).containsExactly(7, 9);
    assertThat(config.stopStrings()).containsExactly("a", "b");
  }

  @Test
  void readsHowAnswersAreSearchedFor() throws IOException {
    assertThat(GenerationConfigReader.of(json("{}")).search())
        .isEqualTo(new SearchRules(1, 1, 1, EarlyStopping.FALSE));
    String settings = "{'num_beams': 4, 'num_return_sequences': 2, 'length_penalty': -0.5%s}";
    for (EarlyStopping value : EarlyStopping.values()) {
      String quote = value == EarlyStopping.NEVER ? "'" : "";
      String stopping = ", 'early_stopping': " + quote + value + quote;
      assertThat(
              GenerationConfigReader.of(json(settings.formatted(stopping).replace('\'', '"')))
                  .search())
          .isEqualTo(new SearchRules(4, 2, -0.5, value));
    }
    assertThatThrownBy(() -> GenerationConfigReader.of(json("{\"early_stopping\": \"soon\"}")))
        .hasMessage("early_stopping is soon; it must be true, false or \"never\"");
    assertThatThrownBy(() -> GenerationConfigReader.of(json("{\"num_beams\": 0}")))
        .hasMessage("num_beams is 0; it must be at least 1 (no beams)");
  }

  @Test
  void aSingleStopStringNeedsNoList() throws IOException {
    assertThat(GenerationConfigReader.of(json("{\"stop_strings\": \"wor\"}")).stopStrings())
        .containsExactly("wor");
  }

  @Test
  void aKeyThatIsNotGivenStays() throws IOException {
    GenerationConfig base =
        GenerationConfigReader.of(
            json("{\"repetition_penalty\": 1.3, \"top_k\": 7, \"eos_token_id\": 4}"));
    GenerationConfig over =
        GenerationConfigReader.over(base, json("{\"top_k\": 9, \"repetition_penalty\": null}"));
    assertThat(over).isEqualTo(base.toBuilder().topK(9).build());
  }

  @Test
  void saysWhatHasNoEffect() throws IOException {
    assertThat(GenerationConfigReader.withoutEffect(folder)).isEmpty();
    write(
        """
        {"num_beam_groups": 4, "force_words_ids": [[3]], "penalty_alpha": 0.9, "max_time": 2,
         "diversity_penalty": 1.5, "token_healing": true, "repetition_penalty": 1.1,
         "cache_implementation": "quantized"}\
        """);
    List<String> lines = GenerationConfigReader.withoutEffect(folder);
    assertThat(lines).hasSize(7);
    assertThat(lines.getFirst())
        .contains(folder.resolve("generation_config.json").toString())
        .contains("num_beam_groups is 4, ");
    assertThat(lines.get(1)).contains("force_words_ids is [[3]], ");
    assertThat(lines.getLast()).contains("cache_implementation is \"quantized\", ");
  }

  /** The values of transformers 5.18's GenerationConfig, and what published files add. */
  @Test
  void defaultsAreNotRemarkedUpon() throws IOException {
    write(
        """
        {"_from_model_config": true, "bos_token_id": 1, "pad_token_id": 0, "use_cache": true,
         "transformers_version": "5.18.0", "num_beams": 1, "num_beam_groups": 1,
         "num_return_sequences": 1, "typical_p": 1.0, "epsilon_cutoff": 0.0, "eta_cutoff": 0.0,
         "encoder_no_repeat_ngram_size": 0, "encoder_repetition_penalty": 1.0,
         "diversity_penalty": 0.0, "length_penalty": 1.0, "early_stopping": false,
         "bad_words_ids": null, "begin_suppress_tokens": [], "forced_eos_token_id": null,
         "token_healing": false, "remove_invalid_values": false, "max_window_size": 24000,
         "cache_implementation": "static"}\
        """);
    assertThat(GenerationConfigReader.withoutEffect(folder)).isEmpty();
  }
}
