package dev.sifter.train.sft;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.sifter.model.chat.ChatTemplate;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.generate.GenerationConfigReader;
import dev.sifter.model.tokenizer.Tokenizer;
import dev.sifter.train.eval.EvalOptions;
import dev.sifter.train.eval.EvalResult;
import dev.sifter.train.eval.Evaluator;
import dev.sifter.train.eval.ProgressListener;
import dev.sifter.train.eval.TaskResult;
import dev.sifter.train.eval.task.EvalTask;
import dev.sifter.train.eval.task.TaskCatalog;
import dev.sifter.train.eval.task.TaskGroup;
import dev.sifter.train.trainer.ModelEvaluation;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Evaluates the model in training on tasks of lm-evaluation-harness, also on those that are
 * answered by generation. Every figure becomes {@code eval_<task>_<metric>}, with the filter's name
 * behind it where it is not {@code none}.
 */
final class TaskEvaluation implements ModelEvaluation {
  private static final String NO_FILTER = ",none";

  private final Tokenizer tokenizer;
  private final ChatTemplate template;
  private final List<EvalTask> tasks;
  private final EvalOptions options;

  private TaskEvaluation(
      Tokenizer tokenizer, ChatTemplate template, List<EvalTask> tasks, EvalOptions options) {
    this.tokenizer = tokenizer;
    this.template = template;
    this.tasks = tasks;
    this.options = options;
  }

  /** The evaluation that a configuration asks for, its task files read. */
  static Optional<TaskEvaluation> of(SftConfig config) {
    if (config.evalTasks.isEmpty()) {
      return Optional.empty();
    }
    ChatTemplate template =
        config.evalApplyChatTemplate
            ? TemplateChoice.resolve(config.chatTemplatePath, Path.of(config.modelNameOrPath))
            : null;
    return Optional.of(
        new TaskEvaluation(
            SftData.tokenizer(config),
            template,
            catalog(config).load(config.evalTasks),
            options(config)));
  }

  /** As sifter eval has them, but for standard errors: of no use for choosing a checkpoint. */
  private static EvalOptions options(SftConfig config) {
    return EvalOptions.DEFAULT
        .withGeneration(GenerationConfigReader.read(Path.of(config.modelNameOrPath)))
        .withLimit(config.evalTasksLimit)
        .withBootstrapIterations(0);
  }

  private static TaskCatalog catalog(SftConfig config) {
    Path data = config.evalTasksData == null ? null : Path.of(config.evalTasksData);
    return new TaskCatalog(null, data, JsonNodeFactory.instance.objectNode());
  }

  @Override
  public Map<String, Boolean> directions() {
    Map<String, Boolean> directions = new LinkedHashMap<>();
    tasks.forEach(task -> addDirections(task, directions));
    return directions;
  }

  private static void addDirections(EvalTask task, Map<String, Boolean> directions) {
    task.metricDirections()
        .forEach((metric, greater) -> directions.put(name(task.name(), metric), greater));
    if (task instanceof TaskGroup group) {
      group.members().forEach(member -> addDirections(member, directions));
    }
  }

  @Override
  public Map<String, Double> run(Decoder model) {
    EvalResult result =
        new Evaluator(model, tokenizer, template, options).evaluate(tasks, ProgressListener.SILENT);
    Map<String, Double> figures = new LinkedHashMap<>();
    for (TaskResult task : result.tasks()) {
      task.figures()
          .forEach((metric, figure) -> figures.put(name(task.name(), metric), figure.value()));
    }
    return figures;
  }

  private static String name(String task, String metric) {
    String plain =
        metric.endsWith(NO_FILTER)
            ? metric.substring(0, metric.length() - NO_FILTER.length())
            : metric.replace(',', '_');
    return "eval_" + task + "_" + plain;
  }
}
