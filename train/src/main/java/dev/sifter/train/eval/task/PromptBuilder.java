package dev.sifter.train.eval.task;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.chat.ChatRequest;
import dev.sifter.model.chat.ChatTemplate;
import dev.sifter.model.chat.Message;
import dev.sifter.model.chat.TemplateException;
import dev.sifter.model.chat.jinja.PythonStrings;
import dev.sifter.model.chat.jinja.Values;
import dev.sifter.train.eval.python.PythonRandom;
import dev.sifter.train.eval.task.LeafTask.Fewshot;
import dev.sifter.train.eval.task.LeafTask.Prompt;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * The text before an answer: system instruction and description, examples, the record; plain, or as
 * a chat. Examples are drawn in the order of the records, so records must be asked for in order.
 */
public final class PromptBuilder {
  private static final String SYSTEM = "system";

  private final LeafTask task;
  private final Prompt prompt;
  private final Chat chat;
  private final String systemInstruction;
  private final int shots;
  private final boolean multipleInputs;
  private final PythonRandom random;
  private final List<ObjectNode> pool;
  private boolean leavesOutSystem;

  /**
   * How a chat is rendered.
   *
   * @param template the model's
   * @param specialTokens {@code bos_token} and the like
   * @param multiturn whether every example is a turn of its own, not part of one user message
   */
  public record Chat(ChatTemplate template, Map<String, String> specialTokens, boolean multiturn) {}

  /** One message; as plain text its delimiter follows it. */
  private record Part(String role, String content, String delimiter) {}

  /**
   * A builder for one task.
   *
   * @param chat null for plain text
   * @param systemInstruction empty for none
   */
  public PromptBuilder(LeafTask task, Chat chat, String systemInstruction, int shots, long seed) {
    this.task = task;
    this.prompt = task.prompt();
    this.chat = chat;
    this.systemInstruction = systemInstruction;
    this.shots = shots;
    this.multipleInputs = task.hasMultipleInputs();
    this.random = new PythonRandom(seed);
    this.pool = shots == 0 ? List.of() : task.fewshot().pool().get();
    int available = Math.max(0, pool.size() - (task.fewshot().excludeDoc() ? 1 : 0));
    if (shots > available) {
      throw new IllegalArgumentException(
          "task %s: num_fewshot is %d, but there are only %d records to take examples from"
              .formatted(task.name(), shots, available));
    }
  }

  /** What comes between context and choice. */
  public String answerDelimiter() {
    if (chat == null) {
      return prompt.targetDelimiter();
    }
    DocField prefix = prompt.generationPrefix();
    boolean delimits = prefix != null && !prefix.isEmpty() && !prefix.endsWithSpace();
    return delimits ? prompt.targetDelimiter() : "";
  }

  /** The contexts of a record: one, or one for each choice where the task has multiple inputs. */
  public List<String> contexts(ObjectNode doc) {
    List<Part> before = new ArrayList<>();
    String system =
        delimited(
            systemInstruction, DocField.text(prompt.description(), doc), prompt.fewshotDelimiter());
    if (!system.isEmpty()) {
      before.add(new Part(SYSTEM, system, ""));
    }
    for (ObjectNode example : examples(doc)) {
      addExample(before, example);
    }
    String prefix = DocField.text(prompt.generationPrefix(), doc);
    List<String> questions =
        multipleInputs
            ? prompt.choices().choices(doc)
            : List.of(Values.text(prompt.text().textOrIndex(doc, prompt.choices() != null)));
    return questions.stream()
        .map(question -> render(before, question, prefix, multipleInputs))
        .toList();
  }

  private List<ObjectNode> examples(ObjectNode doc) {
    Fewshot fewshot = task.fewshot();
    if (shots == 0) {
      return List.of();
    }
    if (!fewshot.excludeDoc()) {
      return fewshot.firstN() ? pool.subList(0, shots) : random.sample(pool, shots);
    }
    List<ObjectNode> drawn = fewshot.firstN() ? pool : random.sample(pool, shots + 1);
    List<ObjectNode> others = without(drawn, doc);
    if (others.size() >= shots) {
      return others.subList(0, shots);
    }
    // The record occurs several times and was drawn more than once.
    return random.sample(without(pool, doc), shots);
  }

  private static List<ObjectNode> without(List<ObjectNode> examples, ObjectNode doc) {
    return examples.stream().filter(example -> !example.equals(doc)).toList();
  }

  private void addExample(List<Part> parts, ObjectNode example) {
    Prompt own = task.fewshot().prompt();
    boolean hasChoices = prompt.choices() != null; // the harness asks the task, not its examples
    Object question = own.text().textOrIndex(example, hasChoices);
    if (multipleInputs) {
      question = own.choices().choice(example, inputIndex(question));
    }
    Object answer = own.target().target(example, hasChoices);
    // The harness takes an empty target for none, and ends such an example after its question.
    boolean hasAnswer = answer != null && !answer.equals("");
    String prefix = DocField.text(own.generationPrefix(), example);
    String text = Values.text(question);
    boolean delimit = prefix.isEmpty() ? hasAnswer : needsDelimiter(text, prefix);
    parts.add(new Part("user", text, delimit ? own.targetDelimiter() : ""));
    if (hasAnswer) {
      String whole = delimited(prefix, answerText(own, example, answer), " ");
      parts.add(new Part("assistant", whole, own.fewshotDelimiter()));
    } else if (!prefix.isEmpty()) {
      parts.add(new Part("assistant", prefix, ""));
    }
  }

  /** The choice that an index means, or the first of several texts. */
  private String answerText(Prompt own, ObjectNode example, Object answer) {
    OptionalInt index = multipleInputs ? OptionalInt.empty() : DocField.index(answer);
    if (own.choices() != null && index.isPresent()) {
      return own.choices().choice(example, index.getAsInt());
    }
    if (!(answer instanceof List<?> several)) {
      return Values.text(answer);
    }
    if (!several.isEmpty() && several.getFirst() instanceof String first) {
      return first;
    }
    throw new IllegalArgumentException(
        "doc_to_target gives %s, of which no text is an example's answer; set fewshot_config"
                .formatted(several)
            + ".doc_to_target to what gives one");
  }

  private static int inputIndex(Object question) {
    return DocField.index(question)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "an example's doc_to_text gives '%s'; it must give the number of a choice"
                        .formatted(question)));
  }

  private String render(List<Part> before, String question, String prefix, boolean multipleInput) {
    List<Part> parts = new ArrayList<>(before);
    String delimiter =
        !prefix.isEmpty() && !multipleInput && needsDelimiter(question, prefix)
            ? prompt.targetDelimiter()
            : "";
    parts.add(new Part("user", question, delimiter));
    if (!prefix.isEmpty()) {
      parts.add(new Part("assistant", prefix, ""));
    }
    return chat == null ? plain(parts) : chatText(parts, !prefix.isEmpty());
  }

  private static String plain(List<Part> parts) {
    StringBuilder text = new StringBuilder();
    parts.forEach(part -> text.append(part.content).append(part.delimiter));
    return text.toString();
  }

  private String chatText(List<Part> parts, boolean opensAnswer) {
    List<Message> messages = new ArrayList<>();
    for (Part part : chat.multiturn ? parts : singleTurn(parts, opensAnswer)) {
      messages.add(Message.of(part.role, part.content));
    }
    try {
      return rendered(messages, opensAnswer);
    } catch (TemplateException e) {
      // Some templates refuse a system message; the harness then does without.
      if (!messages.removeIf(message -> message.role().equals(SYSTEM))) {
        throw e;
      }
      leavesOutSystem = true;
      return rendered(messages, opensAnswer);
    }
  }

  /** Whether the chat template refuses the system message, so that prompts have none. */
  public boolean leavesOutSystem() {
    return leavesOutSystem;
  }

  private String rendered(List<Message> messages, boolean opensAnswer) {
    ChatRequest request =
        ChatRequest.of(messages)
            .withSpecialTokens(chat.specialTokens)
            .withGenerationPrompt(!opensAnswer)
            .withContinueFinalMessage(opensAnswer ? "content" : null);
    return chat.template.render(request).text();
  }

  /** System message, one user message of everything else, the opened answer. */
  private static List<Part> singleTurn(List<Part> parts, boolean opensAnswer) {
    List<Part> rest = new ArrayList<>(parts);
    List<Part> result = new ArrayList<>();
    if (rest.getFirst().role.equals(SYSTEM)) {
      result.add(rest.removeFirst());
    }
    Part answer = opensAnswer ? rest.removeLast() : null;
    Part last = rest.removeLast();
    rest.add(new Part(last.role, last.content, ""));
    result.add(new Part("user", plain(rest), ""));
    if (answer != null) {
      result.add(answer);
    }
    return result;
  }

  /** Joins two texts, with the delimiter unless one of them has white space there. */
  private static String delimited(String first, String second, String delimiter) {
    if (first.isEmpty() || second.isEmpty()) {
      return first + second;
    }
    return needsDelimiter(first, second) ? first + delimiter + second : first + second;
  }

  private static boolean needsDelimiter(String first, String second) {
    return !first.isEmpty()
        && !PythonStrings.isSpace(first.charAt(first.length() - 1))
        && !PythonStrings.isSpace(second.charAt(0));
  }
}
