package dev.sifter.train.sft;

import dev.sifter.model.chat.ChatTemplate;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.tokenizer.Tokenizer;
import dev.sifter.train.eval.EvalOptions;
import dev.sifter.train.eval.EvalResult;
import dev.sifter.train.eval.EvalTask;
import dev.sifter.train.eval.Evaluator;
import dev.sifter.train.eval.ProgressListener;
import dev.sifter.train.eval.TaskResult;
import dev.sifter.train.trainer.ModelEvaluation;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

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

  /** The evaluation that a configuration asks for, its task files read; null for none. */
  static TaskEvaluation of(SftConfig config) {
    if (config.evalTasks.isEmpty()) {
      return null;
    }
    ChatTemplate template =
        config.evalApplyChatTemplate
            ? TemplateChoice.resolve(config.chatTemplatePath, Path.of(config.modelNameOrPath))
            : null;
    return new TaskEvaluation(
        SftData.tokenizer(config),
        template,
        config.evalTasks.stream().map(file -> EvalTask.load(Path.of(file))).toList(),
        // Standard errors are of no use for choosing a checkpoint.
        EvalOptions.DEFAULT.withLimit(config.evalTasksLimit).withBootstrapIterations(0));
  }

  @Override
  public Map<String, Double> run(Decoder model) {
    EvalResult result =
        new Evaluator(model, tokenizer, template, options).evaluate(tasks, ProgressListener.SILENT);
    Map<String, Double> figures = new LinkedHashMap<>();
    for (TaskResult task : result.tasks()) {
      task.figures()
          .forEach(
              (metric, figure) ->
                  figures.put("eval_" + task.name() + "_" + plain(metric), figure.value()));
    }
    return figures;
  }

  private static String plain(String metric) {
    return metric.endsWith(NO_FILTER)
        ? metric.substring(0, metric.length() - NO_FILTER.length())
        : metric.replace(',', '_');
  }
}
