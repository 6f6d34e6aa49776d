package dev.sifter.train.report;

import dev.sifter.model.lora.MergeProof;
import java.util.List;
import java.util.Locale;

/** What training brought: evaluation of base against tuned, merge proof, chats. */
final class ResultSections {
  private static final double SIGNIFICANT = 0.05;
  private static final int DECIMALS = 4;

  private ResultSections() {}

  /** The table of base against tuned; nothing without rows. */
  static void evaluation(Markup to, List<ReportData.EvaluationRow> rows, List<String> notes) {
    if (rows.isEmpty()) {
      return;
    }
    to.open("section", "id", "evaluation").element("h2", "Base against tuned");
    to.open("div", "class", "scroll").open("table").open("thead").open("tr");
    for (String name : List.of("Task", "Metric", "n", "Base", "Tuned", "Difference", "p", "")) {
      to.element("th", name, "scope", "col");
    }
    to.close().close().open("tbody").line();
    rows.forEach(row -> row(to, row));
    to.close().close().close();
    if (!notes.isEmpty()) {
      to.open("ul", "class", "notes");
      notes.forEach(note -> to.element("li", note));
      to.close();
    }
    to.close().line();
  }

  private static void row(Markup to, ReportData.EvaluationRow row) {
    to.open("tr").element("th", row.task(), "scope", "row");
    to.open("td").text(row.metric()).text(row.higherIsBetter() ? " ↑" : " ↓").close();
    number(to, Numbers.grouped(row.n()));
    figure(to, row.base());
    figure(to, row.tuned());
    double difference = row.difference();
    boolean clear = row.pValue().isPresent() && row.pValue().getAsDouble() < SIGNIFICANT;
    boolean better = difference > 0 == row.higherIsBetter() && difference != 0;
    String style = !clear || difference == 0 ? "unclear" : better ? "better" : "worse";
    to.element("td", Numbers.signed(difference, DECIMALS), "class", "num " + style);
    number(to, row.pValue().isPresent() ? pValue(row.pValue().getAsDouble()) : "–");
    to.open("td", "class", style);
    to.text(row.pValue().isEmpty() ? "" : style);
    to.close().close().line();
  }

  private static void figure(Markup to, ReportData.Figure figure) {
    to.open("td", "class", "num").text(Numbers.fixed(figure.value(), DECIMALS));
    figure
        .standardError()
        .ifPresent(error -> to.element("small", " ± " + Numbers.fixed(error, DECIMALS)));
    to.close();
  }

  private static void number(Markup to, String text) {
    to.element("td", text, "class", "num");
  }

  private static String pValue(double p) {
    return p < 1e-4 ? "< 0.0001" : Numbers.significant(p, 2);
  }

  /** The proof that merging changed nothing but rounding. */
  static void merge(Markup to, ReportData.Merge merge) {
    MergeProof proof = merge.proof();
    boolean holds = proof.holds(merge.halfPrecision());
    to.open("section", "id", "merge").element("h2", "Merged model against base + adapter");
    to.element(
        "p",
        holds
            ? "✓ The merged model is the adapted one, up to rounding."
            : "⚠ The merged model differs from the adapted one by more than rounding explains.",
        "class",
        holds ? "good" : "warn");
    to.open("div", "class", "tiles");
    HtmlReport.tile(to, Numbers.grouped(proof.tokens()), "predictions compared");
    HtmlReport.tile(
        to, Numbers.significant(proof.maxLogitDifference(), 3), "largest logit difference");
    HtmlReport.tile(to, Numbers.significant(proof.maxLogit(), 3), "largest logit");
    HtmlReport.tile(to, Numbers.significant(proof.meanKl(), 3), "mean KL divergence, nats");
    HtmlReport.tile(to, Numbers.percent(proof.agreement()), "same most probable token");
    HtmlReport.tile(to, merge.halfPrecision() ? "16 bits" : "32 bits", "merged weights");
    to.close().close().line();
  }

  /** Questions and answers; nothing without any. */
  static void chats(Markup to, List<ReportData.ChatSample> chats) {
    if (chats.isEmpty()) {
      return;
    }
    String count =
        String.format(
            Locale.ROOT,
            "%d answer%s of the tuned model, as it gave %s.",
            chats.size(),
            chats.size() == 1 ? "" : "s",
            chats.size() == 1 ? "it" : "them");
    to.open("section", "id", "chat").element("h2", "Chat").element("p", count, "class", "quiet");
    for (ReportData.ChatSample chat : chats) {
      to.open("div", "class", "chat");
      to.element("p", chat.question(), "class", "user");
      to.element("p", chat.answer().isEmpty() ? "(empty)" : chat.answer(), "class", "assistant");
      to.close().line();
    }
    to.close().line();
  }
}
