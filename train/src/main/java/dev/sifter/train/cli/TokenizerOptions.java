package dev.sifter.train.cli;

import dev.sifter.model.ModelException;
import dev.sifter.model.lora.AdapterFolder;
import dev.sifter.model.tokenizer.Tokenizer;
import dev.sifter.train.data.record.HubName;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The model folder, for commands that use its tokenizer. */
class TokenizerOptions {
  @Option(
      names = "--model",
      paramLabel = "DIR",
      required = true,
      description = "The model folder, as transformers writes it.")
  private Path model;

  /**
   * The model folder.
   *
   * @throws IllegalArgumentException if it is not there, or may not be read
   */
  Path folder() {
    return requireFolder("--model", model);
  }

  /**
   * The model's folder, if it is no adapter's: that has a tokenizer, but not the model.
   *
   * @throws ModelException if it is one; says how to name both
   */
  static Path requireModel(Path folder) {
    if (AdapterFolder.isAdapter(folder) && !Files.exists(folder.resolve("config.json"))) {
      throw new ModelException(
          "--model %1$s is an adapter; name the model that it is for as well: --model BASE --adapter %1$s"
              .formatted(folder));
    }
    return folder;
  }

  /** The model's tokenizer. */
  Tokenizer tokenizer() {
    return Tokenizer.load(folder());
  }

  /** The folder that an option names, if it is there and may be read. */
  static Path requireFolder(String option, Path folder) {
    return HubName.requireFolder(option, folder.toString());
  }
}
