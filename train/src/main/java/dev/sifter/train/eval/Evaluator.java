package dev.sifter.train.eval;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.chat.ChatTemplate;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.tokenizer.Tokenizer;
import dev.sifter.train.eval.score.LogLikelihood;
import dev.sifter.train.eval.score.TextEncoder;
import dev.sifter.train.eval.task.EvalTask;
import dev.sifter.train.eval.task.LeafTask;
import dev.sifter.train.eval.task.PromptBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Evaluates a model on tasks: makes the prompts, asks the model, scores the answers.
 *
 * <pre>{@code
 * EvalResult result =
 *     new Evaluator(decoder, tokenizer, null, EvalOptions.DEFAULT)
 *         .evaluate(List.of(EvalTask.load(Path.of("arc_easy.yaml"))), ProgressListener.SILENT);
 * System.out.print(ResultTable.markdown(result));
 * }</pre>
 */
public final class Evaluator {
  private final Tokenizer tokenizer;
  private final ChatTemplate template;
  private final EvalOptions options;
  private final TextEncoder encoder;
  private final Decoder decoder;
  private ModelAnswers known = ModelAnswers.NONE;
  private String modelIdentity;
  private Invocation invocation;

  /**
   * An evaluator over a model, which it does not close.
   *
   * @param template makes prompts chats; null for plain text
   * @throws IllegalArgumentException if options ask for a chat without a template
   */
  public Evaluator(
      Decoder decoder, Tokenizer tokenizer, ChatTemplate template, EvalOptions options) {
    if (template == null && options.fewshotAsMultiturn()) {
      throw new IllegalArgumentException(
          "fewshot_as_multiturn needs a chat template: add --apply_chat_template");
    }
    int longest = decoder.config().longestSequence();
    if (options.maxLength() > longest) {
      throw new IllegalArgumentException(
          "max_length %d exceeds the model's context of %d"
              .formatted(options.maxLength(), longest));
    }
    int context = decoder.config().maxPositionEmbeddings();
    int maxLength = options.maxLength() == 0 ? context : options.maxLength();
    this.decoder = decoder;
    this.tokenizer = tokenizer;
    this.template = template;
    this.options = options;
    this.encoder = new TextEncoder(tokenizer, maxLength);
  }

  /**
   * Takes answers from a cache and adds new ones to it.
   *
   * @param identity of the model, see {@link ModelFingerprint}; it goes into the result, too
   */
  public Evaluator withCache(AnswerCache cache, String identity) {
    modelIdentity = identity;
    known = cache.of(identity + " " + encoder.maxLength());
    return this;
  }

  /** Says in the result whose figures these are, and what they were asked for with. */
  public Evaluator startedWith(Invocation arguments) {
    invocation = arguments;
    return this;
  }

  /**
   * Evaluates tasks and groups.
   *
   * @throws IllegalArgumentException if a record does not fit its task; the message names both
   */
  public EvalResult evaluate(List<EvalTask> tasks, ProgressListener listener) {
    Instant start = Instant.now();
    List<TaskRun> runs = prepare(tasks, listener);
    runs.forEach(run -> warn(run, listener));
    RequestRunner runner = new RequestRunner(decoder, tokenizer, encoder, options, known, listener);
    runner.answer(runs);
    runs.forEach(run -> warnOfNoNumbers(run, listener));
    Map<String, TaskResult> results = new LinkedHashMap<>();
    for (TaskRun run : runs) {
      results.put(run.task().name(), figures(run));
    }
    GroupResults.add(tasks, results);
    return new EvalResult(
        List.copyOf(results.values()), settings(start), Duration.between(start, Instant.now()));
  }

  private TaskResult figures(TaskRun run) {
    try {
      return run.result(options.bootstrapIterations());
    } catch (IllegalArgumentException e) {
      throw inTask(run.task(), e);
    }
  }

  private static IllegalArgumentException inTask(LeafTask task, IllegalArgumentException e) {
    return new IllegalArgumentException("task " + task.name() + ": " + e.getMessage(), e);
  }

  private static void warn(TaskRun run, ProgressListener listener) {
    int wrong = TaskCheck.withoutRightChoice(run);
    if (wrong > 0) {
      listener.warning(
          "task %s: %d of %d records have a target that is none of their choices, and count as wrong"
              .formatted(run.task().name(), wrong, run.docs().size()));
    }
    if (run.leavesOutSystem()) {
      listener.warning(
          "task %s: the chat template refuses system messages, so prompts have none"
              .formatted(run.task().name()));
    }
  }

  /** By the harness's rules the first choice wins where none has a number, right or not. */
  private static void warnOfNoNumbers(TaskRun run, ProgressListener listener) {
    long without =
        run.requests().stream()
            .flatMap(request -> request.answers().stream())
            .filter(
                answer -> answer instanceof LogLikelihood(double value, _) && Double.isNaN(value))
            .count();
    if (without > 0) {
      listener.warning(
          ("task %s: %d of %d log-likelihoods are no numbers, so that its figures mean nothing: the"
                  + " model overflows; with a GPU try --dtype float32")
              .formatted(run.task().name(), without, run.requests().size()));
    }
  }

  /** What can be wrong with tasks' records, found without the model; one line for each finding. */
  public List<String> check(List<EvalTask> tasks) {
    List<String> lines = new ArrayList<>();
    for (TaskRun run : prepare(tasks, ProgressListener.SILENT)) {
      int shots = run.task().fewshot().count(options.numFewshot());
      lines.addAll(new TaskCheck(run, encoder, shots).report());
    }
    return lines;
  }

  /** What the model is asked about the first record of every task. */
  public String preview(List<EvalTask> tasks) {
    StringBuilder text = new StringBuilder();
    for (TaskRun run : prepare(tasks, ProgressListener.SILENT)) {
      TaskRun.Request first = run.requests().getFirst();
      LeafTask task = run.task();
      Object target =
          task.prompt().target().target(run.docs().getFirst(), task.prompt().choices() != null);
      text.append("--- %s: the first request ---%n".formatted(task.name()));
      text.append(first.context() == null ? "" : first.context());
      text.append("%n--- target: %s ---%n".formatted(target));
    }
    return text.toString();
  }

  private List<TaskRun> prepare(List<EvalTask> tasks, ProgressListener listener) {
    Map<String, LeafTask> leaves = leaves(tasks, listener);
    List<TaskRun> runs = new ArrayList<>();
    for (LeafTask task : leaves.values()) {
      runs.add(prepare(options.predictOnly() ? task.withoutMetrics() : task));
      listener.progress("prompts", runs.size(), leaves.size());
    }
    return runs;
  }

  /**
   * The tasks to ask about by name, each once. Where groups of a group have one with different
   * settings, the last ones hold in all of them, as in the harness.
   */
  static Map<String, LeafTask> leaves(List<EvalTask> tasks, ProgressListener listener) {
    Map<String, LeafTask> leaves = new LinkedHashMap<>();
    for (EvalTask task : tasks) {
      Map<String, LeafTask> own = new LinkedHashMap<>();
      for (LeafTask leaf : task.leaves()) {
        LeafTask other = own.put(leaf.name(), leaf);
        if (other != null && !other.config().equals(leaf.config())) {
          listener.warning(
              "group %s: task %s stands in it with different settings; the last ones hold for all"
                  .formatted(task.name(), leaf.name()));
        }
      }
      own.forEach(
          (name, leaf) -> {
            LeafTask other = leaves.putIfAbsent(name, leaf);
            if (other != null && !other.config().equals(leaf.config())) {
              throw new IllegalArgumentException(
                  "two different tasks are called %s, one of them in %s"
                      .formatted(name, task.name()));
            }
          });
    }
    return leaves;
  }

  private TaskRun prepare(LeafTask task) {
    int shots = task.fewshot().count(options.numFewshot());
    PromptBuilder.Chat chat =
        template == null
            ? null
            : new PromptBuilder.Chat(
                template, tokenizer.specialTokensMap(), options.fewshotAsMultiturn());
    try {
      PromptBuilder prompts =
          new PromptBuilder(task, chat, options.systemInstruction(), shots, options.fewshotSeed());
      return new TaskRun(task, prompts, shots, options.records(task.docs().size()));
    } catch (IllegalArgumentException e) {
      throw inTask(task, e);
    }
  }

  private ObjectNode settings(Instant start) {
    return new RunSettings(decoder, tokenizer, template, options)
        .json(invocation, modelIdentity, encoder.maxLength(), start);
  }
}
