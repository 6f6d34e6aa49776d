package dev.sifter.tests.generate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.engine.backend.Backend;
import dev.sifter.model.Json;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.ModelFolder;
import dev.sifter.model.generate.Generation;
import dev.sifter.model.generate.GenerationConfigReader;
import dev.sifter.model.generate.GenerationListener;
import dev.sifter.model.generate.Generator;
import dev.sifter.tests.Goldens;
import dev.sifter.tests.TestBackends;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Beam search of tiny models against transformers, in batches: token ids of every answer exact.
 * goldens/beams/beams.py made the cases, and says why they do not depend on rounding.
 */
class BeamGoldensTest {
  static Stream<Arguments> models() throws IOException {
    List<String> models = new ArrayList<>();
    cases().forEach(entry -> models.add(entry.path("model").asText()));
    Stream<Arguments> all =
        TestBackends.names().stream()
            .flatMap(
                backend -> models.stream().distinct().map(model -> Arguments.of(backend, model)));
    return Stream.concat(all, Stream.of(Arguments.of(TestBackends.gpu(), models.getFirst())));
  }

  private static JsonNode cases() throws IOException {
    return Json.mapper().readTree(Files.readString(Goldens.golden("beams/beams.json")));
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("models")
  void searchesAsTransformersDoes(String backendName, String name) throws IOException {
    try (Backend backend = TestBackends.open(backendName);
        Decoder model = ModelFolder.load(Goldens.golden("models/" + name), backend)) {
      Generator generator = new Generator(model, null);
      for (JsonNode entry : cases()) {
        if (entry.path("model").asText().equals(name)) {
          check(generator, entry);
        }
      }
    }
  }

  private static void check(Generator generator, JsonNode entry) {
    List<Generation> answers =
        generator.generate(
            lists(entry.path("prompts")),
            GenerationConfigReader.of((ObjectNode) entry.path("settings")),
            GenerationListener.SILENT);
    assertThat(answers.stream().map(Generation::ids).toList())
        .as(entry.path("settings").toString())
        .usingRecursiveComparison()
        .isEqualTo(lists(entry.path("answers")));
  }

  private static List<int[]> lists(JsonNode arrays) {
    List<int[]> lists = new ArrayList<>();
    for (JsonNode array : arrays) {
      int[] ids = new int[array.size()];
      Arrays.setAll(ids, i -> array.path(i).asInt());
      lists.add(ids);
    }
    return lists;
  }
}
