package dev.sifter.tests.e2e;

import dev.sifter.model.chat.ChatTemplates;
import dev.sifter.model.tokenizer.Tokenizer;
import dev.sifter.train.data.DataConfig;
import dev.sifter.train.data.PreparationListener;
import dev.sifter.train.data.SftPreparation;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;

/** A process that prepares data and keeps it, unless somebody kills it. */
final class PreparingRun {
  private PreparingRun() {}

  /** Arguments: model, data, and the folder of what is kept. */
  public static void main(String[] args) {
    prepare(Path.of(args[0]), Path.of(args[1]), Path.of(args[2]));
  }

  static void prepare(Path model, Path data, Path kept) {
    DataConfig config =
        DataConfig.builder()
            .files(List.of(data.toString()))
            .assistantOnlyLoss(true)
            .preparedPath(kept)
            .build();
    try (Arena rows = Arena.ofConfined()) {
      SftPreparation.prepare(
          config,
          Tokenizer.load(model),
          ChatTemplates.find(model).orElseThrow(),
          PreparationListener.NONE,
          rows);
    }
  }
}
