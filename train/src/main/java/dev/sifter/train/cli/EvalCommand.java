package dev.sifter.train.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.engine.backend.Backend;
import dev.sifter.model.Json;
import dev.sifter.model.ModelException;
import dev.sifter.model.chat.ChatTemplate;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.ModelFolder;
import dev.sifter.model.generate.GenerationConfig;
import dev.sifter.model.tokenizer.Tokenizer;
import dev.sifter.train.eval.Comparison;
import dev.sifter.train.eval.EvalOptions;
import dev.sifter.train.eval.EvalResult;
import dev.sifter.train.eval.EvalTask;
import dev.sifter.train.eval.Evaluator;
import dev.sifter.train.eval.ResultFiles;
import dev.sifter.train.eval.ResultTable;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sifter eval}: models on tasks, by the rules of lm-evaluation-harness. */
@Command(
    name = "eval",
    description = "Evaluate a model on tasks of lm-evaluation-harness; compare it with another.",
    footer = {
      "",
      "Examples:",
      "  sifter eval --model smollm --tasks arc_easy.yaml,piqa.yaml --limit 200",
      "  sifter eval --model smollm --adapter out --tasks t.yaml --compare smollm",
      "  sifter eval --model chat --tasks t.yaml --apply-chat-template --output-path results",
      "",
      "--compare evaluates the model of that folder, without the adapter, on the same records, and",
      "prints the differences: McNemar's exact test, corrected after Holm over the tasks."
    },
    mixinStandardHelpOptions = true)
final class EvalCommand implements Callable<Integer> {
  @Mixin private ModelOptions model;
  @Mixin private ChatTemplateOptions template;
  @Mixin private EvalCommandOptions options;
  @Mixin private BackendOptions device;

  @Option(
      names = "--tasks",
      paramLabel = "T.yaml",
      split = ",",
      required = true,
      description = "Task files, separated by commas.")
  private List<Path> taskFiles;

  @Option(
      names = "--compare",
      paramLabel = "DIR",
      description = "The folder of a model to compare with, such as the adapter's base.")
  private Path compare;

  @Option(
      names = {"--output-path", "--output_path"},
      paramLabel = "DIR",
      description = "Where to write results.json; with --compare, comparison.json and base/ too.")
  private Path output;

  @Option(
      names = {"--log-samples", "--log_samples"},
      description = "Also write every record with its answers; needs --output-path.")
  private boolean logSamples;

  @Option(names = "--json", description = "Print the results as one JSON object.")
  private boolean json;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    if (logSamples && output == null) {
      throw new IllegalArgumentException("--log-samples needs --output-path DIR to write to");
    }
    Path folder = model.folder();
    requireAnother(folder);
    List<EvalTask> tasks = new ArrayList<>();
    taskFiles.forEach(file -> tasks.add(EvalTask.load(file)));
    PrintWriter out = spec.commandLine().getOut();
    // What can fail at once does so before hours of work.
    Subject tuned = subject(compare == null ? "model" : "tuned", folder);
    Subject base = compare == null ? null : subject("base", compare);
    try (Backend backend = device.open(spec.commandLine().getErr())) {
      EvalResult baseResult = null;
      if (base != null) {
        model.load(backend).close();
        try (Decoder decoder = ModelFolder.load(compare, backend)) {
          baseResult = evaluate(base, decoder, tasks);
        }
      }
      try (Decoder decoder = model.load(backend)) {
        report(baseResult, evaluate(tuned, decoder, tasks), out);
      }
    }
    return 0;
  }

  /** What a model is evaluated with. */
  private record Subject(
      String name, Tokenizer tokenizer, ChatTemplate template, EvalOptions options) {}

  private Subject subject(String name, Path folder) {
    return new Subject(
        name,
        Tokenizer.load(folder),
        // Both models read the same prompts; a base often has no template of its own.
        options.applyChatTemplate() ? template.require(model.folder(), model.adapter()) : null,
        options.toEvalOptions(GenerationConfig.read(folder)));
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
      throw new UncheckedIOException("cannot read " + compare, e);
    }
  }

  private EvalResult evaluate(Subject subject, Decoder decoder, List<EvalTask> tasks) {
    Evaluator evaluator =
        new Evaluator(decoder, subject.tokenizer, subject.template, subject.options);
    try (EvalProgress progress = new EvalProgress(subject.name, spec.commandLine().getErr())) {
      return evaluator.evaluate(tasks, progress);
    }
  }

  private void report(EvalResult base, EvalResult tuned, PrintWriter out) {
    ObjectNode results = ResultFiles.json(tuned);
    Comparison comparison = base == null ? null : Comparison.of(base, tuned);
    if (output != null) {
      write(output, tuned);
      if (base != null) {
        write(output.resolve("base"), base);
        Json.write(output.resolve("comparison.json"), comparison.json());
      }
    }
    if (json) {
      if (base != null) {
        results.set("base_results", ResultFiles.json(base).get("results"));
        results.setAll(comparison.json());
      }
      out.println(ResultFiles.text(results));
      return;
    }
    out.println(ResultTable.markdown(tuned));
    if (base != null) {
      out.println(ResultTable.markdown(comparison));
    }
  }

  private void write(Path folder, EvalResult result) {
    if (logSamples) {
      ResultFiles.write(folder, result);
    } else {
      Json.write(folder.resolve("results.json"), ResultFiles.json(result));
    }
  }
}
