package dev.sifter.train.eval;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.engine.Backends;
import dev.sifter.engine.backend.Backend;
import dev.sifter.model.Json;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.KvCache;
import dev.sifter.model.decoder.ModelFolder;
import dev.sifter.model.generate.GenerationConfig;
import dev.sifter.model.generate.Generator;
import dev.sifter.model.tokenizer.Tokenizer;
import dev.sifter.train.cli.TinyModel;
import dev.sifter.train.eval.TaskRun.Request;
import dev.sifter.train.eval.score.TextEncoder;
import dev.sifter.train.eval.task.LeafTask;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Answers of many prompts that begin with the same examples. */
class AnswerGeneratorTest {
  private static final int NEW_TOKENS = 8;
  private static final int PROMPTS = 24;
  private static final String EXAMPLES =
      "the fox asks the model\n\nhello user, hello model\n\nthe lazy dog jumps over the fox\n\n";

  @Test
  void examplesAreReadOnceOverAllBatches(@TempDir Path folder) {
    TinyModel.save(folder);
    Tokenizer tokenizer = Tokenizer.load(folder);
    List<Request> requests = new ArrayList<>();
    for (int i = 0; i < PROMPTS; i++) {
      requests.add(new Request(EXAMPLES + (char) ('a' + i) + " hello fox".repeat(i % 3), null));
    }
    try (Backend backend = Backends.open(Backends.available().getFirst(), 2);
        Decoder model = ModelFolder.load(folder, backend)) {
      TextEncoder encoder = new TextEncoder(tokenizer, TinyModel.CONTEXT);
      EvalOptions options = EvalOptions.DEFAULT.toBuilder().maxBatchSize(5).build();
      AnswerGenerator generator = new AnswerGenerator(model, tokenizer, encoder, options);
      ObjectNode kwargs = Json.mapper().createObjectNode();
      generator.answer(
          new LeafTask.Generation(List.of(), NEW_TOKENS, false, 1, kwargs),
          requests,
          (request, text) -> request.answers().add(text));
      GenerationConfig alone =
          GenerationConfig.DEFAULT.toBuilder()
              .maxNewTokens(NEW_TOKENS)
              .eosTokenIds(List.of(tokenizer.eosId().getAsInt()))
              .build();
      int promptTokens = 0;
      for (Request request : requests) {
        int[] prompt = encoder.encode(request.context());
        promptTokens += prompt.length;
        assertThat(request.answers())
            .containsExactly(new Generator(model, tokenizer).generate(prompt, alone).text());
      }
      int examples = tokenizer.encode(EXAMPLES, true).ids().length;
      int atMost = promptTokens - (PROMPTS - 1) * examples + PROMPTS * (NEW_TOKENS - 1);
      assertThat(generator.tokensRead()).isLessThanOrEqualTo(atMost);
    }
    assertThat(PROMPTS * tokenizer.encode(EXAMPLES, true).ids().length).isGreaterThan(600);
  }

  /** The tokens of a pass bound what is read at once, not the answers that are still to come. */
  @Test
  void answersAreGeneratedTogether(@TempDir Path folder) {
    TinyModel.save(folder);
    Tokenizer tokenizer = Tokenizer.load(folder);
    List<Request> requests = greetings();
    try (Backend backend = Backends.open(Backends.available().getFirst(), 2);
        Decoder model = ModelFolder.load(folder, backend)) {
      TextEncoder encoder = new TextEncoder(tokenizer, TinyModel.CONTEXT);
      int[] lengths = requests.stream().mapToInt(r -> encoder.encode(r.context()).length).toArray();
      EvalOptions options = EvalOptions.DEFAULT.withMaxBatchTokens(Arrays.stream(lengths).sum());
      new AnswerGenerator(model, tokenizer, encoder, options)
          .answer(
              new LeafTask.Generation(
                  List.of(), NEW_TOKENS, false, 1, Json.mapper().createObjectNode()),
              requests,
              (request, text) -> request.answers().add(text));
      assertThat(requests).allSatisfy(request -> assertThat(request.answers()).hasSize(1));
      // The last new token is never read.
      long cached = (long) PROMPTS * (Arrays.stream(lengths).max().orElseThrow() + NEW_TOKENS - 1);
      long bytes = cached * KvCache.bytesPerToken(model.config(), Float.BYTES);
      assertThat(backend.ledger().peakBytesByArena().get("kv_cache")).isGreaterThanOrEqualTo(bytes);
    }
  }

  /** A prompt has as many sequences as there are beams, and still one answer. */
  @Test
  void aTaskMayAskForBeams(@TempDir Path folder) {
    TinyModel.save(folder);
    Tokenizer tokenizer = Tokenizer.load(folder);
    List<Request> requests = greetings();
    try (Backend backend = Backends.open(Backends.available().getFirst(), 2);
        Decoder model = ModelFolder.load(folder, backend)) {
      TextEncoder encoder = new TextEncoder(tokenizer, TinyModel.CONTEXT);
      ObjectNode kwargs = Json.mapper().createObjectNode().put("num_beams", 3);
      LeafTask.Generation task = new LeafTask.Generation(List.of(), NEW_TOKENS, false, 1, kwargs);
      AnswerGenerator generator =
          new AnswerGenerator(model, tokenizer, encoder, EvalOptions.DEFAULT);
      generator.answer(task, requests, (request, text) -> request.answers().add(text));
      GenerationConfig alone = generator.settings(task);
      for (Request request : requests) {
        int[] prompt = encoder.encode(request.context());
        assertThat(request.answers())
            .containsExactly(new Generator(model, tokenizer).generate(prompt, alone).text());
      }
    }
  }

  private static List<Request> greetings() {
    return IntStream.range(0, PROMPTS)
        .mapToObj(i -> new Request("hello fox " + (char) ('a' + i), null))
        .toList();
  }
}
