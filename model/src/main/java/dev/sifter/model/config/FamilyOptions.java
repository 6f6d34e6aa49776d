package dev.sifter.model.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.Json;
import dev.sifter.model.ModelException;
import java.util.Arrays;
import java.util.List;

/** The options of a family, looked up in one config.json; complaints name the key there. */
final class FamilyOptions {
  private final Family family;
  private final ObjectNode config;

  FamilyOptions(Family family, ObjectNode config) {
    this.family = family;
    this.config = config;
    for (var entry : family.requires().properties()) {
      require(entry.getKey(), entry.getValue());
    }
  }

  private void require(String key, JsonNode allowed) {
    if (!allowed.isNull() && !Family.isAmong(allowed, config, key)) {
      throw new ModelException(
          "'%s' is %s; for %s only %s is supported"
              .formatted(
                  key, config.has(key) ? config.path(key) : "missing", family.name(), allowed));
    }
  }

  /** The value of an option; null where it has none. */
  JsonNode node(String option) {
    JsonNode declared = family.options().path(option);
    if (declared.isMissingNode()) {
      throw new IllegalArgumentException("no option '" + option + "'");
    }
    if (!isLookup(declared.asText())) {
      return declared;
    }
    String key = key(option);
    String last = alternatives(option).getLast();
    if (config.has(key)) {
      return config.path(key);
    }
    return isLookup(last) ? NullNode.getInstance() : literal(last);
  }

  /**
   * The key of config.json that an option comes from: the first of them that is there, else the
   * last; or the option's own name.
   */
  String key(String option) {
    String key = option;
    for (String alternative : alternatives(option)) {
      if (isLookup(alternative)) {
        key = alternative.substring(1);
        if (config.has(key)) {
          return key;
        }
      }
    }
    return key;
  }

  private List<String> alternatives(String option) {
    String declared = family.options().path(option).asText();
    return Arrays.stream(declared.split("\\|")).map(String::strip).toList();
  }

  private static boolean isLookup(String declared) {
    return declared.startsWith("$");
  }

  private static JsonNode literal(String text) {
    try {
      return Json.mapper().readTree(text);
    } catch (JsonProcessingException e) {
      return JsonNodeFactory.instance.textNode(text);
    }
  }

  boolean isSet(String option) {
    return !node(option).isNull();
  }

  boolean flag(String option) {
    return node(option).asBoolean(false);
  }

  String text(String option) {
    return node(option).asText();
  }

  int positive(String option) {
    JsonNode node = node(option);
    if (!node.canConvertToInt() || node.asInt() <= 0) {
      throw new ModelException(
          "'%s' must be a positive integer, but is %s"
              .formatted(key(option), config.has(key(option)) ? node : "missing"));
    }
    return node.asInt();
  }

  int positive(String option, int otherwise) {
    return isSet(option) ? positive(option) : otherwise;
  }

  double number(String option, double otherwise) {
    JsonNode node = node(option);
    if (node.isNull()) {
      return otherwise;
    }
    if (!node.isNumber() || !Double.isFinite(node.asDouble())) {
      throw new ModelException("'%s' must be a number, but is %s".formatted(key(option), node));
    }
    return node.asDouble();
  }

  /** A number above 0, or what stands where there is none. */
  double positiveNumber(String option, double otherwise) {
    double value = number(option, otherwise);
    check(value > 0 || !isSet(option), option, "be positive");
    return value;
  }

  /** A share of elements to drop, below 1. */
  double probability(String option) {
    double value = number(option, 0);
    check(value >= 0 && value < 1, option, "be at least 0 and below 1");
    return value;
  }

  void check(boolean condition, String option, String demand) {
    if (!condition) {
      throw new ModelException(
          "'%s' is %s, but must %s".formatted(key(option), node(option), demand));
    }
  }
}
