package dev.sifter.train.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.tensor.DType;
import dev.sifter.model.ModelException;
import dev.sifter.model.config.ModelConfigReader;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.ModelFolder;
import dev.sifter.model.lora.AdaptedModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;

/** The model and its adapter, for commands that run it. */
final class ModelOptions extends TokenizerOptions {
  @Option(
      names = "--adapter",
      paramLabel = "[NAME=]DIR",
      description =
          "A LoRA adapter on top of the model, as PEFT writes it. sifter chat takes several and"
              + " switches between them.")
  private List<String> adapters = List.of();

  @Option(
      names = "--dtype",
      paramLabel = "TYPE",
      defaultValue = "auto",
      description =
          "Type of activations on a GPU: bfloat16, float32, or auto, the default: bfloat16 for a"
              + " model in bfloat16, float32 for any other. The cpu device computes in float32.")
  private String dtype;

  @Override
  Path folder() {
    return requireModel(super.folder());
  }

  /**
   * Type of activations on a GPU.
   *
   * @throws ModelException if {@code --dtype} names none
   */
  DType activations() {
    return switch (dtype) {
      case "bfloat16" -> DType.BF16;
      case "float32" -> DType.F32;
      case "auto" -> {
        JsonNode config = ModelConfigReader.read(folder()).json();
        String stored = config.path("torch_dtype").asText(config.path("dtype").asText());
        yield stored.equals("bfloat16") ? DType.BF16 : DType.F32;
      }
      default ->
          throw new ModelException(
              "--dtype %s is not known; choose auto, bfloat16 or float32".formatted(dtype));
    };
  }

  /** The type that was asked for. */
  String dtype() {
    return dtype;
  }

  /**
   * Loads the model with its adapter, if one is named; nothing of it is trainable.
   *
   * @throws ModelException if several adapters are named
   */
  Decoder load(Backend backend) {
    Path model = folder();
    Path adapter = adapter();
    return adapter == null
        ? ModelFolder.load(model, backend)
        : AdaptedModel.load(model, adapter, backend, false);
  }

  /**
   * The folder of the adapter; null for none.
   *
   * @throws ModelException if several are named
   */
  Path adapter() {
    if (adapters.size() > 1) {
      throw new ModelException(
          "--adapter is given %d times, and this command takes one: make one adapter of several with sifter combine"
              .formatted(adapters.size()));
    }
    return adapters().values().stream().findFirst().orElse(null);
  }

  /**
   * Folders of all adapters, by the names that they were given, or else that their folders have.
   */
  Map<String, Path> adapters() {
    Map<String, Path> byName = new LinkedHashMap<>();
    for (String given : adapters) {
      int equals = given.indexOf('=');
      boolean named = equals > 0 && !Files.exists(Path.of(given));
      Path folder =
          requireFolder("--adapter", Path.of(named ? given.substring(equals + 1) : given));
      String name =
          named
              ? given.substring(0, equals)
              : folder.toAbsolutePath().normalize().getFileName().toString();
      if (byName.put(name, folder) != null) {
        throw new ModelException(
            "two adapters are called '%s'; name them apart: --adapter NAME=DIR".formatted(name));
      }
    }
    return byName;
  }
}
