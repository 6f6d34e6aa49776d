package dev.sifter.train.eval.filter;

import dev.sifter.model.chat.jinja.PythonStrings;
import dev.sifter.train.eval.python.PythonRegex;
import dev.sifter.train.eval.python.PythonRegexSyntax;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The filter {@code format_span}: entities that a model names, in one form: {@code person: Ann,
 * Bob} becomes {@code per: ann $ per: bob}.
 */
final class NamedEntities {
  /** How models call the four kinds, in the order in which the harness replaces them. */
  private static final Map<Pattern, String> LABELS = new LinkedHashMap<>();

  private static final PythonRegex LABELLED =
      PythonRegex.compile("\\b(PER|LOC|ORG|DATE):\\s*([^$]+)");

  private static final String SEPARATOR = "$";

  static {
    String[][] labels = {
      {"person", "PER"}, {"location", "LOC"}, {"organization", "ORG"}, {"counties", "LOC"},
      {"places", "LOC"}, {"people", "PER"}, {"persons", "PER"}, {"company", "ORG"},
      {"country", "LOC"}, {"continent", "LOC"}, {"time", "DATE"}, {"date", "DATE"},
      {"per", "PER"}, {"loc", "LOC"}, {"org", "ORG"}
    };
    for (String[] label : labels) {
      String regex = PythonRegexSyntax.toJava("\\b" + label[0] + "\\s*:");
      LABELS.put(Pattern.compile(regex, Pattern.UNICODE_CHARACTER_CLASS), label[1] + ":");
    }
  }

  private NamedEntities() {}

  /** Every entity with its label, those that are called none left out. */
  static String format(String response) {
    String text = response.toLowerCase(Locale.ROOT);
    for (Map.Entry<Pattern, String> label : LABELS.entrySet()) {
      text = label.getKey().matcher(text).replaceAll(label.getValue());
    }
    text = text.replace("$$", SEPARATOR).replaceFirst("\\$+$", "").replace("\n", SEPARATOR);
    List<String> entities = new ArrayList<>();
    for (List<String> match : LABELLED.findAll(PythonStrings.strip(text))) {
      String label = match.getFirst().toLowerCase(Locale.ROOT);
      for (String value : match.getLast().split(",", -1)) {
        String entity = PythonStrings.strip(value);
        if (!entity.equalsIgnoreCase("none")) {
          entities.add(label + ": " + entity);
        }
      }
    }
    return String.join(" " + SEPARATOR + " ", entities);
  }
}
