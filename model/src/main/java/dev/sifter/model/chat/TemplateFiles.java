package dev.sifter.model.chat;

import dev.sifter.model.FileErrors;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The files of a model folder that hold chat templates: the default one in {@code
 * chat_template.jinja}, each further one in {@code additional_chat_templates} under its name.
 */
public final class TemplateFiles {
  private static final String SINGLE = "chat_template.jinja";
  private static final String FURTHER = "additional_chat_templates";
  private static final String JINJA = ".jinja";

  private TemplateFiles() {}

  /** The texts of the templates in files, by name. */
  static Map<String, String> read(Path folder) {
    Map<String, String> sources = new LinkedHashMap<>();
    Path single = folder.resolve(SINGLE);
    if (Files.isRegularFile(single)) {
      sources.put(ChatTemplates.DEFAULT, ChatTemplates.read(single));
    }
    Path further = folder.resolve(FURTHER);
    if (Files.isDirectory(further)) {
      try (DirectoryStream<Path> found = Files.newDirectoryStream(further, "*" + JINJA)) {
        for (Path file : found) {
          String name = file.getFileName().toString();
          sources.put(name.substring(0, name.length() - JINJA.length()), ChatTemplates.read(file));
        }
      } catch (IOException error) {
        throw FileErrors.because("cannot read " + further, error);
      }
    }
    return sources;
  }

  /**
   * Writes a template in the place of all that a folder has, with the one for tools where that is
   * another.
   *
   * @throws UncheckedIOException if a file cannot be written
   */
  public static void write(Path folder, ChatTemplate template) {
    Map<String, String> sources = new LinkedHashMap<>();
    sources.put(ChatTemplates.DEFAULT, template.source());
    template.toolUseSource().ifPresent(source -> sources.put(ChatTemplates.TOOL_USE, source));
    replace(folder, sources);
  }

  /**
   * Copies a folder's templates in the place of all that another has; without any, those of the
   * other stay.
   *
   * @throws UncheckedIOException if a file cannot be read or written
   * @throws IllegalArgumentException if a file is malformed
   */
  public static void copy(Path from, Path to) {
    if (!ChatTemplates.of(from).isEmpty()) {
      // Those of a field of tokenizer_config.json are copied with it: files would hide them.
      replace(to, read(from));
    }
  }

  private static void replace(Path folder, Map<String, String> sources) {
    try {
      for (String name : read(folder).keySet()) {
        Files.delete(file(folder, name));
      }
      for (Map.Entry<String, String> source : sources.entrySet()) {
        Path file = file(folder, source.getKey());
        Files.createDirectories(file.getParent());
        Files.writeString(file, source.getValue());
      }
    } catch (IOException e) {
      throw FileErrors.because("cannot write the chat template to " + folder, e);
    }
  }

  private static Path file(Path folder, String name) {
    return name.equals(ChatTemplates.DEFAULT)
        ? folder.resolve(SINGLE)
        : folder.resolve(FURTHER).resolve(name + JINJA);
  }
}
