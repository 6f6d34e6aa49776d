package dev.sifter.model.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GenerationConfigTest {
  @Test
  void readsAFolder(@TempDir Path folder) throws IOException {
    assertThat(GenerationConfig.read(folder)).isEqualTo(GenerationConfig.DEFAULT);
    Files.writeString(folder.resolve("config.json"), "{\"eos_token_id\": 2, \"top_k\": 3}");
    assertThat(GenerationConfig.read(folder).eosTokenIds()).containsExactly(2);
    assertThat(GenerationConfig.read(folder).topK()).isEqualTo(50);
    Files.writeString(
        folder.resolve("generation_config.json"),
        "{\"eos_token_id\": [5, 2], \"do_sample\": true, \"temperature\": 0.6, \"top_p\": 0.9}");
    GenerationConfig config = GenerationConfig.read(folder);
    assertThat(config.eosTokenIds()).containsExactly(5, 2);
    assertThat(config.doSample()).isTrue();
    assertThat(config.temperature()).isEqualTo(0.6);
    assertThat(config.topP()).isEqualTo(0.9);
  }

  @Test
  void namesTheValueThatIsOutOfRange() {
    GenerationConfig.Builder sampling = GenerationConfig.DEFAULT.toBuilder().doSample(true);
    assertThatThrownBy(() -> sampling.temperature(0).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("temperature is 0.0")
        .hasMessageContaining("do_sample");
    assertThatThrownBy(() -> sampling.temperature(1).topP(1.5).build())
        .hasMessageContaining("top_p is 1.5");
    assertThatThrownBy(() -> sampling.topP(1).repetitionPenalty(-1).build())
        .hasMessageContaining("repetition_penalty is -1.0");
  }
}
