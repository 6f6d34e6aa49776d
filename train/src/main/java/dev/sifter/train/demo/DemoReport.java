package dev.sifter.train.demo;

import dev.sifter.model.chat.ChatTemplate;
import dev.sifter.model.chat.ChatTemplates;
import dev.sifter.model.tokenizer.Tokenizer;
import dev.sifter.train.data.DataConfig;
import dev.sifter.train.data.TokenMaskView;
import dev.sifter.train.data.record.DatasetReader;
import dev.sifter.train.eval.Comparison;
import dev.sifter.train.report.HtmlReport;
import dev.sifter.train.report.Machine;
import dev.sifter.train.report.ReportData;
import dev.sifter.train.report.ReportData.EvaluationRow;
import dev.sifter.train.report.ReportData.Figure;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/** Writes what a demonstration came to as a page. */
final class DemoReport {
  private static final int MASK_SAMPLES = 5;

  private final DemoSettings settings;
  private final DemoFiles files;
  private final DemoOutcome outcome;

  DemoReport(DemoSettings settings, DemoFiles files, DemoOutcome outcome) {
    this.settings = settings;
    this.files = files;
    this.outcome = outcome;
  }

  void write(String backend) {
    ReportData data =
        new ReportData(
            "Sifter: from nothing to a tuned model",
            List.of(
                new ReportData.Fact("Command", "./sifter demo --seed " + settings.seed(), true),
                new ReportData.Fact("Seed", Long.toString(settings.seed()), true),
                new ReportData.Fact("Machine", Machine.current(backend).line(), false)),
            List.of(outcome.pretraining().run(), outcome.tuning().run()),
            masks(),
            evaluation(),
            notes(),
            Optional.of(new ReportData.Merge(outcome.proof(), false)),
            outcome.chat().stream()
                .map(exchange -> new ReportData.ChatSample(exchange.question(), exchange.answer()))
                .toList());
    HtmlReport.write(files.report(), data);
  }

  private List<ReportData.MaskSample> masks() {
    Path base = files.baseModel();
    DataConfig config =
        DataConfig.builder()
            .files(List.of(files.conversations().toString()))
            .assistantOnlyLoss(true)
            .build();
    Tokenizer tokenizer = Tokenizer.load(base);
    ChatTemplate template = ChatTemplates.find(base).orElseThrow();
    List<ReportData.MaskSample> samples = new ArrayList<>();
    try (DatasetReader reader = DatasetReader.open(List.of(files.conversations().toString()))) {
      while (samples.size() < MASK_SAMPLES && reader.hasNext()) {
        samples.add(sample(TokenMaskView.of(config, tokenizer, template, reader.next().parse())));
      }
    }
    return samples;
  }

  private static ReportData.MaskSample sample(TokenMaskView view) {
    List<ReportData.MaskToken> tokens =
        view.tokens().stream()
            .map(t -> new ReportData.MaskToken(t.text(), t.id(), t.role(), t.trained()))
            .toList();
    return new ReportData.MaskSample("record " + view.origin().record(), tokens);
  }

  private List<EvaluationRow> evaluation() {
    List<EvaluationRow> rows = new ArrayList<>();
    Comparison.Row all = outcome.comparison().rows().getFirst();
    rows.add(row("all", all.items(), all.base(), all.tuned(), OptionalDouble.of(all.p())));
    Map<String, DemoOutcome.Score> base = DemoOutcome.byKind(outcome.base());
    DemoOutcome.byKind(outcome.tuned())
        .forEach(
            (kind, tuned) ->
                rows.add(
                    row(
                        kind,
                        tuned.problems(),
                        base.get(kind).share(),
                        tuned.share(),
                        OptionalDouble.empty())));
    return rows;
  }

  /** The standard error of a share p of n items is √(p(1 − p)/(n − 1)). */
  private static EvaluationRow row(
      String task, int n, double base, double tuned, OptionalDouble p) {
    return new EvaluationRow(task, "exact_match", true, n, figure(base, n), figure(tuned, n), p);
  }

  private static Figure figure(double share, int n) {
    return new Figure(share, OptionalDouble.of(Math.sqrt(share * (1 - share) / (n - 1))));
  }

  private List<String> notes() {
    return List.of(
        "Held-out problems occur nowhere in the pretraining or fine-tuning data, whatever their"
            + " wording; the generator checks that.",
        "Both models answered the same problems through the same chat template, greedily; an answer"
            + " counts if it equals the expected text. p is McNemar's exact test over the"
            + " problems.");
  }
}
