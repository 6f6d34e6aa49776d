package dev.sifter.train.eval.source;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.chat.jinja.PythonStrings;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * What is done to records before prompts are made of them; the names for {@code process_docs}. The
 * harness has a Python function for each. Forms that the authors publish are brought into the
 * Hub's.
 */
final class DocProcessors {
  private static final Map<String, UnaryOperator<ObjectNode>> BY_NAME =
      Map.of(
          "arc", DocProcessors::arc,
          "boolq", DocProcessors::boolq,
          "hellaswag", DocProcessors::hellaswag,
          "mmlu", DocProcessors::mmlu,
          "truthfulqa", DocProcessors::truthfulqa,
          "wikitext", DocProcessors::wikitext,
          "winogrande", DocProcessors::winogrande);

  private DocProcessors() {}

  /**
   * The processor of this name.
   *
   * @throws IllegalArgumentException if there is none
   */
  static UnaryOperator<ObjectNode> of(String name) {
    UnaryOperator<ObjectNode> processor = BY_NAME.get(name);
    if (processor == null) {
      throw new IllegalArgumentException(
          "process_docs '%s' is unknown; there are %s"
              .formatted(name, BY_NAME.keySet().stream().sorted().toList()));
    }
    return doc -> {
      try {
        return processor.apply(doc);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            "process_docs %s: %s; the record is %s".formatted(name, e.getMessage(), doc), e);
      }
    };
  }

  private static String text(ObjectNode doc, String column) {
    return required(doc, column).asText();
  }

  private static JsonNode required(ObjectNode doc, String column) {
    JsonNode value = doc.get(column);
    if (value == null || value.isNull()) {
      throw new IllegalArgumentException("the column '%s' is missing".formatted(column));
    }
    return value;
  }

  /** The authors' files have the choices within the question. */
  private static ObjectNode arc(ObjectNode doc) {
    if (!(doc.get("question") instanceof ObjectNode question)) {
      return doc;
    }
    ObjectNode flat = doc.deepCopy();
    flat.set("question", required(question, "stem"));
    ObjectNode choices = flat.putObject("choices");
    ArrayNode texts = choices.putArray("text");
    ArrayNode labels = choices.putArray("label");
    for (JsonNode choice : required(question, "choices")) {
      texts.add(choice.path("text"));
      labels.add(choice.path("label"));
    }
    return flat;
  }

  /** The label is a truth value in some files, which is 0 or 1, and called answer in others. */
  private static ObjectNode boolq(ObjectNode doc) {
    JsonNode label = doc.has("label") ? doc.get("label") : required(doc, "answer");
    return doc.deepCopy().put("label", label.asInt());
  }

  private static ObjectNode hellaswag(ObjectNode doc) {
    ObjectNode processed = doc.deepCopy();
    String context = text(doc, "ctx_a") + " " + PythonStrings.capitalize(text(doc, "ctx_b"));
    processed.put("query", withoutBrackets(text(doc, "activity_label") + ": " + context));
    ArrayNode choices = processed.putArray("choices");
    required(doc, "endings").forEach(ending -> choices.add(withoutBrackets(ending.asText())));
    return processed.put("gold", required(doc, "label").asInt());
  }

  /** Brackets come from WikiHow's markup. */
  private static String withoutBrackets(String text) {
    return PythonStrings.strip(text)
        .replace(" [title]", ". ")
        .replaceAll("\\[[^\\n]*?\\]", "")
        .replace("  ", " ");
  }

  /** The authors' tables have a column for every choice, and a letter for the answer. */
  private static ObjectNode mmlu(ObjectNode doc) {
    if (!doc.has("A")) {
      return doc;
    }
    ObjectNode processed = doc.objectNode();
    processed.put("question", text(doc, "question"));
    ArrayNode choices = processed.putArray("choices");
    List.of("A", "B", "C", "D").forEach(letter -> choices.add(text(doc, letter)));
    int answer = "ABCD".indexOf(text(doc, "answer"));
    if (answer < 0 || text(doc, "answer").length() != 1) {
      throw new IllegalArgumentException("the answer is none of A, B, C, D");
    }
    return processed.put("answer", answer);
  }

  /** The authors' file maps every choice to its label. */
  private static ObjectNode truthfulqa(ObjectNode doc) {
    ObjectNode processed = doc.deepCopy();
    for (String targets : List.of("mc1_targets", "mc2_targets")) {
      JsonNode value = required(doc, targets);
      if (!value.has("choices")) {
        ObjectNode lists = processed.putObject(targets);
        ArrayNode choices = lists.putArray("choices");
        ArrayNode labels = lists.putArray("labels");
        for (var choice : value.properties()) {
          choices.add(choice.getKey());
          labels.add(choice.getValue());
        }
      }
    }
    return processed;
  }

  private static ObjectNode wikitext(ObjectNode doc) {
    return doc.deepCopy().put("detokenized", WikiText.detokenize(text(doc, "page")));
  }

  private static ObjectNode winogrande(ObjectNode doc) {
    String sentence = text(doc, "sentence");
    int blank = sentence.indexOf('_');
    String answer = text(doc, "answer");
    if (blank < 0 || !answer.equals("1") && !answer.equals("2")) {
      throw new IllegalArgumentException(
          "the sentence needs a blank '_', the answer must be 1 or 2");
    }
    ObjectNode processed = doc.deepCopy();
    String before = sentence.substring(0, blank);
    ArrayNode contexts = processed.putArray("contexts");
    contexts.add(before + text(doc, "option1")).add(before + text(doc, "option2"));
    processed.put("continuation", PythonStrings.strip(sentence.substring(blank + 1)));
    return processed.put("gold", answer.equals("1") ? 0 : 1);
  }
}
