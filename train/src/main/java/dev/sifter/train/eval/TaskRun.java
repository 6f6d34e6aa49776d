package dev.sifter.train.eval;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.chat.jinja.Values;
import dev.sifter.train.eval.filter.FilterPipeline;
import dev.sifter.train.eval.metric.ItemValue;
import dev.sifter.train.eval.metric.StandardError;
import dev.sifter.train.eval.score.LogLikelihood;
import dev.sifter.train.eval.task.EvalSample;
import dev.sifter.train.eval.task.LeafTask;
import dev.sifter.train.eval.task.MetricSpec;
import dev.sifter.train.eval.task.OutputType;
import dev.sifter.train.eval.task.PromptBuilder;
import dev.sifter.train.eval.task.SampleMetrics;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/** One task while it is evaluated: what its records ask, and what comes of the answers. */
final class TaskRun {
  private final LeafTask task;
  private final int shots;
  private final List<ObjectNode> docs;
  private final List<List<Request>> requests = new ArrayList<>();
  private final boolean leavesOutSystem;

  /**
   * One question to the model.
   *
   * @param context what the model reads; null for a text of its own
   * @param continuation what is scored; null where the answer is generated
   * @param answers filled while the evaluation runs: {@link LogLikelihood} or texts
   */
  record Request(String context, String continuation, List<Object> answers) {
    Request(String context, String continuation) {
      this(context, continuation, new ArrayList<>());
    }

    List<String> arguments() {
      List<String> arguments = new ArrayList<>();
      if (context != null) {
        arguments.add(context);
      }
      if (continuation != null) {
        arguments.add(continuation);
      }
      return arguments;
    }
  }

  /**
   * Makes the questions.
   *
   * @param records how many of the task's records are asked about
   */
  TaskRun(LeafTask task, PromptBuilder prompts, int shots, int records) {
    this.task = task;
    this.shots = shots;
    this.docs = task.docs().subList(0, records);
    for (ObjectNode doc : docs) {
      requests.add(ask(doc, prompts));
    }
    this.leavesOutSystem = prompts.leavesOutSystem();
  }

  private List<Request> ask(ObjectNode doc, PromptBuilder prompts) {
    Object target = task.prompt().target().target(doc, task.prompt().choices() != null);
    return switch (task.outputType()) {
      case LOGLIKELIHOOD ->
          List.of(new Request(prompts.contexts(doc).getFirst(), scored(target, doc)));
      case LOGLIKELIHOOD_ROLLING -> List.of(new Request(null, scored(target, doc)));
      case GENERATE_UNTIL -> List.of(new Request(prompts.contexts(doc).getFirst(), null));
      case MULTIPLE_CHOICE -> askChoices(doc, prompts, Values.text(target));
    };
  }

  private static String scored(Object target, ObjectNode doc) {
    if (target == null) {
      throw new IllegalArgumentException(
          "doc_to_target gives null for the record %s, which has no likelihood".formatted(doc));
    }
    return Values.text(target);
  }

  private List<Request> askChoices(ObjectNode doc, PromptBuilder prompts, String target) {
    List<Request> asked = new ArrayList<>();
    List<String> contexts = prompts.contexts(doc);
    List<String> choices = task.prompt().choices().choices(doc);
    boolean multipleInputs = task.hasMultipleInputs();
    String delimiter = prompts.answerDelimiter();
    for (int i = 0; i < choices.size(); i++) {
      asked.add(
          multipleInputs
              ? new Request(contexts.get(i), delimiter + target)
              : new Request(contexts.getFirst(), delimiter + choices.get(i)));
    }
    if (task.hasMetric("acc_mutual_info")) {
      choices.forEach(choice -> asked.add(new Request("", delimiter + choice)));
    }
    return asked;
  }

  LeafTask task() {
    return task;
  }

  /** Whether the chat template refuses the system message, so that prompts have none. */
  boolean leavesOutSystem() {
    return leavesOutSystem;
  }

  /** The records that are asked about. */
  List<ObjectNode> docs() {
    return docs;
  }

  List<List<Request>> requestsByRecord() {
    return requests;
  }

  /** All questions, record by record. */
  List<Request> requests() {
    return requests.stream().flatMap(List::stream).toList();
  }

  /** The figures, once every request has its answers. */
  TaskResult result(int bootstrapIterations) {
    Map<String, TaskResult.Figure> figures = new LinkedHashMap<>();
    List<EvalSample> samples = new ArrayList<>();
    for (FilterPipeline filter : task.filters()) {
      List<EvalSample> filtered = new ArrayList<>();
      for (int d = 0; d < docs.size(); d++) {
        filtered.add(sample(d, filter));
      }
      for (MetricSpec metric : task.metrics()) {
        List<ItemValue> values =
            filtered.stream().map(sample -> sample.metrics().get(metric.name())).toList();
        OptionalDouble error = StandardError.of(metric.aggregation(), values, bootstrapIterations);
        figures.put(
            metric.name() + "," + filter.name(),
            new TaskResult.Figure(metric.aggregation().of(values), error));
      }
      samples.addAll(filtered);
    }
    Map<String, Boolean> higherIsBetter = new LinkedHashMap<>();
    task.metrics().forEach(metric -> higherIsBetter.put(metric.name(), metric.higherIsBetter()));
    return new TaskResult(
        task.name(),
        task.alias(),
        task.version(),
        figures,
        higherIsBetter,
        docs.size(),
        task.docs().size(),
        shots,
        List.of(),
        samples,
        task.config());
  }

  private EvalSample sample(int index, FilterPipeline filter) {
    ObjectNode doc = docs.get(index);
    List<Request> asked = requests.get(index);
    List<Object> filtered = new ArrayList<>();
    List<Object> shown = new ArrayList<>();
    for (Request request : asked) {
      if (task.outputType() == OutputType.GENERATE_UNTIL) {
        filtered.add(filter.apply(request.answers, doc));
        Object left = filtered.getLast();
        shown.add(filter.takesFirst() ? left : Collections.singletonList(left));
      } else {
        filtered.add(request.answers.getFirst());
        shown.add(request.answers.getFirst());
      }
    }
    return new EvalSample(
        index,
        doc,
        task.prompt().target().target(doc, task.prompt().choices() != null),
        asked.stream().map(Request::arguments).toList(),
        asked.stream().map(Request::answers).toList(),
        shown,
        filter.name(),
        SampleMetrics.of(task, doc, filtered));
  }
}
