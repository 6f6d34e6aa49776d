package dev.sifter.train.sft;

import dev.sifter.model.chat.TemplateFiles;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.ModelFolder;
import dev.sifter.model.decoder.SpecialTokenIds;
import dev.sifter.model.lora.AdapterFolder;
import dev.sifter.model.lora.PlainAdapter;
import dev.sifter.model.tokenizer.Tokenizer;
import dev.sifter.model.weights.WeightFolderWriter;
import java.nio.file.Path;

/**
 * What a run writes of its model: the adapter, or all weights with their configuration; beside it
 * tokenizer and template, as the run's options made them.
 */
final class TrainedFolder {
  private final SftConfig config;
  private final Path base;

  TrainedFolder(SftConfig config) {
    this.config = config;
    this.base = Path.of(config.modelNameOrPath);
  }

  /** A checkpoint: an adapter as it is trained, on the base that its beginning changed. */
  void writeCheckpoint(Path folder, Decoder model) {
    if (config.usePeft) {
      AdapterFolder.save(folder, model, config.loraConfig(), config.modelNameOrPath);
      writeCompanions(folder);
    } else {
      writeModel(folder, model);
    }
  }

  /** A result: an adapter that fits the base as everyone has it. */
  void writeResult(Path folder, Decoder model) {
    if (config.usePeft) {
      PlainAdapter.save(folder, model, config.loraConfig(), base, config.modelNameOrPath);
      writeCompanions(folder);
    } else {
      writeModel(folder, model);
    }
  }

  private void writeModel(Path folder, Decoder model) {
    ModelFolder.save(
        folder,
        ModelFolder.weights(model),
        model.config().json(),
        null,
        WeightFolderWriter.DEFAULT_MAX_SHARD_BYTES);
    writeCompanions(folder);
    SpecialTokenIds.align(folder, Tokenizer.load(folder));
  }

  private void writeCompanions(Path folder) {
    ModelFolder.copyCompanions(base, folder);
    if (config.eosToken != null
        || TemplateChoice.tokenizerFolder(config.chatTemplatePath).isPresent()) {
      SftData.tokenizer(config).save(folder);
    }
    if (config.chatTemplatePath != null) {
      TemplateFiles.write(folder, TemplateChoice.resolve(config.chatTemplatePath, base));
    }
  }
}
