package dev.sifter.train.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Options of transformers, TRL and PEFT that Sifter does not have, so that configurations of the
 * reference stack run as they are where that is right. Those that cannot change a result here are
 * taken out with a word of why; those that ask for something that Sifter does not do are refused
 * with the way to have it, unless they are off or as they are by default.
 */
final class ReferenceOptions {
  private static final String FILE = "reference-options.json";
  private static final JsonNode TABLE = table();
  private static final Set<String> NOTHING = Set.of("", "no", "off");

  private ReferenceOptions() {}

  private static JsonNode table() {
    try (InputStream in = ReferenceOptions.class.getResourceAsStream(FILE)) {
      return Json.mapper().readTree(in);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + FILE, e);
    }
  }

  /**
   * Takes the options out of a configuration.
   *
   * @return what is to be said about those that ask for something and have no effect
   * @throws IllegalArgumentException if an option asks for what Sifter does not do
   */
  static List<String> takeOut(ObjectNode options, Path file) {
    List<String> notes = new ArrayList<>();
    for (var entry : TABLE.path("without_effect").properties()) {
      JsonNode value = options.remove(entry.getKey());
      if (value != null && !asksForNothing(entry.getKey(), value)) {
        notes.add("%s has no effect: %s".formatted(entry.getKey(), entry.getValue().asText()));
      }
    }
    for (var entry : TABLE.path("refused").properties()) {
      JsonNode value = options.remove(entry.getKey());
      if (value != null && !asksForNothing(entry.getKey(), value)) {
        throw new IllegalArgumentException(
            "%s: %s is %s, which Sifter does not do: %s"
                .formatted(file, entry.getKey(), value, entry.getValue().asText()));
      }
    }
    return notes;
  }

  /** Whether a value says what holds where nothing is said. */
  private static boolean asksForNothing(String option, JsonNode value) {
    return value.isNull()
        || value.equals(TABLE.path("defaults").path(option))
        || value.isBoolean() && !value.booleanValue()
        || value.isTextual() && NOTHING.contains(value.asText().toLowerCase(Locale.ROOT))
        || value.isContainerNode() && value.isEmpty();
  }
}
