package dev.sifter.train.cli;

import dev.sifter.model.chat.ChatTemplate;
import dev.sifter.model.chat.ChatTemplates;
import dev.sifter.train.sft.TemplateChoice;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The chat template, for commands that render conversations. */
final class ChatTemplateOptions {
  @Option(
      names = "--chat-template",
      paramLabel = "FILE|DIR|NAME",
      description = {
        "A template instead of the model's own: a file, a model folder, or a built-in one",
        "(alpaca, chatml, gemma, llama2, llama3, mistral, phi3, qwen3, vicuna)."
      })
  private String source;

  /**
   * The template that the option names, else the adapter's, else the model's.
   *
   * @param adapter null for none
   * @throws IllegalArgumentException if there is none
   */
  ChatTemplate require(Path model, Path adapter) {
    return find(model, adapter)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "%s has no chat template; name one with --chat-template: a file, a folder, or %s"
                        .formatted(model, String.join(", ", ChatTemplates.builtInNames()))));
  }

  private Optional<ChatTemplate> find(Path model, Path adapter) {
    if (source != null) {
      return Optional.of(TemplateChoice.resolve(source, model));
    }
    Optional<ChatTemplate> own = adapter == null ? Optional.empty() : ChatTemplates.find(adapter);
    return own.isPresent() ? own : ChatTemplates.find(model);
  }
}
