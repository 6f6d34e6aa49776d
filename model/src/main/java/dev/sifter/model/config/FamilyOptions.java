package dev.sifter.model.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.Json;
import dev.sifter.model.ModelException;

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
              .formatted(key, config.path(key), family.name(), allowed));
    }
  }

  /** The value of an option; null where it has none. */
  JsonNode node(String option) {
    JsonNode declared = family.options().path(option);
    if (declared.isMissingNode()) {
      throw new IllegalArgumentException("no option '" + option + "'");
    }
    String text = declared.isTextual() ? declared.asText() : "";
    if (!text.startsWith("$")) {
      return declared;
    }
    int bar = text.indexOf('|');
    String key = key(option);
    if (config.has(key)) {
      return config.path(key);
    }
    return bar < 0 ? NullNode.getInstance() : literal(text.substring(bar + 1).strip());
  }

  /** The key of config.json that an option comes from, or the option's own name. */
  String key(String option) {
    String text = family.options().path(option).asText();
    if (!text.startsWith("$")) {
      return option;
    }
    int bar = text.indexOf('|');
    return (bar < 0 ? text : text.substring(0, bar)).substring(1).strip();
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
