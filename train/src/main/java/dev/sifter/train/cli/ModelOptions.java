package dev.sifter.train.cli;

import dev.sifter.engine.backend.Backend;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.ModelFolder;
import dev.sifter.model.lora.AdaptedModel;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The model and its adapter, for commands that run it. */
final class ModelOptions extends TokenizerOptions {
  @Option(
      names = "--adapter",
      paramLabel = "DIR",
      description = "A LoRA adapter on top of the model, as PEFT writes it.")
  private Path adapter;

  /** Loads the model with its adapter, if one is named; nothing of it is trainable. */
  Decoder load(Backend backend) {
    Path model = folder();
    return adapter == null
        ? ModelFolder.load(model, backend)
        : AdaptedModel.load(model, requireFolder("--adapter", adapter), backend, false);
  }

  /** The folder of the adapter; null for none. */
  Path adapter() {
    return adapter;
  }
}
