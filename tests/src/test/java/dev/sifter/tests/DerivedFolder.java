package dev.sifter.tests;

import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.ModelFolder;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Model folders with their weights rounded to another type. */
public final class NarrowedFolder {
  private NarrowedFolder() {}

  /** Writes the model of {@code base} to {@code folder}, in {@code dtype}, and returns it. */
  public static Path write(Path base, Path folder, DType dtype, Backend backend) {
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
}
