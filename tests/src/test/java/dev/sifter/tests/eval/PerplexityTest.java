package dev.sifter.tests.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sifter.engine.backend.Backend;
import dev.sifter.model.Json;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.ModelFolder;
import dev.sifter.model.tokenizer.Tokenizer;
import dev.sifter.tests.Goldens;
import dev.sifter.tests.TestBackends;
import dev.sifter.train.eval.Perplexity;
import dev.sifter.train.eval.ProgressListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Perplexity of plain texts against the harness's rolling log-likelihood, to 5e-3 nats. */
class PerplexityTest {
  @ParameterizedTest(name = "{0}")
  @MethodSource("dev.sifter.tests.TestBackends#names")
  void agreesWithTheRollingLogLikelihood(String backendName) throws IOException {
    Path folder = Goldens.golden("train/base");
    List<String> lines =
        Files.readAllLines(Goldens.golden("eval/samples/plain__g_text.jsonl")).subList(3, 7);
    try (Backend backend = TestBackends.open(backendName);
        Decoder model = ModelFolder.load(folder, backend)) {
      Tokenizer tokenizer = Tokenizer.load(folder);
      for (String line : lines) {
        JsonNode expected = Json.mapper().readTree(line);
        Perplexity actual =
            Perplexity.of(
                model, tokenizer, expected.path("target").asText(), ProgressListener.SILENT);
        double logLikelihood = expected.path("loglikelihood").asDouble();
        assertThat(actual.logLikelihood()).isCloseTo(logLikelihood, within(5e-3));
        assertThat(actual.tokens())
            .isEqualTo(expected.path("tokens_scored_including_the_bos").asLong());
        assertThat(actual.words()).isEqualTo(expected.path("words").asLong());
        assertThat(actual.bytes()).isEqualTo(expected.path("bytes").asLong());
        assertThat(Math.log(actual.perToken()) * actual.tokens())
            .isCloseTo(-logLikelihood, within(5e-3));
      }
    }
  }
}
