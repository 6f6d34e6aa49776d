package dev.sifter.train.eval.metric;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.List;

/** What a metric gives for one item; an {@link Aggregation} makes one figure of all of them. */
public sealed interface ItemValue {

  /** A score. */
  record Score(double value) implements ItemValue {
    @Override
    public JsonNode json() {
      return JsonNodeFactory.instance.numberNode(value);
    }
  }

  /**
   * A log-likelihood and what it is spread over.
   *
   * @param value nats
   * @param weight words or bytes of the text
   */
  record Weighted(double value, long weight) implements ItemValue {
    @Override
    public JsonNode json() {
      return array().add(value).add(weight);
    }
  }

  /** The right choice and the model's, as indices. */
  record Labels(int gold, int predicted) implements ItemValue {
    @Override
    public JsonNode json() {
      return array().add(gold).add(predicted);
    }
  }

  /**
   * The right choice and the model's probabilities.
   *
   * @param probabilities of all choices; their sum is 1
   */
  record Distribution(int gold, List<Double> probabilities) implements ItemValue {
    @Override
    public JsonNode json() {
      ArrayNode numbers = array();
      probabilities.forEach(numbers::add);
      return array().add(gold).add(numbers);
    }
  }

  /** What would be right, one text or several, and what the model wrote. */
  record Texts(List<String> references, String prediction) implements ItemValue {
    @Override
    public JsonNode json() {
      ArrayNode pair = array();
      if (references.size() == 1) {
        pair.add(references.getFirst());
      } else {
        ArrayNode several = pair.addArray();
        references.forEach(several::add);
      }
      return pair.add(prediction);
    }
  }

  /** Several outcomes of one item, such as the instructions of a prompt. */
  record Outcomes(List<Boolean> values) implements ItemValue {
    @Override
    public JsonNode json() {
      ArrayNode array = array();
      values.forEach(array::add);
      return array;
    }
  }

  /** The value as the harness's sample files have it. */
  JsonNode json();

  /** A score. */
  static ItemValue of(double value) {
    return new Score(value);
  }

  /** A score of 1 or 0. */
  static ItemValue of(boolean right) {
    return new Score(right ? 1 : 0);
  }

  private static ArrayNode array() {
    return JsonNodeFactory.instance.arrayNode();
  }
}
