package dev.sifter.train.trainer;

import java.nio.file.Path;

/** Writes what is being trained, an adapter or a whole model, into a folder. */
@FunctionalInterface
public interface ModelSaver {
  /** Writes to a folder that exists and is empty, or holds an older result. */
  void save(Path folder);
}
