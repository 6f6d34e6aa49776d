package dev.sifter.model.chat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.sifter.model.FileErrors;
import dev.sifter.model.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The chat templates of a model folder by name, and the built-in ones. A folder has them in {@code
 * chat_template.jinja} and {@code additional_chat_templates/*.jinja}, or in the field {@code
 * chat_template} of {@code tokenizer_config.json}: a text, or a list of objects with name and
 * template. Files win over the field, as in transformers.
 */
public final class ChatTemplates {
  /** The name of the template that is used where none is asked for. */
  public static final String DEFAULT = "default";

  /** The name of the template that is used for chats with tools, where there is one. */
  public static final String TOOL_USE = "tool_use";

  private static final long MAX_FILE_BYTES = 64L << 20;
  private static final List<String> BUILT_IN =
      List.of(
          "alpaca", "chatml", "gemma", "llama2", "llama3", "mistral", "phi3", "qwen3", "vicuna");
  private static final Map<String, ChatTemplate> COMPILED = new ConcurrentHashMap<>();

  private final Map<String, String> sources;

  private ChatTemplates(Map<String, String> sources) {
    this.sources = Collections.unmodifiableMap(new TreeMap<>(sources));
  }

  /** The names of the built-in templates. */
  public static List<String> builtInNames() {
    return BUILT_IN;
  }

  /**
   * A built-in template; each has {@code generation} blocks.
   *
   * @throws IllegalArgumentException where there is none of that name
   */
  public static ChatTemplate builtIn(String name) {
    if (!BUILT_IN.contains(name)) {
      throw new IllegalArgumentException(
          "no built-in chat template '" + name + "'; there are " + String.join(", ", BUILT_IN));
    }
    return COMPILED.computeIfAbsent(name, ChatTemplates::load);
  }

  private static ChatTemplate load(String name) {
    try (InputStream in = ChatTemplates.class.getResourceAsStream(name + ".jinja")) {
      return ChatTemplate.compile(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }

  /**
   * The template of a model folder, if it has any.
   *
   * @throws UncheckedIOException if a file cannot be read
   * @throws IllegalArgumentException if a file is malformed, or there are several templates and
   *     none is the default
   * @throws TemplateException if the template does not compile
   */
  public static Optional<ChatTemplate> find(Path folder) {
    ChatTemplates templates = of(folder);
    return templates.isEmpty() ? Optional.empty() : Optional.of(templates.choose());
  }

  /**
   * The template of a user's file: a template, or a JSON file with the field {@code chat_template}.
   *
   * @throws UncheckedIOException if the file cannot be read
   * @throws IllegalArgumentException if it is JSON without that field
   * @throws TemplateException if the template does not compile
   */
  public static ChatTemplate fromFile(Path file) {
    if (!file.toString().endsWith(".json")) {
      return ChatTemplate.compile(read(file));
    }
    Map<String, String> sources = new LinkedHashMap<>();
    fromJson(json(file), file, sources);
    if (sources.isEmpty()) {
      throw new IllegalArgumentException(file + " has no field chat_template");
    }
    return new ChatTemplates(sources).choose();
  }

  /**
   * All templates of a model folder; none where it has none.
   *
   * @throws UncheckedIOException if a file cannot be read
   * @throws IllegalArgumentException if a file is malformed
   */
  public static ChatTemplates of(Path folder) {
    Map<String, String> sources = new LinkedHashMap<>();
    Path config = folder.resolve("tokenizer_config.json");
    if (Files.isRegularFile(config)) {
      fromJson(json(config), config, sources);
    }
    Map<String, String> files = TemplateFiles.read(folder);
    return new ChatTemplates(files.isEmpty() ? sources : files);
  }

  private static void fromJson(JsonNode config, Path file, Map<String, String> sources) {
    JsonNode field = config.get("chat_template");
    if (field == null || field.isNull()) {
      return;
    }
    if (field.isTextual()) {
      sources.put(DEFAULT, field.textValue());
      return;
    }
    for (JsonNode entry : field) {
      JsonNode name = entry.get("name");
      JsonNode template = entry.get("template");
      if (name == null || !name.isTextual() || template == null || !template.isTextual()) {
        throw new IllegalArgumentException(
            file + ": chat_template must be a text, or a list of objects with name and template");
      }
      sources.put(name.textValue(), template.textValue());
    }
  }

  /** Whether there are no templates. */
  public boolean isEmpty() {
    return sources.isEmpty();
  }

  /** The names of the templates, sorted. */
  public List<String> names() {
    return List.copyOf(sources.keySet());
  }

  /**
   * The template of a name.
   *
   * @throws IllegalArgumentException where there is none
   * @throws TemplateException if it does not compile
   */
  public ChatTemplate named(String name) {
    String source = sources.get(name);
    if (source == null) {
      throw new IllegalArgumentException(
          "the model has no chat template '" + name + "'; it has " + sources.keySet());
    }
    return ChatTemplate.compile(source);
  }

  /**
   * The template as transformers takes it: {@code tool_use} for chats with tools, where there is
   * one; {@code default} for all others.
   *
   * @throws IllegalArgumentException where there is no default
   * @throws TemplateException if one of the two does not compile
   */
  public ChatTemplate choose() {
    if (!sources.containsKey(DEFAULT)) {
      throw new IllegalArgumentException(
          sources.isEmpty()
              ? "the model has no chat template; name a built-in one, of "
                  + String.join(", ", BUILT_IN)
              : "the model has several chat templates and no default; name one of "
                  + sources.keySet());
    }
    ChatTemplate template = named(DEFAULT);
    return sources.containsKey(TOOL_USE) ? template.withToolUse(named(TOOL_USE)) : template;
  }

  /** The text of a file, which is not read where it is too large. */
  static String read(Path file) {
    try {
      if (Files.size(file) > MAX_FILE_BYTES) {
        throw new IllegalArgumentException(file + " has more than " + MAX_FILE_BYTES + " bytes");
      }
      return Files.readString(file);
    } catch (IOException error) {
      throw FileErrors.because("cannot read " + file, error);
    }
  }

  private static JsonNode json(Path file) {
    try {
      return Json.reader().readTree(read(file));
    } catch (JsonProcessingException error) {
      throw new IllegalArgumentException(file + " is not JSON: " + Json.reason(error), error);
    }
  }
}
