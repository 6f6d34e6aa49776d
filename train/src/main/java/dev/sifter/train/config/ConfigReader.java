package dev.sifter.train.config;

import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.FileErrors;
import dev.sifter.train.options.Spelling;
import dev.sifter.train.options.YamlTree;
import dev.sifter.train.trainer.OptionNotes;
import dev.sifter.train.trainer.TrainingArguments;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads a run's options from a YAML file and the command line into an options class, whose public
 * fields are the keys in snake case and whose values are the defaults.
 *
 * <p>Names that transformers and TRL have given up, and that the Hugging Face course still uses,
 * are accepted, and so are {@link ReferenceOptions}. A key that nobody knows is an error that names
 * the nearest one.
 */
public final class ConfigReader {
  /** Old names, and what they are called now. */
  private static final Map<String, String> ALIASES =
      Map.of(
          "max_seq_length", "max_length",
          "evaluation_strategy", "eval_strategy",
          "warmup_ratio", "warmup_steps",
          "bnb_4bit_use_double_quant", "use_bnb_nested_quant");

  /** PEFT's names in a {@code LoraConfig}, and what TRL's options call them. */
  private static final Map<String, String> LORA_NAMES =
      Map.of(
          "r", "lora_r",
          "target_modules", "lora_target_modules",
          "modules_to_save", "lora_modules_to_save",
          "task_type", "lora_task_type");

  /** What holds in a {@code LoraConfig} where TRL's options of adapters have other defaults. */
  private static final Map<String, Integer> LORA_DEFAULTS =
      Map.of("lora_r", 8, "lora_alpha", 8, "lora_dropout", 0);

  /** The key under which the course gives PEFT's options. */
  private static final String PEFT_CONFIG = "peft_config";

  private static final JsonSetter.Value SKIPPED = JsonSetter.Value.forValueNulls(Nulls.SKIP);

  private static final ObjectMapper BINDER =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          // dataset_name: one.jsonl, as TRL's configurations have it.
          .enable(DeserializationFeature.ACCEPT_SINGLE_VALUE_AS_ARRAY)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .addModule(OptionTypes.module())
          // What the reference stack writes for an option that was not given. A number that is not
          // there is refused, but for max_length, where null means any length.
          .withConfigOverride(String.class, type -> type.setSetterInfo(SKIPPED))
          .withConfigOverride(
              List.class, type -> type.setSetterInfo(SKIPPED.withContentNulls(Nulls.FAIL)))
          .withConfigOverride(Map.class, type -> type.setSetterInfo(SKIPPED))
          .build();

  private ConfigReader() {}

  /**
   * Reads a file and then the command line over it.
   *
   * @param overrides {@code --key value} pairs; values are YAML, so that lists and numbers work
   * @throws IllegalArgumentException if the file is absent or not YAML, a key is unknown, or a
   *     value does not fit its key
   */
  public static <T extends TrainingArguments> T read(
      Path file, List<String> overrides, Class<T> type) {
    TextOptions texts = TextOptions.of(type, BINDER, List.of(ALIASES, LORA_NAMES));
    ObjectNode tree = canonical(readTree(file, texts), file);
    tree.setAll(canonical(parse(overrides, texts), file));
    List<String> notes = ReferenceOptions.takeOut(tree, file);
    Set<String> given = new LinkedHashSet<>();
    tree.fieldNames().forEachRemaining(given::add);
    try {
      T options = BINDER.treeToValue(tree, type);
      options.keep(new OptionNotes(given, notes));
      return options;
    } catch (UnrecognizedPropertyException e) {
      throw unknownKey(file, e);
    } catch (JsonMappingException e) {
      String key = e.getPath().isEmpty() ? "?" : e.getPath().getFirst().getFieldName();
      throw new IllegalArgumentException(
          "%s: %s is %s%s".formatted(file, key, tree.path(key), OptionTypes.complaint(e)), e);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(file + ": " + e.getOriginalMessage(), e);
    }
  }

  /** Options that can be changed without changing the others. */
  @SuppressWarnings("unchecked")
  public static <T> T copy(T options) {
    return (T) BINDER.convertValue(options, options.getClass());
  }

  /** All options by their names in snake case, defaults included. */
  public static ObjectNode values(TrainingArguments options) {
    return BINDER.valueToTree(options);
  }

  private static ObjectNode readTree(Path file, TextOptions texts) {
    try {
      JsonNode tree = YamlTree.readOptions(Files.readString(file), texts::contains);
      if (tree instanceof ObjectNode object) {
        return object;
      }
      throw new IllegalArgumentException(file + ": keys and values were expected");
    } catch (NoSuchFileException e) {
      throw new IllegalArgumentException(file + " does not exist", e);
    } catch (YamlTree.Malformed e) {
      String place = e.line() == 0 ? "" : ", line " + e.line();
      throw new IllegalArgumentException(file + place + ": " + e.getMessage(), e);
    } catch (IOException e) {
      throw FileErrors.because("cannot read " + file, e);
    }
  }

  private static ObjectNode parse(List<String> overrides, TextOptions texts) {
    ObjectNode tree = BINDER.createObjectNode();
    for (int i = 0; i < overrides.size(); i += 2) {
      String option = overrides.get(i);
      if (!option.startsWith("--") || i + 1 == overrides.size()) {
        throw new IllegalArgumentException(
            "'%s': options are given as --key value".formatted(option));
      }
      try {
        String key = option.substring(2).replace('-', '_');
        JsonNode value = texts.value(key, overrides.get(i + 1));
        if (value.isMissingNode()) {
          throw new IllegalArgumentException(
              "%s '%s' gives no value: to YAML this is empty, or a comment"
                  .formatted(option, overrides.get(i + 1)));
        }
        tree.set(key, value);
      } catch (YamlTree.Malformed e) {
        throw new IllegalArgumentException(
            "%s %s: %s".formatted(option, overrides.get(i + 1), e.getMessage()), e);
      }
    }
    return tree;
  }

  /** The options under the names that they have here. */
  private static ObjectNode canonical(ObjectNode tree, Path file) {
    flattenPeftConfig(tree, file);
    renameAliases(tree, ALIASES, file);
    return tree;
  }

  /** {@code peft_config}, an object with PEFT's names, asks for adapters. */
  private static void flattenPeftConfig(ObjectNode tree, Path file) {
    JsonNode config = tree.remove(PEFT_CONFIG);
    if (config == null || config.isNull()) {
      return;
    }
    if (!(config instanceof ObjectNode peft)) {
      throw new IllegalArgumentException(
          "%s: peft_config is %s; it must be the keys and values of a LoraConfig"
              .formatted(file, config));
    }
    renameAliases(peft, LORA_NAMES, file);
    JsonNode kind = peft.remove("peft_type");
    if (kind != null && !kind.asText().equals("LORA")) {
      throw new IllegalArgumentException(
          "%s: peft_type is %s; only LORA is supported".formatted(file, kind.asText()));
    }
    peft.put("use_peft", true);
    LORA_DEFAULTS.forEach(
        (key, value) -> {
          if (!tree.has(key)) {
            peft.putIfAbsent(key, IntNode.valueOf(value));
          }
        });
    peft.properties()
        .forEach(
            entry -> {
              if (tree.has(entry.getKey())) {
                throw new IllegalArgumentException(
                    "%s: %s is given twice, in peft_config too".formatted(file, entry.getKey()));
              }
              tree.set(entry.getKey(), entry.getValue());
            });
  }

  private static void renameAliases(ObjectNode tree, Map<String, String> names, Path file) {
    names.forEach(
        (old, now) -> {
          if (tree.path(old).isNull()) {
            tree.remove(old);
          }
          if (tree.has(old)) {
            if (tree.has(now)) {
              throw new IllegalArgumentException(
                  "%s: %s is the old name of %s; give one of them".formatted(file, old, now));
            }
            tree.set(now, tree.remove(old));
          }
        });
  }

  private static IllegalArgumentException unknownKey(Path file, UnrecognizedPropertyException e) {
    String nearest = Spelling.nearest(e.getPropertyName(), e.getKnownPropertyIds());
    return new IllegalArgumentException(
        "%s: there is no option '%s'; did you mean '%s'?"
            .formatted(file, e.getPropertyName(), nearest),
        e);
  }
}
