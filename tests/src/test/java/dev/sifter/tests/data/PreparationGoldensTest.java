package dev.sifter.tests.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.Json;
import dev.sifter.model.chat.ChatTemplate;
import dev.sifter.model.chat.ChatTemplates;
import dev.sifter.model.tokenizer.Tokenizer;
import dev.sifter.tests.Goldens;
import dev.sifter.train.data.DataConfig;
import dev.sifter.train.data.Example;
import dev.sifter.train.data.PackingStrategy;
import dev.sifter.train.data.PreparedDataset;
import dev.sifter.train.data.SftPreparation;
import dev.sifter.train.data.record.DataException;
import dev.sifter.train.data.record.DataRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Token ids, masks, labels, truncation and packing against TRL's SFTTrainer. */
class PreparationGoldensTest {
  private record Model(Tokenizer tokenizer, ChatTemplate template) {}

  /**
   * Every case of every {@code prepare_*.json} in the {@code data} folder of any set of results.
   */
  @TestFactory
  Stream<DynamicTest> everyCase() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    for (Path folder : Goldens.everyGolden("data")) {
      try (Stream<Path> files = Files.list(folder)) {
        for (Path file : files.sorted().toList()) {
          if (file.getFileName().toString().matches("prepare_.*\\.json")) {
            tests.addAll(tests(file));
          }
        }
      }
    }
    return tests.stream();
  }

  private static List<DynamicTest> tests(Path file) {
    ObjectNode golden = Json.readObject(file);
    Model model = model(golden.get("tokenizer"), file.getParent());
    List<DynamicTest> tests = new ArrayList<>();
    for (JsonNode testCase : golden.get("cases")) {
      String name = file.getFileName() + " " + testCase.get("name").asText();
      tests.add(DynamicTest.dynamicTest(name, () -> check(testCase, model)));
    }
    return tests;
  }

  private static Model model(JsonNode description, Path folder) {
    if (description.has("path")) {
      Path path = folder.resolve(description.get("path").asText()).normalize();
      return new Model(Tokenizer.load(path), ChatTemplates.find(path).orElseThrow());
    }
    Tokenizer tokenizer =
        Tokenizer.load(Goldens.data(description.get("file").asText().replaceFirst("^data/", "")));
    JsonNode added = description.path("added_special_tokens");
    // The reference's own call to add_tokens took <|im_end|> first, for its lower id.
    List<String> specials = new ArrayList<>();
    added.properties().stream()
        .sorted((a, b) -> Integer.compare(a.getValue().asInt(), b.getValue().asInt()))
        .forEach(entry -> specials.add(entry.getKey()));
    tokenizer = tokenizer.withAddedTokens(specials);
    for (String role : List.of("bos_token", "eos_token")) {
      tokenizer = tokenizer.withSpecialToken(role, description.get(role).asText());
    }
    for (Map.Entry<String, JsonNode> entry : added.properties()) {
      assertThat(tokenizer.id(entry.getKey())).hasValue(entry.getValue().asInt());
    }
    JsonNode template = description.path("chat_template");
    return new Model(
        tokenizer, template.isTextual() ? ChatTemplate.compile(template.asText()) : null);
  }

  private static DataConfig config(JsonNode settings, Map<String, String> roles) {
    JsonNode length = settings.path("max_length");
    JsonNode completionOnly = settings.path("completion_only_loss");
    boolean packing = settings.path("packing").asBoolean();
    return DataConfig.builder()
        .maxLength(length.isNumber() ? (Integer) length.asInt() : null)
        .truncationMode(
            DataConfig.TruncationMode.valueOf(
                settings.path("truncation_mode").asText("keep_start").toUpperCase(Locale.ROOT)))
        .completionOnlyLoss(completionOnly.isBoolean() ? completionOnly.asBoolean() : null)
        .assistantOnlyLoss(settings.path("assistant_only_loss").asBoolean())
        .packing(
            packing ? PackingStrategy.of(settings.path("packing_strategy").asText("bfd")) : null)
        .chatRoles(roles)
        .checks(new DataConfig.Checks(true, 1))
        .build();
  }

  private static void check(JsonNode golden, Model model) {
    String name = golden.get("name").asText();
    List<JsonNode> rows = new ArrayList<>();
    golden.get("rows").forEach(row -> rows.add(row.has("row") ? row.get("row") : row));
    List<DataRecord> records = GoldenRows.records(rows);
    // TRL keeps the speakers' names of ShareGPT.
    DataConfig config = config(golden.get("settings"), Map.of("human", "human", "gpt", "gpt"));
    if (golden.has("error")) {
      checkError(name, config, model, records);
      return;
    }
    PreparedDataset prepared =
        SftPreparation.prepare(config, model.tokenizer(), model.template(), records.iterator());
    List<List<List<Integer>>> expected = new ArrayList<>();
    golden.get("prepared").forEach(row -> expected.add(GoldenRows.lists(GoldenRows.example(row))));
    assertThat(prepared.examples().stream().map(GoldenRows::lists).toList()).isEqualTo(expected);

    JsonNode batch = golden.get("first_batch_of_3");
    List<Example> first = prepared.examples().subList(0, Math.min(3, expected.size()));
    CollatorGoldensTest.checkBatch(first, !batch.has("attention_mask"), 1, batch);

    assertThat(prepared.statistics().records()).isEqualTo(records.size());
    assertThat(prepared.statistics().rows()).isEqualTo(expected.size());
    if (golden.get("rows").get(0).has("kept")) {
      int dropped = 0;
      for (JsonNode row : golden.get("rows")) {
        dropped += row.get("kept").asBoolean() ? 0 : 1;
      }
      assertThat(prepared.statistics().dropped()).isEqualTo(dropped);
    }
    checkLengths(golden, prepared);
    boolean warned = golden.get("trl_warnings").toString().contains("Mismatch");
    assertThat(prepared.statistics().unalignedPrompts() > 0).isEqualTo(warned);
    assertThat(prepared.warnings().toString().contains("tokens of the prompt do not begin"))
        .isEqualTo(warned);
  }

  private static void checkLengths(JsonNode golden, PreparedDataset prepared) {
    for (int i = 0; i < golden.get("rows").size(); i++) {
      JsonNode tokenised = golden.get("rows").get(i).path("tokenised");
      if (tokenised.has("input_ids")) {
        assertThat(prepared.statistics().lengths()[i]).isEqualTo(tokenised.get("input_ids").size());
      }
    }
  }

  private static void checkError(
      String name, DataConfig config, Model model, List<DataRecord> records) {
    boolean shareGpt = records.stream().allMatch(r -> r.fields().has("conversations"));
    switch (shareGpt ? "sharegpt" : name) {
      case "no_assistant_turn_fails" ->
          assertThatThrownBy(
                  () ->
                      SftPreparation.prepare(
                          config, model.tokenizer(), model.template(), records.iterator()))
              .isInstanceOf(DataException.class)
              .hasMessageContaining("golden:")
              .hasMessageContaining("assistant_only_loss");
      case "sharegpt" -> checkTranslated(config, model, records);
      default -> throw new IllegalStateException("an error of a kind not known: " + name);
    }
  }

  /** TRL looks for conversations before it renames their fields; Sifter takes them. */
  private static void checkTranslated(DataConfig keep, Model model, List<DataRecord> records) {
    DataConfig config =
        DataConfig.builder()
            .maxLength(keep.maxLength())
            .assistantOnlyLoss(true)
            .checks(keep.checks())
            .build();
    List<JsonNode> translated = new ArrayList<>();
    for (DataRecord record : records) {
      String json = record.fields().toString();
      for (String[] pair :
          new String[][] {
            {"\"conversations\":", "\"messages\":"},
            {"\"from\":", "\"role\":"},
            {"\"value\":", "\"content\":"},
            {"\"role\":\"human\"", "\"role\":\"user\""},
            {"\"role\":\"gpt\"", "\"role\":\"assistant\""}
          }) {
        json = json.replace(pair[0], pair[1]);
      }
      try {
        translated.add(Json.mapper().readTree(json));
      } catch (JsonProcessingException e) {
        throw new IllegalStateException(e);
      }
    }
    List<Example> direct = prepare(config, model, records);
    assertThat(direct).hasSameSizeAs(records);
    assertThat(direct.stream().map(GoldenRows::lists).toList())
        .isEqualTo(
            prepare(config, model, GoldenRows.records(translated)).stream()
                .map(GoldenRows::lists)
                .toList());
  }

  private static List<Example> prepare(DataConfig config, Model model, List<DataRecord> records) {
    return SftPreparation.prepare(config, model.tokenizer(), model.template(), records.iterator())
        .examples();
  }
}
