package dev.sifter.tests.tokenizer;

import static dev.sifter.tests.Goldens.data;
import static dev.sifter.tests.Goldens.golden;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sifter.model.tokenizer.BpeTrainer;
import dev.sifter.model.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Published vectors of other implementations: ids that their authors recorded. */
class TokenizerGoldenTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final String VECTORS = "tokenizers/llama.cpp-vocab/ggml-vocab-";

  @Test
  void gpt2GivesTheIdsThatLlamaCppRecorded() throws IOException {
    Tokenizer tokenizer = Tokenizer.load(data("tokenizers/gpt2"));
    checkVectors(tokenizer, data(VECTORS + "gpt-2.gguf.inp"));
  }

  @Test
  void llama2GivesTheIdsThatLlamaCppRecorded() throws IOException {
    Path vectors = data(VECTORS + "llama-spm.gguf.inp");
    checkVectors(Tokenizer.load(data("tokenizers/llama2/tokenizer.json")), vectors);
    checkVectors(Tokenizer.load(data("tokenizers/llama2/tokenizer.model")), vectors);
  }

  private static void checkVectors(Tokenizer tokenizer, Path input) throws IOException {
    String file = input.toString();
    String[] texts = Files.readString(input).split("\n__ggml_vocab_test__\n", -1);
    Path output = Path.of(file.substring(0, file.length() - 3) + "out");
    List<String> expected = Files.readAllLines(output);
    assertThat(expected.size()).isGreaterThanOrEqualTo(texts.length - 1);
    // The last marker is followed by nothing: it ends a text, it does not begin one.
    int count = texts[texts.length - 1].isEmpty() ? texts.length - 1 : texts.length;
    assertThat(count).isGreaterThan(40);
    for (int i = 0; i < count; i++) {
      int[] ids =
          Arrays.stream(expected.get(i).strip().split(" +"))
              .filter(id -> !id.isEmpty())
              .mapToInt(Integer::parseInt)
              .toArray();
      assertThat(tokenizer.encode(texts[i], false).ids())
          .as("text %d: \"%s\"", i, texts[i])
          .isEqualTo(ids);
    }
  }

  @Test
  void gpt2GivesTheIdsThatSwiftTransformersRecorded() throws IOException {
    JsonNode vector = JSON.readTree(data("tokenizers/gpt2/gpt2_encoded_tokens.json").toFile());
    Tokenizer tokenizer = Tokenizer.load(data("tokenizers/gpt2"));
    int[] ids = tokenizer.encode(vector.get("text").textValue(), false).ids();
    assertThat(ids).isEqualTo(ints(vector.get("token_ids")));
    assertThat(Arrays.stream(ids).mapToObj(tokenizer::token))
        .containsExactlyElementsOf(strings(vector.get("bpe_tokens")));
    assertThat(tokenizer.decode(ids, false)).isEqualTo(vector.get("decoded_text").textValue());
  }

  @Test
  void sentencePieceAndTiktokenFilesGiveTheIdsOfTheirConversions() throws IOException {
    String text =
        Files.readString(data("tokenizers/sentencepiece/botchan.txt"))
            + Files.readString(data(VECTORS + "llama-spm.gguf.inp"));
    Tokenizer model = Tokenizer.load(data("tokenizers/llama2/tokenizer.model"));
    Tokenizer json = Tokenizer.load(data("tokenizers/llama2/tokenizer.json"));
    assertThat(model.encode(text, true)).isEqualTo(json.encode(text, true));
    assertThat(model.specialTokens().bos().orElseThrow().content()).isEqualTo("<s>");

    Tokenizer tiktoken =
        Tokenizer.loadTiktoken(
            data("tokenizers/gpt2/gpt2.tiktoken"), BpeTrainer.WORDS, List.of("<|endoftext|>"));
    Tokenizer gpt2 = Tokenizer.load(data("tokenizers/gpt2/tokenizer.json"));
    assertThat(tiktoken.encode(text + "<|endoftext|>", true).ids())
        .isEqualTo(gpt2.encode(text + "<|endoftext|>", true).ids());

    Tokenizer small = Tokenizer.load(data("tokenizers/torchtune/tiktoken_small.model"));
    Tokenizer converted = Tokenizer.load(data("tokenizers/torchtune/tokenizer.json"));
    assertThat(small.encode(text, false)).isEqualTo(converted.encode(text, false));
  }

  @Test
  void mistralGivesTheIdsThatItsAuthorsRecorded() throws IOException {
    Tokenizer tokenizer = Tokenizer.load(data("tokenizers/mistral/tokenizer.model.v1"));
    Path samples = data("tokenizers/mistral/samples/no_tools");
    // Special tokens stand by themselves; a prompt and its answer are tokenised one by one.
    Matcher parts =
        Pattern.compile("</?s>|.+?(?:\\[/INST]|(?=</s>)|$)")
            .matcher(Files.readString(samples.resolve("text_v1.txt")).strip());
    List<Integer> ids = new ArrayList<>();
    while (parts.find()) {
      String part = parts.group();
      if (part.startsWith("<")) {
        ids.add(tokenizer.id(part).orElseThrow());
      } else {
        String text = part.replace('\u2581', ' ').substring(1);
        Arrays.stream(tokenizer.encode(text, false).ids()).forEach(ids::add);
      }
    }
    JsonNode expected = JSON.readTree(samples.resolve("tokens_v1.json").toFile()).get("tokens");
    assertThat(ids.stream().mapToInt(Integer::intValue).toArray()).isEqualTo(ints(expected));
  }

  @Test
  void plainTextGivesTheIdsThatTrlPrepared() throws IOException {
    checkPrepared("prepare_tok512.json", Tokenizer.load(golden("train/base")), true);
    checkPrepared(
        "prepare_tok512-metaspace.json", Tokenizer.load(golden("data/tok512-metaspace")), true);
    checkPrepared("prepare_gpt2.json", Tokenizer.load(data("tokenizers/gpt2")), true);
  }

  /** TRL adds the end token's text to a row of plain text, and tokenises with special tokens. */
  private static void checkPrepared(String file, Tokenizer tokenizer, boolean addSpecialTokens)
      throws IOException {
    int checked = 0;
    String eos = tokenizer.specialTokens().eos().orElseThrow().content();
    for (JsonNode testCase : JSON.readTree(golden("data/" + file).toFile()).get("cases")) {
      for (JsonNode row : testCase.path("rows")) {
        JsonNode text = row.path("row").path("text");
        JsonNode ids = row.path("tokenised").path("input_ids");
        if (text.isTextual() && ids.isArray()) {
          String ended = text.textValue();
          ended = ended.endsWith(eos) ? ended : ended + eos;
          assertThat(tokenizer.encode(ended, addSpecialTokens).ids())
              .as("%s: %s", file, text)
              .isEqualTo(ints(ids));
          checked++;
        }
      }
    }
    assertThat(checked).as(file).isPositive();
  }

  private static int[] ints(JsonNode array) {
    int[] ints = new int[array.size()];
    Arrays.setAll(ints, i -> array.get(i).intValue());
    return ints;
  }

  private static List<String> strings(JsonNode array) {
    List<String> strings = new ArrayList<>();
    array.forEach(element -> strings.add(element.textValue()));
    return strings;
  }
}
