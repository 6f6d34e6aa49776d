package dev.sifter.train.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.Json;
import dev.sifter.train.eval.Comparison;
import dev.sifter.train.eval.EvalResult;
import dev.sifter.train.eval.ResultFiles;
import dev.sifter.train.eval.ResultTable;
import java.io.PrintWriter;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** What becomes of the results of an evaluation. */
final class EvalOutput {
  @Option(
      names = "--output-path",
      paramLabel = "DIR",
      description = "Where to write results.json; with --compare, comparison.json and base/ too.")
  private Path folder;

  @Option(
      names = "--log-samples",
      description = "Also write every record with its answers; needs --output-path.")
  private boolean logSamples;

  @Option(names = "--json", description = "Print the results as one JSON object.")
  private boolean json;

  /**
   * Fails before hours of work if results have nowhere to go.
   *
   * @param predictOnly whether samples are all that is wanted
   */
  void check(boolean predictOnly) {
    if ((logSamples || predictOnly) && folder == null) {
      throw new IllegalArgumentException(
          "%s needs --output-path DIR to write to"
              .formatted(predictOnly ? "--predict-only" : "--log-samples"));
    }
    logSamples |= predictOnly;
    if (folder != null) {
      OutputFolder.requireWritable("--output-path", folder);
    }
  }

  /**
   * Prints and writes the results.
   *
   * @param base results of the model that is compared with; null for none
   * @param comparison of both; null for none
   */
  void report(EvalResult base, EvalResult tuned, Comparison comparison, PrintWriter out) {
    // What is printed is not lost where a disk is full.
    print(base, tuned, comparison, out);
    if (folder != null) {
      write(folder, tuned);
      if (base != null) {
        write(folder.resolve("base"), base);
      }
      if (comparison != null) {
        Json.write(folder.resolve("comparison.json"), comparison.json());
      }
    }
  }

  private void print(EvalResult base, EvalResult tuned, Comparison comparison, PrintWriter out) {
    if (json) {
      printJson(base, tuned, comparison, out);
      return;
    }
    out.println(ResultTable.markdown(tuned));
    if (comparison != null) {
      out.println(ResultTable.markdown(comparison));
    }
  }

  private static void printJson(
      EvalResult base, EvalResult tuned, Comparison comparison, PrintWriter out) {
    ObjectNode results = ResultFiles.json(tuned);
    if (base != null) {
      results.set("base_results", ResultFiles.json(base).get("results"));
    }
    if (comparison != null) {
      results.setAll(comparison.json());
    }
    out.println(ResultFiles.text(results));
  }

  private void write(Path target, EvalResult result) {
    if (logSamples) {
      ResultFiles.write(target, result);
    } else {
      Json.write(target.resolve("results.json"), ResultFiles.json(result));
    }
  }
}
