package dev.sifter.train.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.train.config.ConfigReader;
import dev.sifter.train.pretrain.PretrainConfig;
import dev.sifter.train.report.HtmlReport;
import dev.sifter.train.report.ReportData;
import dev.sifter.train.report.RunText;
import dev.sifter.train.sft.SftConfig;
import dev.sifter.train.trainer.LoggedRun;
import dev.sifter.train.trainer.RunRecord;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sifter report}: the curves of runs as a page, and what they say. */
@Command(
    name = "report",
    description = "Show the curves of runs, what they say, and how runs differ, as a page.",
    footer = {
      "",
      "Examples:",
      "  sifter report out",
      "  sifter report out/lr-1e-4 out/lr-2e-4 out/lr-4e-4 --html rates.html",
      "",
      "It reads log.jsonl and training_args.json, as sifter sft and sifter pretrain write them, of"
          + " runs that are still at work, too."
    },
    mixinStandardHelpOptions = true)
final class ReportCommand implements Callable<Integer> {
  @Parameters(paramLabel = "DIR", arity = "1..*", description = "The output_dir of a run.")
  private List<Path> folders;

  @Option(
      names = "--html",
      paramLabel = "FILE",
      description = "The page; by default report.html in the folder, if that is one.")
  private Path html;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    if (html == null && folders.size() > 1) {
      throw new ParameterException(
          spec.commandLine(), "several runs need a name for their page: --html=FILE");
    }
    Path page = html == null ? folders.getFirst().resolve("report.html") : html;
    List<ReportData.Run> runs = folders.stream().map(this::run).toList();
    HtmlReport.write(
        page,
        new ReportData(
            runs.size() == 1 ? "Run " + runs.getFirst().name() : runs.size() + " runs",
            List.of(new ReportData.Fact("Command", command(), true)),
            runs,
            List.of(),
            List.of(),
            List.of(),
            Optional.empty(),
            List.of()));
    PrintWriter out = spec.commandLine().getOut();
    runs.stream().flatMap(run -> RunText.of(run).stream()).forEach(out::println);
    out.println("report: " + page);
    return 0;
  }

  private String command() {
    String named = folders.stream().map(Path::toString).collect(Collectors.joining(" "));
    return "sifter report " + named + (html == null ? "" : " --html " + html);
  }

  private ReportData.Run run(Path folder) {
    Map<String, String> settings =
        RunRecord.read(folder).map(ReportCommand::settings).orElse(Map.of());
    return new ReportData.Run(name(folder), settings, LoggedRun.read(folder));
  }

  /** The folder's own name, if no other run's folder has it. */
  private String name(Path folder) {
    Path whole = folder.toAbsolutePath().normalize();
    long alike =
        folders.stream()
            .map(other -> other.toAbsolutePath().normalize().getFileName())
            .filter(other -> Objects.equals(other, whole.getFileName()))
            .count();
    return alike > 1 || whole.getFileName() == null
        ? folder.toString()
        : whole.getFileName().toString();
  }

  /** What was set, or came of it, and is not what would have been without. */
  private static Map<String, String> settings(ObjectNode record) {
    ObjectNode defaults =
        ConfigReader.values(
            record.path("from_scratch").booleanValue() ? new PretrainConfig() : new SftConfig());
    Map<String, String> settings = new LinkedHashMap<>();
    record
        .properties()
        .forEach(
            option -> {
              String value = option.getValue().toString();
              // Compared as text: a number may come back from the file as one of another type.
              if (!value.equals(String.valueOf(defaults.get(option.getKey())))) {
                settings.put(option.getKey(), words(option.getValue()));
              }
            });
    return settings;
  }

  private static String words(JsonNode value) {
    return value.isTextual() ? value.textValue() : value.toString();
  }
}
