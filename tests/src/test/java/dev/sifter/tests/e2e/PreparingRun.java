package dev.sifter.tests.e2e;

import dev.sifter.model.chat.ChatTemplates;
import dev.sifter.model.tokenizer.Tokenizer;
import dev.sifter.train.data.DataConfig;
import dev.sifter.train.data.PreparedDataset;
import dev.sifter.train.data.SftPreparation;
import java.nio.file.Path;
import java.util.List;

/** A process that prepares data and keeps it, unless somebody kills it. */
final class PreparingRun {
  private PreparingRun() {}

  /** Arguments: model, data, and the folder of what is kept. */
  public static void main(String[] args) {
    prepare(Path.of(args[0]), Path.of(args[1]), Path.of(args[2]));
  }

  static PreparedDataset prepare(Path model, Path data, Path kept) {
    DataConfig config =
        DataConfig.builder()
            .files(List.of(data.toString()))
            .assistantOnlyLoss(true)
            .preparedPath(kept)
            .build();
    return SftPreparation.prepare(
        config, Tokenizer.load(model), ChatTemplates.find(model).orElseThrow());
  }
}
