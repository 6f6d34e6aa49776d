package dev.sifter.tests.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.Json;
import dev.sifter.model.generate.GenerationConfig;
import dev.sifter.model.generate.GenerationConfigReader;
import dev.sifter.model.generate.LogitsProcessor;
import dev.sifter.model.generate.TokenContext;
import dev.sifter.tests.GoldenTensors;
import dev.sifter.tests.Goldens;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Probabilities after transformers' logits processors: to 1e-6, the kept set exactly. */
class LogitsProcessorGoldensTest {
  private static final double PROBABILITY = 1e-6;

  @TestFactory
  Stream<DynamicTest> cases() {
    ObjectNode file = Json.readObject(Goldens.golden("models/logits_processors/case.json"));
    return IntStream.range(0, file.path("cases").size())
        .mapToObj(i -> file.path("cases").path(i))
        .map(
            entry ->
                DynamicTest.dynamicTest(
                    entry.path("kind").asText() + " " + entry.path("parameters"),
                    () -> check(entry, file.path("vocab").asInt(), file.path("batch").asInt())));
  }

  private static void check(JsonNode entry, int vocab, int batch) {
    ObjectNode parameters = entry.path("parameters").deepCopy();
    parameters.put("do_sample", true);
    if (!parameters.has("top_k")) {
      parameters.put("top_k", 0);
    }
    GenerationConfig config = GenerationConfigReader.of(parameters);
    try (GoldenTensors file =
        GoldenTensors.open(Goldens.golden("models/logits_processors/case.safetensors"))) {
      float[] expected = file.floats("probs." + entry.path("index").asInt());
      float[] logits = file.floats("logits");
      int[] ids = file.ints("input_ids");
      int length = ids.length / batch;
      for (int row = 0; row < batch; row++) {
        float[] actual = Arrays.copyOfRange(logits, row * vocab, (row + 1) * vocab);
        int[] history = Arrays.copyOfRange(ids, row * length, (row + 1) * length);
        for (LogitsProcessor processor : LogitsProcessor.of(config, vocab)) {
          processor.process(TokenContext.ofPrompt(history, length + 1), actual);
        }
        double[] probabilities = softmax(actual);
        for (int i = 0; i < vocab; i++) {
          float wanted = expected[row * vocab + i];
          assertThat(probabilities[i])
              .as("row %d token %d", row, i)
              .isCloseTo(wanted, within(PROBABILITY));
          assertThat(actual[i] != Float.NEGATIVE_INFINITY).isEqualTo(wanted > 0);
        }
      }
    }
  }

  private static double[] softmax(float[] logits) {
    double max = Double.NEGATIVE_INFINITY;
    for (float logit : logits) {
      max = Math.max(max, logit);
    }
    double[] result = new double[logits.length];
    for (int i = 0; i < result.length; i++) {
      result[i] = Math.exp(logits[i] - max);
    }
    double sum = Arrays.stream(result).sum();
    return Arrays.stream(result).map(weight -> weight / sum).toArray();
  }
}
