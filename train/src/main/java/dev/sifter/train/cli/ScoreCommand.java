package dev.sifter.train.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.engine.backend.Backend;
import dev.sifter.model.AtomicFiles;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.tokenizer.Tokenizer;
import dev.sifter.train.data.record.DatasetReader;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sifter score}: how probable a model finds given rows, token by token. */
@Command(
    name = "score",
    description = "Print the log-probability of every token of given rows, as JSON lines.",
    footer = {
      "",
      "Examples:",
      "  sifter score --model smollm --input rows.jsonl --output scores.jsonl",
      "  sifter score --model smollm --adapter out --input rows.jsonl",
      "  jq -c '{text: .prompt}' prompts.jsonl | sifter score --model smollm --input -",
      "",
      "A row is {\"input_ids\": [1, 2]}, {\"text\": \"...\"} or {\"messages\": [...]}. Its line has"
          + " ids, logprobs (natural logarithms; null for the first token, which nothing predicts)"
          + " and sum."
    },
    mixinStandardHelpOptions = true)
final class ScoreCommand implements Callable<Integer> {
  private static final int BATCH_TOKENS = 4096;

  @Mixin private ModelOptions model;
  @Mixin private ChatTemplateOptions template;
  @Mixin private BackendOptions device;

  @Option(
      names = "--input",
      paramLabel = "FILE",
      required = true,
      description = "JSON lines, or a JSON array, plain or packed; - is standard input.")
  private Path input;

  @Option(
      names = "--output",
      paramLabel = "FILE",
      description = "Where to write; by default standard output.")
  private Path output;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    Path folder = model.folder();
    Tokenizer tokenizer = model.tokenizer();
    try (Backend backend = device.open(spec.commandLine().getErr(), model.activations());
        Decoder decoder = model.load(backend)) {
      RowEncoder encoder =
          new RowEncoder(
              tokenizer, () -> template.require(folder, model.adapter()), decoder.config());
      if (output == null) {
        PrintWriter lines = spec.commandLine().getOut();
        score(decoder, encoder, lines, lines::checkError);
      } else {
        AtomicFiles.write(
            output,
            bytes -> {
              Writer lines = new OutputStreamWriter(bytes, StandardCharsets.UTF_8);
              score(decoder, encoder, lines, () -> false);
            });
      }
    }
    return 0;
  }

  /** Scores all rows, or those up to where the lines are {@code lost}: nobody reads the others. */
  private void score(Decoder decoder, RowEncoder encoder, Writer lines, BooleanSupplier lost)
      throws IOException {
    try (DatasetReader records = Inputs.records(input);
        RowScorer scorer = new RowScorer(decoder)) {
      List<int[]> batch = new ArrayList<>();
      int tokens = 0;
      while (records.hasNext() && !lost.getAsBoolean()) {
        int[] ids = encoder.encode(records.next().parse());
        boolean full = tokens + ids.length > BATCH_TOKENS;
        if (!batch.isEmpty() && (full || !areAlike(decoder, batch.getFirst(), ids))) {
          write(batch, scorer.score(batch), lines);
          batch.clear();
          tokens = 0;
        }
        batch.add(ids);
        tokens += ids.length;
      }
      write(batch, scorer.score(batch), lines);
    }
  }

  /**
   * Whether a row's scores are the same beside another: its length gives positions no other angles.
   */
  private static boolean areAlike(Decoder decoder, int[] row, int[] other) {
    return decoder.config().angleRegime(row.length) == decoder.config().angleRegime(other.length);
  }

  private static void write(List<int[]> batch, List<double[]> scores, Writer lines)
      throws IOException {
    for (int row = 0; row < batch.size(); row++) {
      ObjectNode line = JsonNodeFactory.instance.objectNode();
      ArrayNode ids = line.putArray("ids");
      for (int id : batch.get(row)) {
        ids.add(id);
      }
      ArrayNode logProbabilities = line.putArray("logprobs").addNull();
      double sum = 0;
      for (double value : scores.get(row)) {
        logProbabilities.add(value);
        sum += value;
      }
      line.put("sum", sum);
      lines.write(line + "\n");
    }
    lines.flush();
  }
}
