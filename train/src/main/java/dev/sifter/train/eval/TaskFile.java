package dev.sifter.train.eval;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.sifter.model.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Reads the files that tasks are made of: YAML with {@code include}, and records as JSON lines. */
final class TaskFile {
  private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());
  private static final int MAX_INCLUDES = 10;
  private static final long MAX_YAML_BYTES = 16L << 20;

  private TaskFile() {}

  /** A YAML object, laid over those that it includes. */
  static ObjectNode readYaml(Path file) {
    return readYaml(file, 0);
  }

  private static ObjectNode readYaml(Path file, int depth) {
    if (depth > MAX_INCLUDES) {
      throw new IllegalArgumentException(file + ": include goes in a circle");
    }
    ObjectNode own = parse(file);
    if (!own.has("include")) {
      return own;
    }
    Path base = file.toAbsolutePath().getParent().resolve(own.path("include").asText());
    ObjectNode merged = readYaml(base, depth + 1);
    merged.setAll(own);
    merged.remove("include");
    return merged;
  }

  private static ObjectNode parse(Path file) {
    String text = readText(file);
    refuseFunctions(file, text);
    try {
      JsonNode node = YAML.readTree(text);
      if (node instanceof ObjectNode object) {
        return object;
      }
      throw new IllegalArgumentException(file + ": a YAML mapping was expected");
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          "%s is no YAML: line %d: %s"
              .formatted(
                  file,
                  e.getLocation() == null ? 0 : e.getLocation().getLineNr(),
                  e.getOriginalMessage()),
          e);
    }
  }

  private static String readText(Path file) {
    try {
      if (Files.size(file) > MAX_YAML_BYTES) {
        throw new IllegalArgumentException(
            "%s has %d bytes; a task file has at most %d"
                .formatted(file, Files.size(file), MAX_YAML_BYTES));
      }
      return Files.readString(file);
    } catch (NoSuchFileException e) {
      throw new IllegalArgumentException(
          "there is no task file " + file + "; --tasks takes paths of YAML files", e);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }

  private static void refuseFunctions(Path file, String text) {
    int line = 0;
    for (String content : text.lines().toList()) {
      line++;
      if (content.matches("[^#]*(:|-)\\s*!function\\b.*")) {
        throw new IllegalArgumentException(
            ("%s, line %d: '%s' calls Python, which is not run here; write doc_to_text,"
                    + " doc_to_target and doc_to_choice as Jinja or as column names, and process"
                    + " the records beforehand")
                .formatted(file, line, content.strip()));
      }
    }
  }

  /** The records of a JSONL file. */
  static List<ObjectNode> readRecords(Path file) {
    List<ObjectNode> records = new ArrayList<>();
    int[] line = {0};
    try (Stream<String> lines = Files.lines(file)) {
      lines.forEach(
          text -> {
            line[0]++;
            if (!text.isBlank()) {
              records.add(record(file, line[0], text));
            }
          });
    } catch (IOException | UncheckedIOException e) {
      throw new IllegalArgumentException(
          "%s cannot be read after line %d: %s".formatted(file, line[0], e.getMessage()), e);
    }
    return records;
  }

  private static ObjectNode record(Path file, int line, String text) {
    try {
      if (Json.mapper().readTree(text) instanceof ObjectNode object) {
        return object;
      }
      throw new IllegalArgumentException(
          "%s, line %d: a JSON object was expected".formatted(file, line));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          "%s, line %d is no JSON: %s".formatted(file, line, e.getOriginalMessage()), e);
    }
  }
}
