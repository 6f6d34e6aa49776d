package dev.sifter.train.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.sifter.model.AtomicFiles;
import dev.sifter.train.report.DataInspection;
import dev.sifter.train.report.DataPage;
import dev.sifter.train.report.DataReport;
import dev.sifter.train.report.DataText;
import dev.sifter.train.report.PreparationProgress;
import dev.sifter.train.sft.SftConfig;
import dev.sifter.train.sft.SftData;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code sifter data}: checks and describes the data of a run. */
@Command(
    name = "data",
    description = {
      "Check and describe the data of a training run.",
      "Lengths, truncation, masks, packing, duplicates, the records to look at. Exits with 1 where"
          + " training would be refused.",
      "Example: sifter data config.yaml --html data.html --max_length 2048"
    },
    mixinStandardHelpOptions = true)
final class DataCommand extends PreviewCommand {
  @Option(names = "--json", description = "Print the report as JSON.")
  private boolean json;

  @Option(names = "--html", paramLabel = "FILE", description = "Also write a page to look at.")
  private Path html;

  @Override
  public Integer call() throws JsonProcessingException {
    SftConfig config = config();
    config.validate();
    DataReport report = report(config);
    if (html != null) {
      byte[] page = DataPage.of(report).getBytes(StandardCharsets.UTF_8);
      AtomicFiles.write(html, out -> out.write(page));
    }
    if (json) {
      JsonMapper mapper =
          JsonMapper.builder().propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE).build();
      spec.commandLine()
          .getOut()
          .println(mapper.writerWithDefaultPrettyPrinter().writeValueAsString(report));
    } else {
      new DataText(spec.commandLine().getOut()).print(report);
    }
    spec.commandLine().getOut().flush();
    return report.isAccepted() ? 0 : 1;
  }

  private DataReport report(SftConfig config) {
    try (Arena rows = Arena.ofShared()) {
      return report(config, inspect(config, rows));
    }
  }

  private static SftData inspect(SftConfig config, Arena rows) {
    try (PreparationProgress progress = new PreparationProgress()) {
      return SftData.inspect(config, progress, rows);
    }
  }

  private DataReport report(SftConfig config, SftData data) {
    List<DataReport.Part> parts = new ArrayList<>();
    parts.add(DataInspection.of("training", config.dataConfig(), data.tokenizer(), data.train()));
    if (data.eval() != null) {
      parts.add(
          DataInspection.of("evaluation", config.evalDataConfig(), data.tokenizer(), data.eval()));
    }
    boolean overlaps = config.checkEvalOverlap && data.overlap().records() > 0;
    boolean accepted = !overlaps && parts.stream().allMatch(part -> part.refusals().isEmpty());
    return new DataReport(
        configFile().toString(),
        config.modelNameOrPath,
        accepted,
        parts,
        overlaps ? data.overlap().refusal() : null);
  }
}
