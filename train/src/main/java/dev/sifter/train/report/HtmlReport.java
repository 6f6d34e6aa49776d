package dev.sifter.train.report;

import dev.sifter.model.AtomicFiles;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/**
 * One page about a run, in one file: it loads nothing, runs no script, follows the reader's light
 * or dark mode, and prints.
 */
public final class HtmlReport {
  private static final String CSS = "report.css";
  private static final String NO_REQUESTS = "default-src 'none'; style-src 'unsafe-inline'";

  private HtmlReport() {}

  /**
   * Writes the page; a file of that name is replaced at once, whole.
   *
   * @throws UncheckedIOException if the file cannot be written
   */
  public static void write(Path file, ReportData data) {
    byte[] page = render(data).getBytes(StandardCharsets.UTF_8);
    AtomicFiles.write(file, out -> out.write(page));
  }

  /** The page as text: HTML that is well-formed XML too. */
  public static String render(ReportData data) {
    Markup to = new Markup();
    to.open("html", "xmlns", "http://www.w3.org/1999/xhtml", "lang", "en").line();
    head(to, data.title());
    to.open("body").open("main").line();
    masthead(to, data);
    RunsTable.render(to, data.runs());
    for (int i = 0; i < data.runs().size(); i++) {
      RunSection.render(to, data.runs().get(i), "run-" + (i + 1));
    }
    ResultSections.evaluation(to, data.evaluation(), data.notes());
    data.merge().ifPresent(merge -> ResultSections.merge(to, merge));
    ResultSections.chats(to, data.chats());
    MaskSection.render(to, data.masks());
    to.element("footer", "Made by sifter. One file, no script, nothing loaded from elsewhere.");
    to.close().close().close();
    return "<!DOCTYPE html>\n" + to + "\n";
  }

  /** The head of a page. */
  static void head(Markup to, String title) {
    to.open("head").empty("meta", "charset", "utf-8");
    to.empty("meta", "http-equiv", "Content-Security-Policy", "content", NO_REQUESTS);
    to.empty("meta", "name", "viewport", "content", "width=device-width, initial-scale=1");
    to.element("title", title).line();
    to.style(css()).close().line();
  }

  private static void masthead(Markup to, ReportData data) {
    to.open("header").element("h1", data.title());
    to.open("dl", "class", "facts");
    data.facts().forEach(fact -> fact(to, fact.name(), fact.value(), fact.isCode()));
    to.close();
    contents(to, data);
    to.close().line();
  }

  /** A name and its value. */
  static void fact(Markup to, String name, String value, boolean code) {
    to.open("div").element("dt", name).open("dd");
    if (code) {
      to.element("code", value);
    } else {
      to.text(value);
    }
    to.close().close();
  }

  /** A figure and what it is of, among others in a row. */
  static void tile(Markup to, String value, String name) {
    to.open("div", "class", "tile").element("b", value).element("span", name).close();
  }

  private static void contents(Markup to, ReportData data) {
    to.open("nav");
    List<ReportData.Run> runs = data.runs();
    link(to, runs.size() > 1, "Runs compared", "runs");
    for (int i = 0; i < runs.size(); i++) {
      to.element("a", capitalised(runs.get(i).name()), "href", "#run-" + (i + 1));
    }
    link(to, !data.evaluation().isEmpty(), "Evaluation", "evaluation");
    link(to, data.merge().isPresent(), "Merge", "merge");
    link(to, !data.chats().isEmpty(), "Chat", "chat");
    link(to, !data.masks().isEmpty(), "Token masks", "masks");
    to.close();
  }

  private static void link(Markup to, boolean present, String text, String section) {
    if (present) {
      to.element("a", text, "href", "#" + section);
    }
  }

  /** The text with its first letter in upper case. */
  static String capitalised(String text) {
    if (text.isEmpty()) {
      return text;
    }
    int first = text.codePointAt(0);
    return Character.toString(Character.toTitleCase(first))
        + text.substring(Character.charCount(first));
  }

  private static String css() {
    try (InputStream in = HtmlReport.class.getResourceAsStream(CSS)) {
      if (in == null) {
        throw new IllegalStateException(
            "report.css is not beside HtmlReport on the class path: the build left it out");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
