package dev.sifter.train.cli;

import static dev.sifter.train.cli.TokenizeCommandTest.assertFails;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.Json;
import dev.sifter.model.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GenerateCommandTest {
  @TempDir private static Path folder;

  @BeforeAll
  static void makeModel() {
    TinyModel.save(folder);
  }

  private static Cli generate(Object... more) {
    Object[] args = new Object[more.length + 5];
    System.arraycopy(
        new Object[] {"generate", "--model", folder, "--device", "reference"}, 0, args, 0, 5);
    System.arraycopy(more, 0, args, 5, more.length);
    return Cli.run(args);
  }

  @Test
  void streamsTheTextThatJsonHolds() throws IOException {
    Cli streamed = generate("--prompt", "the fox", "--max-new-tokens", 6);
    assertThat(streamed.code()).isZero();
    assertThat(streamed.err()).contains("device reference");
    JsonNode json =
        Json.mapper()
            .readTree(generate("--prompt", "the fox", "--max-new-tokens", 6, "--json").out());
    assertThat(streamed.out().stripTrailing()).isEqualTo(json.get("text").asText().stripTrailing());
    int[] prompt = Json.mapper().treeToValue(json.get("prompt_ids"), int[].class);
    assertThat(Tokenizer.load(folder).decode(prompt, false)).isEqualTo("the fox");
    assertThat(json.get("ids").size()).isBetween(1, 6);
  }

  /**
   * On a GPU, and so on the emulator, a model in bf16 is run in bf16, unless an option says not.
   */
  @Test
  void activationsFollowTheModelOrTheOption(@TempDir Path narrow) throws IOException {
    TinyModel.save(narrow);
    Path file = narrow.resolve("config.json");
    ObjectNode config = Json.readObject(file);
    Files.writeString(file, config.put("torch_dtype", "bfloat16").toString());
    assertThat(emulated(folder).err()).contains("activations in F32");
    assertThat(emulated(folder, "--dtype", "bfloat16").err()).contains("activations in BF16");
    assertThat(emulated(narrow).err()).contains("activations in BF16");
    assertThat(emulated(narrow, "--dtype", "float32").err()).contains("activations in F32");
    assertFails(
        emulated(folder, "--dtype", "int8"), "--dtype int8 is not known; choose auto, bfloat16");
  }

  private static Cli emulated(Path model, Object... more) {
    List<Object> args =
        new ArrayList<>(
            List.of("generate", "--model", model, "--device", "emulator", "--prompt", "the fox"));
    args.addAll(List.of("--max-new-tokens", 2));
    args.addAll(List.of(more));
    return Cli.run(args.toArray());
  }

  @Test
  void theFoldersLengthHoldsAndWhatHasNoEffectIsSaid(@TempDir Path model) throws IOException {
    TinyModel.save(model);
    Files.writeString(
        model.resolve("generation_config.json"),
        "{\"max_length\": 12, \"min_length\": 12, \"max_time\": 4, \"typical_p\": 1.0}");
    Cli answer =
        Cli.run("generate", "--model", model, "--device", "reference", "--prompt", "the", "--json");
    assertThat(answer.code()).as(answer.err()).isZero();
    assertThat(answer.err())
        .containsOnlyOnce("has no effect")
        .contains("generation_config.json: max_time is 4, which has no effect");
    JsonNode json = Json.mapper().readTree(answer.out());
    assertThat(json.get("prompt_ids").size() + json.get("ids").size()).isEqualTo(12);
    assertThat(json.get("finish_reason").asText()).isEqualTo("max_new_tokens");
  }

  /** What does not fit is cut at what dynamic scaling stretches the context to. */
  @Test
  void answersFillTheStretchedContext(@TempDir Path model) throws IOException {
    TinyModel.saveStretched(model);
    Files.writeString(
        model.resolve("generation_config.json"), "{\"suppress_tokens\": [2], \"eos_token_id\": 2}");
    String prompt = "the fox ".repeat(TinyModel.CONTEXT);
    Cli refused = generateWith(model, prompt);
    assertFails(refused, "context of " + 2 * TinyModel.CONTEXT);
    JsonNode json =
        Json.mapper()
            .readTree(generateWith(model, "the ".repeat(TinyModel.CONTEXT), "--json").out());
    assertThat(json.get("prompt_ids").size()).isGreaterThanOrEqualTo(TinyModel.CONTEXT);
    assertThat(json.get("prompt_ids").size() + json.get("ids").size())
        .isEqualTo(2 * TinyModel.CONTEXT);
  }

  @Test
  void theSameSeedGivesTheSameDraws() {
    Object[] hot = {"--prompt", "the", "--temperature", 2, "--seed", 11, "--max-new-tokens", 8};
    String first = generate(hot).out();
    assertThat(generate(hot).out()).isEqualTo(first);
    hot[5] = 12;
    assertThat(generate(hot).out()).isNotEqualTo(first);
  }

  /** With --json a line for each answer; else each under a line that numbers it. */
  @Test
  void severalAnswersAreWrittenWhenAllAreThere() throws IOException {
    Object[] three = {
      "--prompt", "the", "--max-new-tokens", 4, "--num-beams", 3, "--num-return-sequences", 3
    };
    Cli text = generate(three);
    assertThat(text.code()).as(text.err()).isZero();
    assertThat(text.err()).contains(" of 3 answers in ");
    List<Object> json = new ArrayList<>(Arrays.asList(three));
    json.add("--json");
    List<String> lines = generate(json.toArray()).out().lines().toList();
    assertThat(lines).hasSize(3).doesNotHaveDuplicates();
    StringBuilder expected = new StringBuilder();
    for (int i = 0; i < 3; i++) {
      String answer = Json.mapper().readTree(lines.get(i)).get("text").asText();
      String end = answer.isEmpty() || answer.endsWith("\n") ? "" : "\n";
      expected.append("--- answer %d of 3%n".formatted(i + 1)).append(answer).append(end);
    }
    assertThat(text.out()).isEqualTo(expected.toString());
  }

  @Test
  void beamsAndDrawsDoNotGoTogether(@TempDir Path model) throws IOException {
    Object[] beams = {"--prompt", "the", "--max-new-tokens", 5, "--num-beams", 2};
    String searched = generate(beams).out();
    TinyModel.save(model);
    Path settings = model.resolve("generation_config.json");
    Files.writeString(settings, "{\"do_sample\": true, \"num_beams\": 2, \"max_new_tokens\": 5}");
    Cli drawn = Cli.run("generate", "--model", model, "--device", "reference", "--prompt", "the");
    assertThat(drawn.err()).contains("num_beams is 2, which has no effect where tokens are drawn");
    List<Object> asked =
        new ArrayList<>(List.of("generate", "--model", model, "--device", "reference"));
    asked.addAll(Arrays.asList(beams));
    assertThat(Cli.run(asked.toArray()).out()).isEqualTo(searched);
    asked.addAll(List.of("--top-k", 5));
    assertFails(Cli.run(asked.toArray()), "--num-beams is 2, which searches");
    assertFails(
        generate("--prompt", "the", "--num-return-sequences", 2),
        "num_return_sequences is 2, but num_beams is 1");
  }

  @Test
  void temperatureZeroIsGreedy() {
    assertThat(generate("--prompt", "the", "--temperature", 0, "--max-new-tokens", 8).out())
        .isEqualTo(generate("--prompt", "the", "--max-new-tokens", 8).out());
  }

  @Test
  void conversationsGoThroughTheTemplate(@TempDir Path files) throws IOException {
    Path chat =
        Files.writeString(
            files.resolve("chat.json"), "[{\"role\": \"user\", \"content\": \"hello\"}]");
    Cli call = generate("--messages", chat, "--max-new-tokens", 2, "--json");
    int[] prompt =
        Json.mapper()
            .treeToValue(Json.mapper().readTree(call.out()).get("prompt_ids"), int[].class);
    assertThat(Tokenizer.load(folder).decode(prompt, false))
        .isEqualTo("<|im_start|>user\nhello<|im_end|>\n<|im_start|>assistant\n");
  }

  /**
   * Templates would stop at these with errors of their own, which name neither file nor message.
   */
  @Test
  void messagesWithoutContentAreNamed(@TempDir Path files) throws IOException {
    Path chat = files.resolve("chat.json");
    for (String content : List.of("", ", \"content\": null")) {
      Files.writeString(
          chat,
          "[{\"role\": \"system\", \"content\": \"x\"}, {\"role\": \"user\"%s}]"
              .formatted(content));
      assertFails(
          generate("--messages", chat),
          "sifter: %s:1 (record 0): messages[1]: content is missing; it must be a text"
              .formatted(chat));
    }
  }

  @Test
  void whatTheTemplateSaysIsSaidToBeItsWord(@TempDir Path files) throws IOException {
    Path chat = Files.writeString(files.resolve("chat.json"), "[{\"content\": \"x\"}]");
    assertFails(
        generate("--messages", chat),
        "sifter: %s: the chat template says: Undefined".formatted(chat));
  }

  @Test
  void oneConversationIsRead(@TempDir Path files) throws IOException {
    String hello = "{\"messages\": [{\"role\": \"user\", \"content\": \"hello\"}]}\n";
    Path marked = Files.writeString(files.resolve("marked.json"), "\uFEFF" + hello);
    assertThat(generate("--messages", marked, "--max-new-tokens", 1).code()).isZero();
    Path lines = Files.writeString(files.resolve("chats.jsonl"), hello + hello);
    assertFails(
        generate("--messages", lines),
        "sifter: %s holds several conversations; --messages takes one".formatted(lines));
  }

  @Test
  void anAdapterChangesTheAnswer(@TempDir Path files) {
    Path adapter = TinyModel.saveAdapter(files.resolve("adapter"), folder);
    Object[] prompt = {"--prompt", "the fox", "--max-new-tokens", 8};
    Object[] adapted = {"--prompt", "the fox", "--max-new-tokens", 8, "--adapter", adapter};
    assertThat(generate(adapted).out()).isNotEqualTo(generate(prompt).out());
  }

  @Test
  void errorsAreOneSentence() {
    assertFails(generate("--prompt", "x", "--top-p", 1.5), "top_p is 1.5");
    assertFails(
        generate("--prompt", "x", "--max-new-tokens", TinyModel.CONTEXT + 1),
        "context of " + TinyModel.CONTEXT);
    assertFails(generate("--prompt", "x", "--threads", -1), "--threads is -1");
    assertFails(generate("--prompt", "x", "--adapter", "/nowhere"), "does not exist");
    assertThat(generate().code()).isEqualTo(2);
    assertThat(generate("--prompt", "x", "--device", "abacus").code()).isEqualTo(2);
  }

  @Test
  void brokenFoldersAreNamed(@TempDir Path files) throws IOException {
    Path model = TinyModel.save(files.resolve("model"));
    Path weights = model.resolve("model.safetensors");
    byte[] whole = Files.readAllBytes(weights);
    Files.write(weights, Arrays.copyOf(whole, whole.length / 2));
    assertFails(generateWith(model), "model.safetensors");
    Files.delete(weights);
    assertFails(generateWith(model), "safetensors");
    Files.write(weights, whole);
    Files.writeString(model.resolve("config.json"), "{\"model_type\": \n");
    assertFails(generateWith(model), "config.json is not JSON: line 2");
    Files.delete(model.resolve("tokenizer.json"));
    assertFails(generateWith(model), "tokenizer.json");
  }

  private static Cli generateWith(Path model) {
    return Cli.run("generate", "--model", model, "--prompt", "x", "--device", "reference");
  }

  private static Cli generateWith(Path model, String prompt, Object... more) {
    List<Object> args =
        new ArrayList<>(
            List.of("generate", "--model", model, "--prompt", prompt, "--device", "reference"));
    args.addAll(List.of(more));
    return Cli.run(args.toArray());
  }
}
