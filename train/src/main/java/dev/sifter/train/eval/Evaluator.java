package dev.sifter.train.eval;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.chat.ChatTemplate;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.tokenizer.SpecialTokens;
import dev.sifter.model.tokenizer.Tokenizer;
import dev.sifter.train.eval.EvalSample.LogLikelihood;
import dev.sifter.train.eval.TaskRun.Request;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

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
  private final TextScorer scorer;
  private final AnswerGenerator generator;

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
    int context = decoder.config().maxPositionEmbeddings();
    if (options.maxLength() > context) {
      throw new IllegalArgumentException(
          "max_length %d exceeds the model's context of %d"
              .formatted(options.maxLength(), context));
    }
    int maxLength = options.maxLength() == 0 ? context : options.maxLength();
    this.tokenizer = tokenizer;
    this.template = template;
    this.options = options;
    this.encoder = new TextEncoder(tokenizer, maxLength);
    this.scorer = new TextScorer(decoder, options.maxBatchTokens());
    this.generator =
        new AnswerGenerator(
            decoder, tokenizer, encoder, options.generation(), options.maxBatchTokens());
  }

  /**
   * Evaluates tasks and groups.
   *
   * @throws IllegalArgumentException if a record does not fit its task; the message names both
   */
  public EvalResult evaluate(List<EvalTask> tasks, ProgressListener listener) {
    Instant start = Instant.now();
    Set<LeafTask> leaves = new LinkedHashSet<>();
    tasks.forEach(task -> leaves.addAll(task.leaves()));
    List<TaskRun> runs = new ArrayList<>();
    for (LeafTask task : leaves) {
      runs.add(prepare(task));
      listener.progress("prompts", runs.size(), leaves.size());
    }
    scorePairs(runs, listener);
    scoreTexts(runs, listener);
    generate(runs, listener);
    Map<String, TaskResult> results = new LinkedHashMap<>();
    for (TaskRun run : runs) {
      TaskResult result = run.result(options.bootstrapIterations());
      if (results.put(result.name(), result) != null) {
        throw new IllegalArgumentException("two tasks are called " + result.name());
      }
    }
    GroupResults.add(tasks, results);
    return new EvalResult(
        List.copyOf(results.values()), settings(), Duration.between(start, Instant.now()));
  }

  private TaskRun prepare(LeafTask task) {
    int shots = task.fewshot().count(options.numFewshot());
    PromptBuilder.Chat chat =
        template == null
            ? null
            : new PromptBuilder.Chat(template, specialTokens(), options.fewshotAsMultiturn());
    try {
      PromptBuilder prompts =
          new PromptBuilder(task, chat, options.systemInstruction(), shots, options.fewshotSeed());
      return new TaskRun(task, prompts, shots, options.limit());
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("task " + task.name() + ": " + e.getMessage(), e);
    }
  }

  private Map<String, String> specialTokens() {
    SpecialTokens tokens = tokenizer.specialTokens();
    Map<String, String> byName = new LinkedHashMap<>();
    put(byName, "bos_token", tokens.bos());
    put(byName, "eos_token", tokens.eos());
    put(byName, "pad_token", tokens.pad());
    put(byName, "unk_token", tokens.unk());
    return byName;
  }

  private static void put(
      Map<String, String> byName, String name, Optional<SpecialTokens.Token> token) {
    token.ifPresent(present -> byName.put(name, present.content()));
  }

  private static List<Request> requests(List<TaskRun> runs, Set<OutputType> types) {
    return runs.stream()
        .filter(run -> types.contains(run.task().outputType()))
        .flatMap(run -> run.requests().stream())
        .toList();
  }

  private void scorePairs(List<TaskRun> runs, ProgressListener listener) {
    List<Request> asked =
        requests(runs, Set.of(OutputType.LOGLIKELIHOOD, OutputType.MULTIPLE_CHOICE));
    List<ScoredText> texts = new ArrayList<>();
    for (Request request : asked) {
      texts.add(encoder.pair(request.context(), request.continuation()));
    }
    List<LogLikelihood> scores =
        scorer.score(texts, done -> listener.progress("loglikelihood", done, texts.size()));
    for (int i = 0; i < asked.size(); i++) {
      asked.get(i).answers().add(scores.get(i));
    }
  }

  private void scoreTexts(List<TaskRun> runs, ProgressListener listener) {
    List<Request> asked = requests(runs, Set.of(OutputType.LOGLIKELIHOOD_ROLLING));
    List<ScoredText> windows = new ArrayList<>();
    int[] ends = new int[asked.size()];
    for (int i = 0; i < ends.length; i++) {
      windows.addAll(encoder.rolling(asked.get(i).continuation()));
      ends[i] = windows.size();
    }
    List<LogLikelihood> scores =
        scorer.score(
            windows, done -> listener.progress("loglikelihood_rolling", done, windows.size()));
    int at = 0;
    for (int i = 0; i < ends.length; i++) {
      double sum = 0;
      boolean greedy = true;
      for (; at < ends[i]; at++) {
        sum += scores.get(at).value();
        greedy &= scores.get(at).isGreedy();
      }
      asked.get(i).answers().add(new LogLikelihood(sum, greedy));
    }
  }

  private void generate(List<TaskRun> runs, ProgressListener listener) {
    for (TaskRun run : runs) {
      if (run.task().outputType() == OutputType.GENERATE_UNTIL) {
        generator.answer(
            run.task().generation(),
            run.requests(),
            (done, total) -> listener.progress("generate_until " + run.task().name(), done, total));
      }
    }
  }

  private ObjectNode settings() {
    ObjectNode settings = JsonNodeFactory.instance.objectNode();
    settings.put("limit", options.limit());
    settings.put("bootstrap_iters", options.bootstrapIterations());
    settings.put("fewshot_seed", options.fewshotSeed());
    settings.put("max_length", encoder.maxLength());
    settings.put("system_instruction", options.systemInstruction());
    settings.put("system_instruction_sha", Hashes.sha256(options.systemInstruction()));
    settings.put("fewshot_as_multiturn", options.fewshotAsMultiturn());
    settings.put("chat_template", template == null ? null : template.source());
    settings.put("chat_template_sha", template == null ? null : Hashes.sha256(template.source()));
    return settings;
  }
}
