package dev.sifter.train.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sifter.train.trainer.LoggedRun;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

@Isolated("changes the locale")
final class HtmlReportTest {
  private static final String ATTACK = "</p><script>alert(\"1\")</script><img src=x onerror='y'>\0";

  private static Document parse(String page) throws Exception {
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new InputSource(new StringReader(page)));
  }

  private static List<Element> elements(Document page, String tag) {
    NodeList nodes = page.getElementsByTagName(tag);
    List<Element> elements = new ArrayList<>();
    for (int i = 0; i < nodes.getLength(); i++) {
      elements.add((Element) nodes.item(i));
    }
    return elements;
  }

  @Test
  void textFromOutsideStaysText() throws Exception {
    Document page = parse(HtmlReport.render(SampleReport.data(ATTACK)));

    assertThat(elements(page, "script")).isEmpty();
    assertThat(elements(page, "img")).isEmpty();
    String shown = ATTACK.replace('\0', '␀');
    assertThat(elements(page, "h1").getFirst().getTextContent()).isEqualTo(shown);
    assertThat(elements(page, "p")).anyMatch(p -> p.getTextContent().equals(shown));
    assertThat(elements(page, "li")).anyMatch(li -> li.getTextContent().equals(shown));
    assertThat(elements(page, "th")).anyMatch(th -> th.getTextContent().equals(shown));
    assertThat(elements(page, "span"))
        .as("token")
        .anyMatch(t -> t.getTextContent().equals(shown.replace(' ', '·')));
  }

  @Test
  void thePageLoadsNothing() throws Exception {
    Document page = parse(HtmlReport.render(SampleReport.data("title")));

    assertThat(elements(page, "link")).isEmpty();
    for (Element element : elements(page, "*")) {
      assertThat(element.hasAttribute("src")).isFalse();
      assertThat(element.getAttribute("href")).matches("|#[a-z0-9-]+");
    }
    assertThat(elements(page, "style").getFirst().getTextContent())
        .doesNotContain("url(")
        .doesNotContain("@import");
  }

  @Test
  void everyLinkLeadsToASection() throws Exception {
    Document page = parse(HtmlReport.render(SampleReport.data("title")));

    List<String> sections =
        elements(page, "section").stream().map(s -> "#" + s.getAttribute("id")).toList();
    List<String> links = elements(page, "a").stream().map(a -> a.getAttribute("href")).toList();
    assertThat(links).isNotEmpty().containsExactlyElementsOf(sections);
  }

  @Test
  void allIsDrawnWithinThePictures() throws Exception {
    Document page = parse(HtmlReport.render(SampleReport.data("title")));

    assertThat(elements(page, "svg"))
        .as("six charts for each of two runs, and two of both")
        .hasSize(14);
    for (Element circle : elements(page, "circle")) {
      assertThat(Double.parseDouble(circle.getAttribute("cx"))).isBetween(0.0, 440.0);
      assertThat(Double.parseDouble(circle.getAttribute("cy"))).isBetween(0.0, 230.0);
    }
    assertThat(elements(page, "path")).noneMatch(p -> p.getAttribute("d").contains("NaN"));
  }

  @Test
  void tokensShowTheirMaskIdAndWhitespace() throws Exception {
    Document page = parse(HtmlReport.render(SampleReport.data("title")));

    List<Element> tokens =
        elements(page, "span").stream().filter(s -> s.hasAttribute("title")).toList();
    assertThat(tokens).hasSize(38);
    assertThat(tokens).filteredOn(t -> t.getAttribute("class").equals("t on")).hasSize(12);
    assertThat(tokens.get(1).getTextContent()).isEqualTo("system");
    assertThat(tokens.get(1).getAttribute("title")).isEqualTo("id 101 · ignored");
    assertThat(tokens.get(2).getTextContent()).isEqualTo("↵");
    assertThat(tokens.get(4).getTextContent()).isEqualTo("·are");
    assertThat(elements(page, "span").stream().filter(s -> s.getAttribute("class").equals("role")))
        .extracting(Element::getTextContent)
        .containsExactly("system", "user", "assistant");
  }

  /** In the table, in training losses, in held-out ones; beyond the colours there are none. */
  @Test
  void everyRunHasAColourOfItsOwn() throws Exception {
    ReportData sample = SampleReport.data("title");
    Document two = parse(HtmlReport.render(sample));
    List<String> marked =
        elements(two, "*").stream().map(e -> e.getAttribute("class")).sorted().toList();
    assertThat(marked.stream().filter("run-1"::equals).count())
        .isGreaterThan(3)
        .isEqualTo(marked.stream().filter("run-2"::equals).count());
    assertThat(marked).doesNotContain("run-3");

    ReportData many =
        new ReportData(
            "title",
            List.of(),
            Collections.nCopies(9, sample.runs().getFirst()),
            List.of(),
            List.of(),
            List.of(),
            Optional.empty(),
            List.of());
    Document page = parse(HtmlReport.render(many));
    assertThat(elements(page, "svg")).hasSize(9 * 6);
    assertThat(elements(page, "*"))
        .noneMatch(element -> element.getAttribute("class").startsWith("run-"));
  }

  @Test
  void anEmptyReportIsAPageToo() throws Exception {
    ReportData.Run run =
        new ReportData.Run(
            "cut off", Map.of(), new LoggedRun(List.of(), List.of(), Optional.empty()));
    ReportData data =
        new ReportData(
            "Nothing",
            List.of(),
            List.of(run),
            List.of(),
            List.of(),
            List.of(),
            Optional.empty(),
            List.of());

    Document page = parse(HtmlReport.render(data));

    assertThat(elements(page, "section")).hasSize(1);
    assertThat(elements(page, "svg")).isEmpty();
  }

  @Test
  void theLocaleDoesNotShow() {
    ReportData data = SampleReport.data("title");
    String expected = HtmlReport.render(data);
    Locale before = Locale.getDefault();
    try {
      Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
      assertThat(HtmlReport.render(data)).isEqualTo(expected);
    } finally {
      Locale.setDefault(before);
    }
  }

  @Test
  void aFileIsReplacedWhole(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("new").resolve("report.html");
    HtmlReport.write(file, SampleReport.data("first"));
    HtmlReport.write(file, SampleReport.data("second"));

    assertThat(Files.readString(file)).contains("<h1>second</h1>").doesNotContain("first");
    assertThat(file.getParent()).isDirectoryContaining(f -> f.equals(file));
    try (var files = Files.list(file.getParent())) {
      assertThat(files).hasSize(1);
    }
  }
}
