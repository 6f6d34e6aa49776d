package dev.sifter.tests;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.model.Json;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.ModelFolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Model folders made from others: with weights of another type, or without dropout. */
public final class DerivedFolder {
  private static final List<String> DROPOUTS =
      List.of("dropout", "embd_pdrop", "resid_pdrop", "attn_pdrop");

  private DerivedFolder() {}

  /** Writes the model of {@code base} to {@code folder}, in {@code dtype}, and returns it. */
  public static Path narrowed(Path base, Path folder, DType dtype, Backend backend) {
    try (Decoder model = ModelFolder.load(base, backend);
        TensorArena arena = backend.newArena("test")) {
      Map<String, Tensor> narrow = new LinkedHashMap<>();
      ModelFolder.weights(model)
          .forEach(
              (name, tensor) -> {
                Tensor rounded = arena.allocate(dtype, tensor.shape());
                backend.pointwise().cast(tensor, rounded);
                narrow.put(name, rounded);
              });
      ModelFolder.save(folder, narrow, model.config().json(), null, Long.MAX_VALUE);
      return folder;
    }
  }

  /** Reference results have gradients, but were made without dropout: the same model without. */
  public static Path withoutDropout(Path base, Path folder) {
    try {
      Files.createDirectories(folder);
      Files.copy(base.resolve("model.safetensors"), folder.resolve("model.safetensors"));
      Json.write(folder.resolve("config.json"), configWithoutDropout(base));
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The configuration of a folder, without dropout. */
  public static ObjectNode configWithoutDropout(Path folder) {
    ObjectNode json = Json.readObject(folder.resolve("config.json"));
    DROPOUTS.stream().filter(json::has).forEach(key -> json.put(key, 0));
    return json;
  }
}
