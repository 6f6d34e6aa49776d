package dev.sifter.tests.generate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sifter.engine.backend.Backend;
import dev.sifter.model.Json;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.ModelFolder;
import dev.sifter.model.generate.FinishReason;
import dev.sifter.model.generate.Generation;
import dev.sifter.model.generate.GenerationConfig;
import dev.sifter.model.generate.GenerationListener;
import dev.sifter.model.generate.Generator;
import dev.sifter.model.generate.SearchRules;
import dev.sifter.model.tokenizer.Tokenizer;
import dev.sifter.tests.Goldens;
import dev.sifter.tests.TestBackends;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A real model: stories260K tells the story that its author published. */
class StoriesTest {
  private static final int BOS = 1;

  @ParameterizedTest(name = "{0}")
  @MethodSource("dev.sifter.tests.TestBackends#names")
  void tellsThePublishedStory(String backend) {
    JsonNode golden = Json.readObject(Goldens.golden("others/stories260K/golden.json"));
    String expected = golden.path("expected_text_by_karpathy").asText();
    Generation story = with(backend, generator -> generator.generate(new int[] {BOS}, upTo(200)));
    assertThat(story.text()).isEqualTo(expected);
    JsonNode ids = golden.path("computed_here_numpy_float64").path("greedy_ids");
    for (int i = 0; i < story.ids().length; i++) {
      assertThat(story.ids()[i]).as("token " + i).isEqualTo(ids.path(i + 1).asInt());
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("dev.sifter.tests.TestBackends#names")
  void cutsTheTextAtTheFirstStopString(String backend) {
    GenerationConfig config = upTo(200).toBuilder().stopStrings(List.of("\n", "to play")).build();
    List<String> pieces = new ArrayList<>();
    Generation story =
        with(
            backend,
            generator ->
                generator
                    .generate(
                        List.of(new int[] {BOS}),
                        config,
                        new GenerationListener() {
                          @Override
                          public void onText(int sequence, String text) {
                            pieces.add(text);
                          }
                        })
                    .getFirst());
    assertThat(story.text())
        .isEqualTo("Once upon a time, there was a little girl named Lily. She loved ");
    assertThat(story.reason()).isEqualTo(FinishReason.STOP_STRING);
    assertThat(String.join("", pieces)).isEqualTo(story.text());
    assertThat(pieces).hasSizeGreaterThan(10);
  }

  /**
   * The line end is a token of one byte. generate of transformers 5.18.0 with stop_strings ["\n"]
   * gives 62 ids, the last ones 426 (a full stop) and 13.
   */
  @ParameterizedTest(name = "{0}")
  @MethodSource("dev.sifter.tests.TestBackends#names")
  void stopsAtTheByteThatEndsALine(String backend) {
    GenerationConfig config = upTo(200).toBuilder().stopStrings(List.of("\n")).build();
    Generation story = with(backend, generator -> generator.generate(new int[] {BOS}, config));
    assertThat(story.ids()).hasSize(62).endsWith(426, 13);
    assertThat(story.reason()).isEqualTo(FinishReason.STOP_STRING);
    assertThat(story.text()).endsWith("it was too high.");
  }

  /** As generate of transformers 5.18.0, in fp32 and in fp64. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("dev.sifter.tests.TestBackends#names")
  void searchesForStoriesThatStop(String backend) {
    GenerationConfig config =
        upTo(60).toBuilder()
            .stopStrings(List.of("big"))
            .search(new SearchRules(3, 3, 1, SearchRules.EarlyStopping.FALSE))
            .build();
    List<Generation> stories =
        with(
            backend,
            generator ->
                generator.generate(List.of(new int[] {BOS}), config, GenerationListener.SILENT));
    assertThat(stories.stream().map(Generation::text))
        .containsExactly(
            "Once upon a time, there was a little girl named Lily. She loved to play outside in"
                + " the sunshine. One day, she saw a ",
            "Once upon a time, there was a little girl named Lily. She loved to play outside in"
                + " the park with her friends. One day, she saw a ",
            "Once upon a time, there was a little girl named Lily. She had a ");
    assertThat(stories).extracting(Generation::reason).containsOnly(FinishReason.STOP_STRING);
  }

  /** The same seed gives the same text, alone and in a batch of others; another seed another. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("dev.sifter.tests.TestBackends#names")
  void samplesByTheSeed(String backend) {
    GenerationConfig config = upTo(40).toBuilder().doSample(true).seed(7).build();
    int[] prompt = {BOS};
    int[] longer = {BOS, 403, 407, 261};
    List<Generation> batch =
        with(
            backend,
            generator ->
                generator.generate(
                    List.of(prompt, longer, prompt), config, GenerationListener.SILENT));
    Generation alone = with(backend, generator -> generator.generate(prompt, config));
    assertThat(batch.getFirst().ids()).isEqualTo(alone.ids());
    assertThat(batch.getLast().ids()).isNotEqualTo(alone.ids());
    GenerationConfig other = config.toBuilder().seed(8).build();
    assertThat(with(backend, generator -> generator.generate(prompt, other)).ids())
        .isNotEqualTo(alone.ids());
  }

  private static GenerationConfig upTo(int tokens) {
    return GenerationConfig.DEFAULT.toBuilder().maxNewTokens(tokens).build();
  }

  private static <T> T with(String backendName, Function<Generator, T> work) {
    Path folder = Goldens.golden("train/base");
    try (Backend backend = TestBackends.open(backendName);
        Decoder model = ModelFolder.load(folder, backend)) {
      return work.apply(new Generator(model, Tokenizer.load(folder)));
    }
  }
}
