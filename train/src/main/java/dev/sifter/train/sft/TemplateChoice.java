package dev.sifter.train.sft;

import dev.sifter.model.chat.ChatTemplate;
import dev.sifter.model.chat.ChatTemplates;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Finds the chat template that a user names: a file, a folder, a built-in one, or the model's. */
public final class TemplateChoice {
  private TemplateChoice() {}

  /**
   * The template to use.
   *
   * @param named a template file, a model folder, or the name of a built-in template; null for the
   *     model's own
   * @return null if none is named and the model has none
   * @throws IllegalArgumentException if what is named is not there
   */
  public static ChatTemplate resolve(String named, Path modelFolder) {
    if (named == null) {
      return ChatTemplates.find(modelFolder).orElse(null);
    }
    if (ChatTemplates.builtInNames().contains(named)) {
      return ChatTemplates.builtIn(named);
    }
    Path path = Path.of(named);
    if (Files.isDirectory(path)) {
      return ChatTemplates.find(path)
          .orElseThrow(() -> new IllegalArgumentException(path + " has no chat template"));
    }
    if (Files.exists(path)) {
      return ChatTemplates.fromFile(path);
    }
    throw new IllegalArgumentException(
        "the chat template '%s' is neither a file, nor a folder, nor one of the built-in %s"
            .formatted(named, String.join(", ", ChatTemplates.builtInNames())));
  }

  /**
   * The model folder that is named, if one is, and it has a tokenizer.
   *
   * @param named as in {@link #resolve}
   */
  static Optional<Path> tokenizerFolder(String named) {
    return Optional.ofNullable(named)
        .filter(name -> !ChatTemplates.builtInNames().contains(name))
        .map(Path::of)
        .filter(folder -> Files.exists(folder.resolve("tokenizer_config.json")));
  }
}
