package dev.sifter.train.cli;

import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.tensor.DType;
import dev.sifter.model.FileErrors;
import dev.sifter.model.ModelException;
import dev.sifter.model.chat.ChatTemplate;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.ModelFolder;
import dev.sifter.model.generate.GenerationConfigReader;
import dev.sifter.model.tokenizer.Tokenizer;
import dev.sifter.train.eval.AnswerCache;
import dev.sifter.train.eval.Comparison;
import dev.sifter.train.eval.EvalOptions;
import dev.sifter.train.eval.EvalResult;
import dev.sifter.train.eval.Evaluator;
import dev.sifter.train.eval.Invocation;
import dev.sifter.train.eval.ModelFingerprint;
import dev.sifter.train.eval.task.EvalTask;
import dev.sifter.train.eval.task.OutputType;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.IModelTransformer;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code sifter eval}: models on tasks, by the rules of lm-evaluation-harness. */
@Command(
    name = "eval",
    description = "Evaluate a model on tasks of lm-evaluation-harness; compare it with another.",
    footer = {
      "",
      "Examples:",
      "  sifter eval --tasks list",
      "  sifter eval --model smollm --tasks mmlu,piqa --data hub --num-fewshot 5",
      "  sifter eval --model smollm --tasks arc_easy.yaml,piqa.yaml --limit 200",
      "  sifter eval --model smollm --adapter out --tasks t.yaml --compare smollm",
      "  sifter eval --model chat --tasks t.yaml --apply-chat-template --limit 50",
      "",
      "--compare evaluates the model of that folder, without the adapter, on the same records, and"
          + " prints the differences: McNemar's exact test, corrected after Holm over the tasks."
    },
    modelTransformer = EvalCommand.ListNeedsNoModel.class,
    mixinStandardHelpOptions = true)
final class EvalCommand implements Callable<Integer> {
  private static final String MODEL = "--model";

  @Mixin private ModelOptions model;
  @Mixin private ChatTemplateOptions template;
  @Mixin private EvalTaskOptions taskOptions;
  @Mixin private EvalCommandOptions options;
  @Mixin private EvalOutput output;
  @Mixin private BackendOptions device;

  @Option(
      names = "--compare",
      paramLabel = "DIR",
      description = "The folder of a model to compare with, such as the adapter's base.")
  private Path compare;

  @Option(
      names = "--use-cache",
      paramLabel = "FILE",
      description = "Keep answers in this file; a run that was stopped goes on where it was.")
  private Path cacheFile;

  @Option(
      names = "--write-out",
      description = "First print what the model is asked about the first record of every task.")
  private boolean writeOut;

  @Option(
      names = "--check-integrity",
      description = "First check the records: duplicates, missing targets, texts that are cut.")
  private boolean checkIntegrity;

  @Spec private CommandSpec spec;

  /** {@code --tasks list} is about tasks alone. */
  static final class ListNeedsNoModel implements IModelTransformer {
    @Override
    public CommandSpec transform(CommandSpec command) {
      OptionSpec required = command.findOption(MODEL);
      command.remove(required);
      command.addOption(OptionSpec.builder(required).required(false).build());
      return command;
    }
  }

  @Override
  public Integer call() {
    if (taskOptions.asksForList()) {
      taskOptions.printList(spec.commandLine().getOut());
      return 0;
    }
    if (!spec.commandLine().getParseResult().hasMatchedOption(MODEL)) {
      throw new ParameterException(spec.commandLine(), "Missing required option: '--model=DIR'");
    }
    output.check(options.predictOnly());
    Path folder = model.folder();
    requireAnother(folder);
    List<EvalTask> tasks = taskOptions.load();
    // What can fail at once does so before hours of work.
    Subject tuned = subject(compare == null ? "model" : "tuned", folder, model.adapter());
    Subject base = compare == null ? null : subject("base", compare, null);
    try (Backend backend = device.open(spec.commandLine().getErr(), model.activations());
        AnswerCache cache = cacheFile == null ? null : AnswerCache.open(cacheFile)) {
      EvalResult baseResult = null;
      if (base != null) {
        model.load(backend).close();
        try (Decoder decoder = ModelFolder.load(compare, backend)) {
          baseResult = evaluate(base, decoder, tasks, cache);
        }
      }
      try (Decoder decoder = model.load(backend)) {
        EvalResult result = evaluate(tuned, decoder, tasks, cache);
        Comparison comparison =
            base == null || options.predictOnly() ? null : Comparison.of(baseResult, result);
        output.report(baseResult, result, comparison, spec.commandLine().getOut());
      }
    }
    return 0;
  }

  /** What a model is evaluated with. */
  private record Subject(
      String name,
      Path folder,
      Path adapter,
      Tokenizer tokenizer,
      ChatTemplate template,
      EvalOptions options) {}

  private Subject subject(String name, Path folder, Path adapter) {
    return new Subject(
        name,
        folder,
        adapter,
        Tokenizer.load(folder),
        // Both models read the same prompts; a base often has no template of its own.
        options.applyChatTemplate() ? template.require(model.folder(), model.adapter()) : null,
        options.toEvalOptions(GenerationConfigReader.read(folder)));
  }

  private void requireAnother(Path folder) {
    if (compare == null) {
      return;
    }
    TokenizerOptions.requireFolder("--compare", compare);
    try {
      if (model.adapter() == null && Files.isSameFile(compare, folder)) {
        throw new ModelException(
            "--compare names the model itself; name another, or add --adapter DIR");
      }
    } catch (IOException e) {
      throw FileErrors.because("cannot read " + compare, e);
    }
  }

  private Invocation invocation(Subject subject) {
    return new Invocation(
        subject.folder,
        subject.adapter,
        model.dtype(),
        cacheFile,
        taskOptions.generationKwargs(),
        options.seeds(subject.options));
  }

  private static boolean generates(List<EvalTask> tasks) {
    return tasks.stream()
        .flatMap(task -> task.leaves().stream())
        .anyMatch(leaf -> leaf.outputType() == OutputType.GENERATE_UNTIL);
  }

  private EvalResult evaluate(
      Subject subject, Decoder decoder, List<EvalTask> tasks, AnswerCache cache) {
    Evaluator evaluator =
        new Evaluator(decoder, subject.tokenizer, subject.template, subject.options)
            .startedWith(invocation(subject));
    PrintWriter err = spec.commandLine().getErr();
    if (generates(tasks)) {
      GenerationConfigReader.withoutEffect(subject.folder).forEach(err::println);
    }
    if (checkIntegrity) {
      evaluator.check(tasks).forEach(err::println);
    }
    if (writeOut) {
      err.print(evaluator.preview(tasks));
    }
    if (cache != null) {
      Backend backend = decoder.backend();
      String rounding = backend.activationType() == DType.F32 ? "" : " in bfloat16";
      String identity =
          ModelFingerprint.of(subject.folder, subject.adapter, backend.name() + rounding);
      evaluator = evaluator.withCache(cache, identity);
      err.println("%s: %d answers in %s".formatted(subject.name, cache.size(), cacheFile));
    }
    try (EvalProgress progress = new EvalProgress(subject.name, err)) {
      return evaluator.evaluate(tasks, progress);
    }
  }
}
