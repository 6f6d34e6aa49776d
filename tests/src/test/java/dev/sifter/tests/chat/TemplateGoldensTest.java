package dev.sifter.tests.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sifter.model.chat.ChatRequest;
import dev.sifter.model.chat.ChatTemplate;
import dev.sifter.model.chat.Rendering;
import dev.sifter.model.chat.Span;
import dev.sifter.model.chat.TemplateException;
import dev.sifter.model.chat.jinja.JinjaException;
import dev.sifter.model.chat.jinja.Template;
import dev.sifter.model.chat.jinja.Values;
import dev.sifter.tests.Goldens;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Renders every case of every folder under {@code templates} of the reference results, made by the
 * Python implementation: text and spans, or class and message of the error, must be the same.
 */
class TemplateGoldensTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** An object that prints its address in memory: no two runs agree on it. */
  private static final Pattern ADDRESS = Pattern.compile("(?i) at 0x[0-9a-f]+");

  /**
   * Folders that hold a file of this name: the one of the goldens, any further one beneath it, and
   * those of the folder that {@code sifter.goldens} names, which may be such a folder itself.
   */
  private static List<Path> foldersWith(String file) throws IOException {
    List<Path> roots = new ArrayList<>(Goldens.everyGolden("templates"));
    String further = System.getProperty("sifter.goldens");
    if (further != null) {
      roots.add(Path.of(further));
    }
    List<Path> folders = new ArrayList<>();
    for (Path root : roots) {
      try (Stream<Path> files = Files.walk(root)) {
        files
            .filter(f -> f.getFileName().toString().equals(file))
            .map(f -> f.toAbsolutePath().normalize().getParent())
            .filter(folder -> !folders.contains(folder))
            .forEach(folders::add);
      }
    }
    assumeTrue(!folders.isEmpty(), () -> "skipped: no " + file + " under " + roots);
    return folders;
  }

  @Test
  void everyPublishedTemplateRendersAsTheReferenceDoes() throws IOException {
    List<String> wrong = new ArrayList<>();
    int cases = 0;
    for (Path folder : foldersWith("renderings.jsonl")) {
      Map<String, ChatTemplate> templates = new HashMap<>();
      for (String line : Files.readAllLines(folder.resolve("renderings.jsonl"))) {
        JsonNode golden = JSON.readTree(line);
        String expected = expected(golden, golden.path("generation_spans"));
        String actual = rendered(folder, golden, templates);
        cases++;
        if (!actual.equals(expected)) {
          wrong.add(golden.get("id") + ": expected " + expected + " but was " + actual);
        }
      }
    }
    assertThat(wrong).as("of " + cases + " cases").isEmpty();
  }

  private static String rendered(
      Path folder, JsonNode golden, Map<String, ChatTemplate> templates) {
    String file = golden.get("template_text_file").textValue();
    try {
      ChatTemplate template =
          templates.computeIfAbsent(file, name -> ChatTemplate.compile(read(folder.resolve(name))));
      Rendering rendering = template.render(request(golden));
      return rendering.text() + spans(rendering.generationSpans());
    } catch (TemplateException error) {
      return error.errorType() + ": " + error.reason();
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException error) {
      throw new java.io.UncheckedIOException(error);
    }
  }

  private static ChatRequest request(JsonNode golden) {
    JsonNode input = golden.get("input");
    Map<String, String> tokens = new LinkedHashMap<>();
    golden
        .get("special_tokens")
        .properties()
        .forEach(t -> tokens.put(t.getKey(), t.getValue().textValue()));
    Map<String, Object> kwargs = new LinkedHashMap<>();
    input.get("kwargs").properties().forEach(k -> kwargs.put(k.getKey(), k.getValue()));
    return ChatRequest.from(input.get("messages"))
        .withTools(list(input.get("tools")))
        .withDocuments(list(input.get("documents")))
        .withGenerationPrompt(input.get("add_generation_prompt").booleanValue())
        .withSpecialTokens(tokens)
        .withKwargs(kwargs)
        .withNow(LocalDateTime.parse(golden.get("now").textValue()))
        .withTextOnly(false);
  }

  private static List<Object> list(JsonNode array) {
    if (array == null || array.isNull()) {
      return null;
    }
    List<Object> items = new ArrayList<>();
    array.forEach(items::add);
    return items;
  }

  private static String expected(JsonNode golden, JsonNode spans) {
    JsonNode error = golden.get("error");
    if (error != null) {
      return error.get("type").textValue() + ": " + error.get("message").textValue();
    }
    List<Span> list = new ArrayList<>();
    spans.forEach(span -> list.add(new Span(span.get(0).intValue(), span.get(1).intValue())));
    return golden.get("expected").textValue() + spans(list);
  }

  private static String spans(List<Span> spans) {
    return "\n" + spans;
  }

  @Test
  void randomSnippetsEvaluateAsTheReferenceDoes() throws IOException {
    Map<String, String> wrong = new TreeMap<>();
    int cases = 0;
    for (Path folder : foldersWith("snippets.jsonl")) {
      Map<String, Object> variables = new LinkedHashMap<>();
      JSON.readTree(folder.resolve("snippet_context.json").toFile())
          .properties()
          .forEach(v -> variables.put(v.getKey(), Values.of(v.getValue())));
      for (String line : Files.readAllLines(folder.resolve("snippets.jsonl"))) {
        JsonNode golden = JSON.readTree(line);
        String expected = expected(golden, golden.path("spans"));
        if (ADDRESS.matcher(expected).find()) {
          continue;
        }
        String actual = evaluated(golden.get("t").textValue(), variables);
        cases++;
        if (!actual.equals(expected)) {
          wrong.put(golden.get("t").textValue(), "expected " + expected + " but was " + actual);
        }
      }
    }
    // Every snippet of the goldens is exact; the allowance is for folders of other generators,
    // whose
    // constructs no published template has.
    assertThat(wrong.size()).as(wrong.toString()).isLessThanOrEqualTo(cases / 100);
  }

  private static String evaluated(String source, Map<String, Object> variables) {
    try {
      Template.Output output = Template.compile(source).render(variables, null);
      List<Span> spans = new ArrayList<>();
      for (int i = 0; i < output.spans().length; i += 2) {
        spans.add(new Span(output.spans()[i], output.spans()[i + 1]));
      }
      return output.text() + spans(spans);
    } catch (JinjaException error) {
      return error.errorType() + ": " + error.getMessage();
    }
  }
}
