package dev.sifter.train.eval.source;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.FileErrors;
import dev.sifter.train.eval.filter.ResponseMap;
import dev.sifter.train.options.YamlTree;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Reads the files that tasks are made of: YAML with {@code include}. */
public final class TaskFile {
  private static final int MAX_INCLUDES = 10;
  private static final long MAX_YAML_BYTES = 16L << 20;

  private TaskFile() {}

  /** A new object without keys. */
  public static ObjectNode emptyObject() {
    return JsonNodeFactory.instance.objectNode();
  }

  /** A task file. */
  public static TaskDefinition read(Path file) {
    return new TaskDefinition(readYaml(file, 0), file.toAbsolutePath());
  }

  /** A task file; null if it names no task, or cannot be a task here. */
  public static TaskDefinition readIfTask(Path file) {
    try {
      TaskDefinition task = read(file);
      return task.name().isEmpty() ? null : task;
    } catch (IllegalArgumentException notATask) {
      return null;
    }
  }

  /** A file that ships with the program, laid over those that it includes. */
  static ObjectNode readResource(String name) {
    try (InputStream in = TaskFile.class.getResourceAsStream("tasks/" + name)) {
      ObjectNode own = parse(name, new String(in.readAllBytes(), StandardCharsets.UTF_8));
      return own.has("include") ? over(readResource(own.path("include").asText()), own) : own;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the built-in " + name, e);
    }
  }

  private static ObjectNode readYaml(Path file, int depth) {
    if (depth > MAX_INCLUDES) {
      throw new IllegalArgumentException(file + ": include goes in a circle");
    }
    ObjectNode own = parse(file.toString(), readText(file));
    if (!own.has("include")) {
      return own;
    }
    ObjectNode base = emptyObject();
    for (String included : TaskDefinition.texts(own.path("include"))) {
      base.setAll(readYaml(file.toAbsolutePath().resolveSibling(included), depth + 1));
    }
    return over(base, own);
  }

  private static ObjectNode over(ObjectNode base, ObjectNode own) {
    base.setAll(own);
    base.remove("include");
    return base;
  }

  private static ObjectNode parse(String file, String text) {
    refuseFunctions(file, text);
    try {
      JsonNode node = YamlTree.read(text, ResponseMap.DICTIONARY::equals);
      if (node instanceof ObjectNode object) {
        return object;
      }
      throw new IllegalArgumentException(file + ": a YAML mapping was expected");
    } catch (YamlTree.Malformed e) {
      throw new IllegalArgumentException(
          "%s is no YAML: line %d: %s".formatted(file, e.line(), e.getMessage()), e);
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
          "there is no task file " + file + "; --tasks takes paths of YAML files and names", e);
    } catch (IOException e) {
      throw FileErrors.because("cannot read " + file, e);
    }
  }

  private static void refuseFunctions(String file, String text) {
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
}
