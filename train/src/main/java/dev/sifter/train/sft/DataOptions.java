package dev.sifter.train.sft;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.sifter.train.data.DataConfig;
import dev.sifter.train.data.EndTokenPolicy;
import dev.sifter.train.data.HistoryPolicy;
import dev.sifter.train.data.PackingStrategy;
import dev.sifter.train.data.record.DataFiles;
import dev.sifter.train.data.record.DataSource;
import dev.sifter.train.data.record.DatasetMixture;
import dev.sifter.train.data.record.RecordFormat;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** Which records a configuration asks for, and what is to be done with them. */
final class DataOptions {
  private DataOptions() {}

  /** Of the records to train on. */
  static DataConfig train(SftConfig config) {
    return dataConfig(config, trainMixture(config), config.packing);
  }

  /** Of those to evaluate on; null for none. */
  static DataConfig eval(SftConfig config) {
    DatasetMixture held = evalMixture(config);
    return held == null ? null : dataConfig(config, held, config.packsEvaluation());
  }

  private static DatasetMixture trainMixture(SftConfig config) {
    List<DataSource> sources =
        config.datasets.isEmpty()
            ? List.of(sourceOf(config, config.datasetName, config.datasetTrainSplit))
            : config.datasets.stream().map(data -> data.source(config)).toList();
    return mixture(config, sources, config.testSplitSize);
  }

  /** The records to evaluate on; null for none. */
  static DatasetMixture evalMixture(SftConfig config) {
    if (config.testSplitSize != null) {
      return trainMixture(config).withPart(DatasetMixture.Part.TEST);
    }
    List<String> files = config.evalDataset;
    if (files.isEmpty() && !config.evalStrategy.equals("no")) {
      // A folder may hold both splits.
      files = config.datasetName.stream().filter(DataOptions::isFolder).toList();
    }
    return files.isEmpty()
        ? null
        : mixture(config, List.of(sourceOf(config, files, config.datasetTestSplit)), null);
  }

  private static boolean isFolder(String name) {
    return !DataFiles.isGlob(name) && Files.isDirectory(Path.of(name));
  }

  private static DataSource sourceOf(SftConfig config, List<String> files, String split) {
    RecordFormat format = format(config.formattingFunc, config.datasetTextField);
    return new DataSource(
        files, split, config.datasetConfig, List.of(), config.documentSeparator, format, null);
  }

  /**
   * What {@code formatting_func} makes of records; null for nothing.
   *
   * @param option a text, or a record of texts
   * @param textField the field of a record that is a text alone
   * @throws IllegalArgumentException if it is neither, or no template
   */
  static RecordFormat format(JsonNode option, String textField) {
    return switch (option) {
      case NullNode _ -> null;
      case ObjectNode record -> new RecordFormat(record);
      case TextNode text ->
          new RecordFormat(JsonNodeFactory.instance.objectNode().set(textField, text));
      default ->
          throw new IllegalArgumentException(
              "formatting_func is %s; it must be a text, or the keys and texts of a record"
                  .formatted(option));
    };
  }

  private static DatasetMixture mixture(
      SftConfig config, List<DataSource> sources, Double testSplitSize) {
    return new DatasetMixture(
        sources,
        config.maxSamples,
        testSplitSize,
        DatasetMixture.Part.TRAIN,
        config.resolvedDataSeed());
  }

  private static DataConfig dataConfig(SftConfig config, DatasetMixture data, boolean packs) {
    return DataConfig.builder()
        .data(data)
        .datasetTextField(config.datasetTextField)
        .chatRoles(config.chatRoles)
        .completionOnlyLoss(config.completionOnlyLoss)
        .assistantOnlyLoss(config.assistantOnlyLoss)
        .maxLength(config.maxLength)
        .truncationMode(choice(DataConfig.TruncationMode.class, config.truncationMode))
        .packing(packs ? choice(PackingStrategy.class, config.packingStrategy) : null)
        .shuffleDataset(config.shuffleDataset, config.seed)
        .history(
            config.checkPrefixPreserving
                ? choice(HistoryPolicy.class, config.historyPolicy)
                : HistoryPolicy.AS_RENDERED)
        .turnEnds(turnEnds(config))
        .checks(new DataConfig.Checks(config.checkStopToken, config.maxTruncatedShare))
        .preparedPath(
            config.datasetPreparedPath == null ? null : Path.of(config.datasetPreparedPath))
        .numProc(config.datasetNumProc)
        .build();
  }

  private static DataConfig.TurnEnds turnEnds(SftConfig config) {
    EndTokenPolicy onEos = choice(EndTokenPolicy.class, config.trainOnEos);
    EndTokenPolicy onEot = choice(EndTokenPolicy.class, config.trainOnEot);
    return new DataConfig.TurnEnds(onEos, onEot == null ? onEos : onEot, config.eotTokens);
  }

  private static <E extends Enum<E>> E choice(Class<E> type, String option) {
    return option == null ? null : Enum.valueOf(type, option.toUpperCase(Locale.ROOT));
  }
}
