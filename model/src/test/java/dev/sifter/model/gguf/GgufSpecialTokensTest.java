package dev.sifter.model.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.Json;
import dev.sifter.model.ModelException;
import dev.sifter.model.config.ModelConfig;
import dev.sifter.model.config.ModelConfigReader;
import dev.sifter.model.tokenizer.BpeTrainer;
import dev.sifter.model.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The roles that {@code SpecialVocab} of gguf 0.19.0 printed for the same files. */
class GgufSpecialTokensTest {
  private static final List<String> ADDED =
      List.of("<|begin|>", "<|end|>", "<|eom|>", "<|eot|>", "<|pad|>");
  private static final String ROLES =
      """
      {"bos_token": "<|begin|>", "eos_token": "<|eot|>", "pad_token": {"content": "<|pad|>"}}\
      """;
  private static final String THREE_ENDS = "[1, 2, 3]";

  @TempDir private Path folder;
  private Tokenizer trained;

  @BeforeEach
  void train() {
    trained = new BpeTrainer(300, 1, ADDED).train(List.of("a text to learn of"));
    for (int id = 0; id < ADDED.size(); id++) {
      assertThat(trained.id(ADDED.get(id))).hasValue(id);
    }
  }

  private GgufSpecialTokens read(String processor, String options, String eos) throws Exception {
    trained.save(folder);
    Path file = folder.resolve("tokenizer.json");
    ObjectNode definition = Json.readObject(file);
    definition.set("post_processor", json(processor));
    Json.write(file, definition);
    Json.write(folder.resolve("tokenizer_config.json"), json(options));
    ObjectNode config =
        (ObjectNode)
            json(
                """
                {"model_type": "llama", "vocab_size": 300, "hidden_size": 32,
                 "intermediate_size": 48, "num_hidden_layers": 1, "num_attention_heads": 4,
                 "num_key_value_heads": 2, "max_position_embeddings": 96, "bos_token_id": 0}\
                """);
    config.set("eos_token_id", json(eos));
    ModelConfig model = ModelConfigReader.read(config);
    return GgufSpecialTokens.of(Tokenizer.load(folder), model, (ObjectNode) json(options));
  }

  private static JsonNode json(String text) throws Exception {
    return Json.mapper().readTree(text);
  }

  /** A template of these pieces, A for the text. */
  private static String template(String... pieces) throws Exception {
    ObjectNode template = Json.mapper().createObjectNode().put("type", "TemplateProcessing");
    template.putArray("pair");
    for (String piece : pieces) {
      String kind = piece.equals("A") ? "Sequence" : "SpecialToken";
      template.withArray("single").addObject().putObject(kind).put("id", piece).put("type_id", 0);
      if (!piece.equals("A")) {
        ObjectNode token = template.withObject("special_tokens").putObject(piece).put("id", piece);
        token.putArray("ids").add(ADDED.indexOf(piece));
        token.putArray("tokens").add(piece);
      }
    }
    return template.toString();
  }

  private static GgufSpecialTokens roles(int eos, int eot, boolean addsBos, boolean addsEos) {
    return new GgufSpecialTokens(0, eos, eot, -1, 4, addsBos, addsEos);
  }

  @Test
  void theTokenizersEndWinsOverTheFirstOfTheConfigurations() throws Exception {
    String processor =
        """
        {"type": "Sequence", "processors": [{"type": "ByteLevel", "add_prefix_space": true,
         "trim_offsets": false, "use_regex": true}, %s]}\
        """
            .formatted(template("<|begin|>", "A"));
    assertThat(read(processor, ROLES, THREE_ENDS)).isEqualTo(roles(3, -1, true, false));
  }

  @Test
  void theTemplateSaysWhichEndsATextGets() throws Exception {
    assertThat(read("null", ROLES, THREE_ENDS)).isEqualTo(roles(3, -1, false, false));
    assertThat(read(template("A", "<|eot|>"), ROLES, THREE_ENDS))
        .isEqualTo(roles(3, -1, false, true));
    assertThat(read(template("<|begin|>", "A", "<|eot|>"), ROLES, THREE_ENDS))
        .isEqualTo(roles(3, -1, true, true));
    String roberta =
        """
        {"type": "RobertaProcessing", "cls": ["<|begin|>", 0], "sep": ["<|eot|>", 3],
         "trim_offsets": true, "add_prefix_space": false}\
        """;
    assertThat(read(roberta, ROLES, THREE_ENDS)).isEqualTo(roles(3, -1, true, true));
  }

  @Test
  void anEndThatTheTemplateAloneKnowsEndsTexts() throws Exception {
    assertThat(read(template("<|begin|>", "A", "<|end|>"), ROLES, THREE_ENDS))
        .isEqualTo(roles(1, 3, true, true));
  }

  @Test
  void theConfigurationOfTheTokenizerHasTheLastWord() throws Exception {
    String options = ROLES.replace("}}", "}, \"add_bos_token\": false, \"add_eos_token\": true}");
    assertThat(read(template("<|begin|>", "A"), options, THREE_ENDS))
        .isEqualTo(roles(3, -1, false, true));
    String silent = ROLES.replace("}}", "}, \"add_bos_token\": null}");
    assertThat(read(template("<|begin|>", "A"), silent, THREE_ENDS))
        .isEqualTo(roles(3, -1, true, false));
  }

  @Test
  void theModelsConfigurationFillsGaps() throws Exception {
    String pad = "{\"pad_token\": \"<|pad|>\"}";
    assertThat(read("null", pad, "3")).isEqualTo(roles(3, -1, false, false));
    // SpecialVocab has no end here, with which llama.cpp would take its own default, token 11.
    assertThat(read("null", pad, THREE_ENDS)).isEqualTo(roles(1, -1, false, false));
  }

  @Test
  void whatGgufCannotSayIsRefused() {
    assertThatThrownBy(() -> read(template("<|end|>", "A"), ROLES, THREE_ENDS))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("<|end|>")
        .hasMessageContaining("bos_token");
    assertThatThrownBy(() -> read(template("<|begin|>", "<|eom|>", "A"), ROLES, THREE_ENDS))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("[0, 2] before");
  }
}
