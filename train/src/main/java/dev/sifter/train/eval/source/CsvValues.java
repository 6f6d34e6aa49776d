package dev.sifter.train.eval.source;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * What the texts of a table's columns stand for, as pandas reads CSV and the harness sees it: whole
 * numbers, fractions or truth values where all of a column are such, and null for {@code NA},
 * {@code None} and their like.
 */
final class CsvValues {
  /** pandas' own list. */
  private static final Set<String> NOTHING =
      Set.of(
          "",
          "#N/A",
          "#N/A N/A",
          "#NA",
          "-1.#IND",
          "-1.#QNAN",
          "-NaN",
          "-nan",
          "1.#IND",
          "1.#QNAN",
          "<NA>",
          "N/A",
          "NA",
          "NULL",
          "NaN",
          "None",
          "n/a",
          "nan",
          "null");

  private static final Pattern WHOLE = Pattern.compile(" *[+-]?[0-9]+ *");
  private static final Pattern REAL =
      Pattern.compile(" *[+-]?([0-9]+\\.?[0-9]*([eE][+-]?[0-9]+)?|\\.[0-9]+([eE][+-]?[0-9]+)?) *");
  private static final Pattern INFINITE =
      Pattern.compile("[+-]?inf(inity)?", Pattern.CASE_INSENSITIVE);
  private static final Pattern TRUTH = Pattern.compile("True|TRUE|true|False|FALSE|false");

  private CsvValues() {}

  /** The records with what their texts stand for. */
  static List<ObjectNode> of(List<ObjectNode> records) {
    Set<String> columns = new LinkedHashSet<>();
    records.forEach(record -> record.fieldNames().forEachRemaining(columns::add));
    List<ObjectNode> typed = records.stream().map(ObjectNode::deepCopy).toList();
    for (String column : columns) {
      List<String> texts = new ArrayList<>();
      for (ObjectNode record : records) {
        JsonNode value = record.path(column);
        if (value.isTextual() && !NOTHING.contains(value.textValue())) {
          texts.add(value.textValue());
        }
      }
      Function<String, JsonNode> reader = reader(texts, texts.size() == records.size());
      typed.forEach(record -> record.set(column, read(record.path(column), reader)));
    }
    return typed;
  }

  private static JsonNode read(JsonNode value, Function<String, JsonNode> reader) {
    if (!value.isTextual()) {
      return value;
    }
    boolean nothing = NOTHING.contains(value.textValue());
    return nothing ? JsonNodeFactory.instance.nullNode() : reader.apply(value.textValue());
  }

  /**
   * Whole numbers beside nulls are fractions, since pandas writes null as one; those from 2⁶³ on,
   * which need all of 64 bits, beside negative ones texts.
   */
  private static Function<String, JsonNode> reader(List<String> texts, boolean complete) {
    if (complete && texts.stream().allMatch(text -> WHOLE.matcher(text).matches())) {
      List<BigInteger> numbers = texts.stream().map(CsvValues::whole).toList();
      boolean unsigned = numbers.stream().anyMatch(number -> number.bitLength() == Long.SIZE);
      return unsigned && numbers.stream().anyMatch(number -> number.signum() < 0)
          ? JsonNodeFactory.instance::textNode
          : text -> node(whole(text));
    }
    if (texts.stream().allMatch(CsvValues::isReal)) {
      return CsvValues::real;
    }
    return texts.stream().allMatch(text -> TRUTH.matcher(text).matches())
        ? text -> BooleanNode.valueOf(text.toLowerCase(Locale.ROOT).equals("true"))
        : JsonNodeFactory.instance::textNode;
  }

  private static BigInteger whole(String text) {
    return new BigInteger(text.strip());
  }

  private static JsonNode node(BigInteger value) {
    return value.bitLength() < Long.SIZE
        ? JsonNodeFactory.instance.numberNode(value.longValue())
        : JsonNodeFactory.instance.numberNode(value);
  }

  private static boolean isReal(String text) {
    return REAL.matcher(text).matches() || INFINITE.matcher(text).matches();
  }

  private static JsonNode real(String text) {
    if (!INFINITE.matcher(text).matches()) {
      return DoubleNode.valueOf(Double.parseDouble(text));
    }
    return DoubleNode.valueOf(
        text.startsWith("-") ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY);
  }
}
