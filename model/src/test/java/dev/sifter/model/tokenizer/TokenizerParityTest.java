package dev.sifter.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.CharSpan;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * Ids, offsets and decoded text equal those of Hugging Face's own Rust library, on random strings.
 *
 * <p>{@code -Dsifter.tokenizer.strings=200000} raises the number of strings over all tokenizers;
 * the seed is printed, and {@code -Dsifter.tokenizer.seed} chooses another.
 */
@Execution(ExecutionMode.CONCURRENT)
class TokenizerParityTest {
  private static final int STRINGS = Integer.getInteger("sifter.tokenizer.strings", 20_000);
  private static final long SEED = Long.getLong("sifter.tokenizer.seed", 20261123);
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final String QWEN2 = PreTokenizer.LLAMA3.replace("{1,3}", "");

  @TempDir Path folder;

  @TestFactory
  Stream<DynamicTest> equalsTheReference() throws IOException {
    List<Path> definitions = new ArrayList<>(trained());
    definitions.addAll(published());
    int each = Math.max(1, STRINGS / definitions.size());
    System.out.printf(
        "tokenizer parity: seed %d, %d strings for each of %d tokenizers%n",
        SEED, each, definitions.size());
    return definitions.stream()
        .map(
            path ->
                DynamicTest.dynamicTest(
                    path.getParent().getFileName() + "/" + path.getFileName(),
                    () -> compare(path, each)));
  }

  private static void compare(Path path, int strings) throws IOException {
    Tokenizer ours = Tokenizer.load(path);
    RandomText random = new RandomText(SEED);
    try (HuggingFaceTokenizer reference =
        HuggingFaceTokenizer.builder()
            .optTokenizerPath(path)
            .optTruncation(false)
            .optPadding(false)
            .build()) {
      for (int i = 0; i < strings; i++) {
        String text = random.next();
        boolean special = random.below(2) == 0;
        compareEncoding(ours, reference, text, special);
        int[] ids = new int[random.below(12)];
        Arrays.setAll(ids, k -> random.below(ours.vocabSize()));
        compareDecoding(ours, reference, ids, special);
      }
    }
  }

  private static void compareEncoding(
      Tokenizer ours, HuggingFaceTokenizer reference, String text, boolean special) {
    var expected = reference.encode(text, special, false);
    Encoding actual = ours.encode(text, special);
    assertThat(actual.ids())
        .as("ids of %s, seed %d", escape(text), SEED)
        .isEqualTo(Arrays.stream(expected.getIds()).mapToInt(Math::toIntExact).toArray());
    CharSpan[] spans = expected.getCharTokenSpans();
    for (int t = 0; t < spans.length; t++) {
      // The binding has no span for a token that the post-processor added.
      int start = spans[t] == null ? 0 : spans[t].getStart();
      int end = spans[t] == null ? 0 : spans[t].getEnd();
      assertThat(new int[] {actual.starts()[t], actual.ends()[t]})
          .as("offsets of token %d of %s, seed %d", t, escape(text), SEED)
          .containsExactly(start, end);
    }
  }

  private static void compareDecoding(
      Tokenizer ours, HuggingFaceTokenizer reference, int[] ids, boolean skip) {
    String expected = reference.decode(Arrays.stream(ids).asLongStream().toArray(), skip);
    assertThat(ours.decode(ids, skip))
        .as("text of %s, seed %d", Arrays.toString(ids), SEED)
        .isEqualTo(expected);
    StreamingDecoder stream = ours.streamingDecoder(skip);
    StringBuilder streamed = new StringBuilder();
    for (int id : ids) {
      streamed.append(stream.accept(id));
    }
    assertThat(streamed.append(stream.finish()).toString()).isEqualTo(expected);
  }

  /** Tokenizers trained here, over the components that can go with a byte-level vocabulary. */
  private List<Path> trained() throws IOException {
    List<String> corpus = new ArrayList<>();
    RandomText random = new RandomText(7);
    for (int i = 0; i < 2_000; i++) {
      corpus.add(random.next());
    }
    List<String> specials = List.of("<|endoftext|>", "<|im_start|>", "<|im_end|>");
    Map<String, String> regexes =
        Map.of("gpt2", PreTokenizer.GPT2, "llama3", PreTokenizer.LLAMA3, "qwen2", QWEN2);
    List<Path> paths = new ArrayList<>();
    for (Map.Entry<String, String> regex : regexes.entrySet()) {
      Path path = folder.resolve(regex.getKey());
      new BpeTrainer(2_000, 2, specials, true, List.of(regex.getValue())).train(corpus).save(path);
      paths.add(path.resolve("tokenizer.json"));
    }
    Path base = folder.resolve("qwen2/tokenizer.json");
    paths.add(variant(base, "nfc", d -> d.putObject("normalizer").put("type", "NFC")));
    paths.add(
        variant(
            base, "ignore-merges", d -> ((ObjectNode) d.get("model")).put("ignore_merges", true)));
    paths.add(
        variant(
            base,
            "prefix-space",
            d ->
                d.putObject("pre_tokenizer")
                    .put("type", "ByteLevel")
                    .put("add_prefix_space", true)
                    .put("trim_offsets", true)
                    .put("use_regex", true)));
    paths.add(variant(base, "framed", TokenizerParityTest::frame));
    for (String behavior :
        List.of("Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous")) {
      paths.add(variant(base, "split-" + behavior, d -> split(d, behavior)));
    }
    paths.add(written("llama-fallback", CharacterDefinitions.llama(true, null)));
    paths.add(written("llama-first", CharacterDefinitions.llama(true, "first")));
    paths.add(written("llama-unknown", CharacterDefinitions.llama(false, "always")));
    paths.add(written("unigram", CharacterDefinitions.unigram(false)));
    paths.add(written("unigram-fallback", CharacterDefinitions.unigram(true)));
    paths.add(written("wordpiece", CharacterDefinitions.wordPiece()));
    return paths;
  }

  private static void frame(ObjectNode definition) {
    definition
        .putObject("post_processor")
        .put("type", "RobertaProcessing")
        .put("trim_offsets", true)
        .put("add_prefix_space", false)
        .<ObjectNode>set("cls", JSON.createArrayNode().add("<|im_start|>").add(1))
        .set("sep", JSON.createArrayNode().add("<|im_end|>").add(2));
    ((ObjectNode) definition.get("added_tokens").get(0)).put("lstrip", true).put("rstrip", true);
    ((ObjectNode) definition.get("added_tokens").get(1)).put("single_word", true);
  }

  private static void split(ObjectNode definition, String behavior) {
    ObjectNode split = JSON.createObjectNode().put("type", "Split").put("behavior", behavior);
    split.putObject("pattern").put("Regex", "[aeiou]|\\d{2}|\\s");
    split.put("invert", behavior.length() % 2 == 0);
    definition
        .putObject("pre_tokenizer")
        .put("type", "Sequence")
        .putArray("pretokenizers")
        .add(split)
        .addObject()
        .put("type", "ByteLevel")
        .put("add_prefix_space", false)
        .put("trim_offsets", true)
        .put("use_regex", false);
  }

  private Path variant(Path base, String name, java.util.function.Consumer<ObjectNode> change)
      throws IOException {
    ObjectNode definition = (ObjectNode) JSON.readTree(base.toFile());
    change.accept(definition);
    return written(name, definition);
  }

  private Path written(String name, ObjectNode definition) throws IOException {
    Path path = Files.createDirectories(folder.resolve(name)).resolve("tokenizer.json");
    JSON.writeValue(path.toFile(), definition);
    return path;
  }

  /** Published tokenizers, where they lie beside the checkout. */
  private static List<Path> published() {
    Path root = Path.of(System.getProperty("sifter.root", ".")).toAbsolutePath();
    Path data = root.resolve("../shared/data/tokenizers");
    Path goldens = root.resolve("../shared/goldens");
    return Stream.of(
            data.resolve("gpt2/tokenizer.json"),
            data.resolve("llama2/tokenizer.json"),
            data.resolve("olmo/allenai_dolma2.json"),
            data.resolve("torchtune/tiny_bpe_tokenizer.json"),
            data.resolve("torchtune/tokenizer.json"),
            data.resolve("torchtune/tokenizer_gemma_cropped.json"),
            goldens.resolve("train/base/tokenizer.json"),
            goldens.resolve("data/tok512-metaspace/tokenizer.json"))
        .map(Path::normalize)
        .filter(Files::exists)
        .toList();
  }

  private static String escape(String text) {
    StringBuilder escaped = new StringBuilder();
    text.chars()
        .forEach(
            c -> {
              if (c >= 0x20 && c < 0x7F) {
                escaped.append((char) c);
              } else {
                escaped.append("\\u%04X".formatted(c));
              }
            });
    return escaped.toString();
  }
}
