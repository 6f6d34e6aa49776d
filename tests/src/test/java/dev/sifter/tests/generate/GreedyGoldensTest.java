package dev.sifter.tests.generate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.engine.backend.Backend;
import dev.sifter.model.Json;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.ModelFolder;
import dev.sifter.model.generate.FinishReason;
import dev.sifter.model.generate.Generation;
import dev.sifter.model.generate.GenerationConfig;
import dev.sifter.model.generate.GenerationConfigReader;
import dev.sifter.model.generate.GenerationListener;
import dev.sifter.model.generate.Generator;
import dev.sifter.tests.Goldens;
import dev.sifter.tests.TestBackends;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Greedy generation of tiny models against transformers: token ids exact. The smallest margin
 * between the best two logits is 0.011, far above fp32 error.
 */
class GreedyGoldensTest {
  /** Families with such a case on each backend; where none has it, one name that is skipped. */
  static Stream<Arguments> cases(String caseName) {
    List<String> families =
        Goldens.folders("models", "config.json").stream()
            .filter(family -> Goldens.exists("models/" + family) && caseOf(family).has(caseName))
            .toList();
    List<String> named = families.isEmpty() ? List.of("absent") : families;
    return TestBackends.withGpu().stream()
        .flatMap(backend -> named.stream().map(family -> Arguments.of(backend, family)));
  }

  static Stream<Arguments> greedy() {
    return cases("greedy");
  }

  static Stream<Arguments> leftPadded() {
    return cases("greedy_left_padded_batch");
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("greedy")
  void continuesAsTransformersDoes(String backend, String family) {
    check(backend, family, "greedy", GenerationConfig.DEFAULT);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("dev.sifter.tests.TestBackends#withGpu")
  void keepsTheEndTokenAndStops(String backend) {
    JsonNode expected = caseOf("llama_mha").path("greedy_with_eos");
    List<Integer> eos = new ArrayList<>();
    expected.path("eos_token_id").forEach(id -> eos.add(id.asInt()));
    int[] whole = ints(expected.path("output").path(0));
    int[] prompt = ints(caseOf("llama_mha").path("greedy").path("prompt").path(0));
    GenerationConfig config =
        GenerationConfig.DEFAULT.toBuilder().maxNewTokens(40).eosTokenIds(eos).build();
    Generation generation = generate(backend, "llama_mha", List.of(prompt), config).getFirst();
    assertThat(generation.ids()).isEqualTo(after(prompt.length, whole));
    assertThat(generation.reason()).isEqualTo(FinishReason.EOS);
  }

  /**
   * What generate of transformers 5.18.0 gave for llama_mha's prompt of six tokens, with end tokens
   * 5 and 87, and these settings in its generation_config. The smallest margin is 0.007.
   */
  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "{'max_new_tokens': 14} | 51 68 42 35 2 82 43 61 43 5",
        "{'max_new_tokens': 14, 'min_new_tokens': 9} | 51 68 42 35 2 82 43 61 43 5",
        "{'max_new_tokens': 14, 'min_new_tokens': 10} | 51 68 42 35 2 82 43 61 43 0 21 19 19 19",
        "{'max_new_tokens': 14, 'min_length': 15} | 51 68 42 35 2 82 43 61 43 5",
        "{'max_new_tokens': 14, 'min_length': 16} | 51 68 42 35 2 82 43 61 43 0 21 19 19 19",
        "{'max_new_tokens': 14, 'min_new_tokens': 11, 'min_length': 40}"
            + " | 51 68 42 35 2 82 43 61 43 0 21 19 19 19",
        "{'max_new_tokens': 14, 'min_new_tokens': 0, 'min_length': 16}"
            + " | 51 68 42 35 2 82 43 61 43 5",
        "{'max_length': 15} | 51 68 42 35 2 82 43 61 43",
        "{'max_length': 15, 'max_new_tokens': 4} | 51 68 42 35",
        "{'max_new_tokens': 14, 'suppress_tokens': [43, 5]}"
            + " | 51 68 42 35 2 82 21 78 13 49 81 58 49 58",
        "{'max_new_tokens': 14, 'repetition_penalty': 1.7}"
            + " | 51 68 42 35 2 82 43 61 48 37 81 39 83 65",
        "{'max_length': 20, 'min_new_tokens': 12, 'suppress_tokens': [68],"
            + " 'repetition_penalty': 1.7} | 51 42 35 19 31 64 6 38 82 81 72 22 74 24",
        "{'max_new_tokens': 14, 'bad_words_ids': [[43, 61], [82], [5]]}"
            + " | 51 68 42 35 2 78 11 10 26 52 40 20 40 74",
        "{'max_new_tokens': 14, 'sequence_bias': [[[51, 68], -9.5], [[35], 1.25], [[42, 35],"
            + " -7.0]]} | 51 42 4 65 78 26 50 5",
        "{'max_new_tokens': 4, 'begin_suppress_tokens': [51, 43]} | 24 11 24 64",
        "{'max_new_tokens': 6, 'forced_eos_token_id': 5} | 51 68 42 35 2 5",
        "{'max_new_tokens': 14, 'exponential_decay_length_penalty': [2, 1.5]} | 51 68 42 35 2 5",
        "{'max_new_tokens': 14, 'encoder_repetition_penalty': 3.0}"
            + " | 57 78 13 31 57 57 57 57 57 57 57 57 57 57",
        "{'max_new_tokens': 14, 'min_new_tokens': 14, 'encoder_repetition_penalty': 4.5,"
            + " 'encoder_no_repeat_ngram_size': 2} | 57 55 59 55 81 55 82 55 22 43 55 53 15 28",
        "{'max_new_tokens': 14, 'guidance_scale': 1.5}"
            + " | 24 3 63 74 43 42 29 57 56 42 2 11 83 7",
        "{'max_new_tokens': 14, 'guidance_scale': 0.0}"
            + " | 0 83 40 53 27 80 24 22 63 74 24 41 31 27",
        "{'max_new_tokens': 14, 'guidance_scale': 4.0, 'repetition_penalty': 1.3,"
            + " 'min_new_tokens': 9} | 24 3 63 43 56 80 6 57 50 64 46 26 18 5",
        "{'max_new_tokens': 14, 'remove_invalid_values': true, 'renormalize_logits': true,"
            + " 'suppress_tokens': [5]} | 51 68 42 35 2 82 43 61 43 0 21 19 19 19"
      })
  void followsTheModelsSettings(String settings, String continuation) throws Exception {
    ObjectNode json = (ObjectNode) Json.mapper().readTree(settings.replace('\'', '"'));
    json.putArray("eos_token_id").add(5).add(87);
    int[] prompt = ints(caseOf("llama_mha").path("greedy").path("prompt").path(0));
    Generation generation =
        generate("reference", "llama_mha", List.of(prompt), GenerationConfigReader.of(json))
            .getFirst();
    assertThat(Arrays.stream(generation.ids()).mapToObj(String::valueOf))
        .containsExactly(continuation.split(" "));
    boolean ended = Arrays.stream(generation.ids()).anyMatch(id -> id == 5);
    assertThat(generation.reason())
        .isEqualTo(ended ? FinishReason.EOS : FinishReason.MAX_NEW_TOKENS);
  }

  /** The reference pads short prompts on the left; here they need no padding. */
  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("leftPadded")
  void continuesARaggedBatch(String backend, String family) {
    check(backend, family, "greedy_left_padded_batch", GenerationConfig.DEFAULT);
  }

  private static void check(String backend, String family, String caseName, GenerationConfig base) {
    JsonNode expected = caseOf(family).path(caseName);
    List<int[]> prompts = new ArrayList<>();
    List<int[]> continuations = new ArrayList<>();
    for (int row = 0; row < expected.path("prompt").size(); row++) {
      int[] mask = ints(expected.path("attention_mask").path(row));
      int padding = (int) Arrays.stream(mask).filter(bit -> bit == 0).count();
      prompts.add(after(padding, ints(expected.path("prompt").path(row))));
      continuations.add(after(mask.length, ints(expected.path("output").path(row))));
    }
    GenerationConfig config =
        base.toBuilder().maxNewTokens(expected.path("new_tokens").asInt()).build();
    List<Generation> generations = generate(backend, family, prompts, config);
    for (int row = 0; row < prompts.size(); row++) {
      assertThat(generations.get(row).ids()).as("row " + row).isEqualTo(continuations.get(row));
      assertThat(generations.get(row).reason()).isEqualTo(FinishReason.MAX_NEW_TOKENS);
    }
  }

  private static List<Generation> generate(
      String backendName, String family, List<int[]> prompts, GenerationConfig config) {
    Path folder = Goldens.golden("models/" + family);
    try (Backend backend = TestBackends.open(backendName);
        Decoder model = ModelFolder.load(folder, backend)) {
      return new Generator(model, null).generate(prompts, config, GenerationListener.SILENT);
    }
  }

  private static JsonNode caseOf(String family) {
    return Json.readObject(Goldens.golden("models/" + family + "/case.json"));
  }

  private static int[] ints(JsonNode array) {
    int[] result = new int[array.size()];
    Arrays.setAll(result, i -> array.path(i).asInt());
    return result;
  }

  private static int[] after(int from, int[] ids) {
    return Arrays.copyOfRange(ids, from, ids.length);
  }
}
